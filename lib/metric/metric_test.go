// SPDX-License-Identifier: AGPL-3.0-or-later

package metric

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestHandler(t *testing.T) {
	r := New("dagent", "1.2")
	r.Counter("twiga_a_total", "A.").Add(2)
	r.CounterVec("twiga_b_total", "B.", "kind").WithLabelValues("x").Inc()
	r.Gauge("twiga_c", "C.").Set(3)
	r.GaugeVec("twiga_d", "D.", "kind").WithLabelValues("y").Set(4)
	r.GaugeFunc("twiga_e", "E.", func() float64 { return 5 })
	r.CounterFunc("twiga_i_total", "I.", func() float64 { return 6 })
	r.Histogram("twiga_f_seconds", "F.").Observe(.002)
	r.HistogramVec("twiga_g_seconds", "G.", "op").WithLabelValues("z").Observe(.002)
	r.Register(prometheus.NewGauge(prometheus.GaugeOpts{Name: "twiga_h", Help: "H."}))

	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`twiga_build_info{daemon="dagent",version="1.2"} 1`, "twiga_a_total 2", `twiga_b_total{kind="x"} 1`,
		"twiga_c 3", "twiga_i_total 6", `twiga_d{kind="y"} 4`, "twiga_e 5", `twiga_f_seconds_bucket{le="0.0025"} 1`,
		`twiga_g_seconds_count{op="z"} 1`, "twiga_h 0", "go_goroutines", "process_open_fds",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("page lacks %q", want)
		}
	}
}

func TestSameMetricTwice(t *testing.T) {
	r := New("dagent", "1")
	r.Counter("twiga_a_total", "A.").Inc()
	if r.Counter("twiga_a_total", "A.") != r.Counter("twiga_a_total", "A.") {
		t.Error("two counters of one name")
	}
	defer func() {
		if recover() == nil {
			t.Error("a name of two kinds passed")
		}
	}()
	r.Gauge("twiga_a_total", "A.")
}

func TestRegistriesAreApart(t *testing.T) {
	New("a", "1").Counter("twiga_a_total", "A.").Inc()
	New("b", "1").Counter("twiga_a_total", "A.").Inc()
}

func TestValues(t *testing.T) {
	r := New("test", "1")
	r.CounterVec("twiga_things_total", "Things.", "kind").WithLabelValues("a\"b").Add(3)
	r.Histogram("twiga_work_seconds", "Work.").Observe(0.5)
	got := map[string]float64{}
	for name, value := range r.Values() {
		got[name] = value
	}
	for name, want := range map[string]float64{`twiga_things_total{kind="a\"b"}`: 3, "twiga_work_seconds_count": 1, "twiga_work_seconds_sum": 0.5} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
}
