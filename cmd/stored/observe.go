// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"time"

	"twiga/lib/mapi"
	"twiga/lib/metric"
)

// observe counts calls.
func observe(m *metric.Registry) func(string, time.Duration, mapi.Code) {
	took := m.HistogramVec("twiga_rpc_seconds", "Time of the calls.", "operation")
	failed := m.CounterVec("twiga_rpc_errors_total", "Calls that failed.", "operation", "code")
	return func(operation string, d time.Duration, code mapi.Code) {
		took.WithLabelValues(operation).Observe(d.Seconds())
		if code != 0 {
			failed.WithLabelValues(operation, code.Name()).Inc()
		}
	}
}

// damaged counts damage that was met.
func damaged(m *metric.Registry) func(what string) {
	met := m.CounterVec("twiga_store_damage_total", "Damage that was met in databases and contents.", "what")
	return func(what string) { met.WithLabelValues(what).Inc() }
}
