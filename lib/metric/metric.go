// SPDX-License-Identifier: AGPL-3.0-or-later

// Package metric keeps the numbers that a daemon shows to its operators.
//
// A daemon owns one [Registry]; nothing is global. The values are prometheus
// types, so a hot path pays for an atomic addition and no more. Names begin
// with twiga_ and end in their unit (twiga_delivery_seconds,
// twiga_messages_total).
package metric

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
)

// Registry holds the metrics of one daemon. Asking twice for the same metric
// gives the same one; asking for it with other labels panics, as a wrong
// program does.
type Registry struct{ reg *prometheus.Registry }

// New makes the registry of a daemon with the metrics that all daemons have:
// the process, the Go runtime and the build.
func New(daemon, version string) *Registry {
	r := &Registry{prometheus.NewRegistry()}
	r.reg.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	r.GaugeVec("twiga_build_info", "The running program; always 1.", "daemon", "version").
		WithLabelValues(daemon, version).Set(1)
	return r
}

// Handler serves the metrics in the formats that Prometheus reads.
func (r *Registry) Handler() http.Handler {
	return promhttp.HandlerFor(r.reg, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Values gives all counters, gauges, and counts and sums of histograms as they
// are now, by name with the labels in braces, as Prometheus writes them.
func (r *Registry) Values() iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		families, _ := r.reg.Gather() // what cannot be read is left out
		for _, f := range families {
			for _, m := range f.GetMetric() {
				if !values(f.GetName(), m, yield) {
					return
				}
			}
		}
	}
}

// values gives the values of one metric.
func values(name string, m *dto.Metric, yield func(string, float64) bool) bool {
	var labels []string
	for _, l := range m.GetLabel() {
		labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
	}
	braced := ""
	if len(labels) > 0 {
		braced = "{" + strings.Join(labels, ",") + "}"
	}
	switch {
	case m.GetCounter() != nil:
		return yield(name+braced, m.GetCounter().GetValue())
	case m.GetGauge() != nil:
		return yield(name+braced, m.GetGauge().GetValue())
	case m.GetHistogram() != nil:
		h := m.GetHistogram()
		return yield(name+"_count"+braced, float64(h.GetSampleCount())) && yield(name+"_sum"+braced, h.GetSampleSum())
	case m.GetSummary() != nil:
		h := m.GetSummary()
		return yield(name+"_count"+braced, float64(h.GetSampleCount())) && yield(name+"_sum"+braced, h.GetSampleSum())
	}
	return true
}

// Counter counts events since the start.
func (r *Registry) Counter(name, help string) prometheus.Counter {
	return register(r, prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help}))
}

// CounterVec counts events apart by labels.
func (r *Registry) CounterVec(name, help string, labels ...string) *prometheus.CounterVec {
	return register(r, prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels))
}

// CounterFunc is a counter that is read when somebody looks.
func (r *Registry) CounterFunc(name, help string, read func() float64) {
	register[prometheus.Collector](r, prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, read))
}

// Gauge is a value that goes up and down.
func (r *Registry) Gauge(name, help string) prometheus.Gauge {
	return register(r, prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help}))
}

// GaugeVec is a gauge apart by labels.
func (r *Registry) GaugeVec(name, help string, labels ...string) *prometheus.GaugeVec {
	return register(r, prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels))
}

// GaugeFunc is a gauge that is read when somebody looks.
func (r *Registry) GaugeFunc(name, help string, read func() float64) {
	register[prometheus.Collector](r, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// seconds are the bucket bounds for the time that a request takes.
var seconds = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// Histogram counts durations in seconds, in buckets from 0.1 ms to 30 s.
func (r *Registry) Histogram(name, help string) prometheus.Histogram {
	return register(r, prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: seconds}))
}

// HistogramVec is a histogram of durations apart by labels.
func (r *Registry) HistogramVec(name, help string, labels ...string) *prometheus.HistogramVec {
	return register(r, prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: seconds}, labels))
}

// Register adds a collector of one's own.
func (r *Registry) Register(c prometheus.Collector) { r.reg.MustRegister(c) }

// register adds c or returns its elder twin.
func register[T prometheus.Collector](r *Registry, c T) T {
	err := r.reg.Register(c)
	if err == nil {
		return c
	}
	if twin, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if old, same := twin.ExistingCollector.(T); same {
			return old
		}
	}
	panic(err)
}
