// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"time"

	"twiga/lib/mapi"
	"twiga/lib/metric"
	"twiga/lib/store"
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

// redoWrote counts batches of the redo log.
func redoWrote(m *metric.Registry) func(time.Duration) {
	took := m.Histogram("twiga_redo_write_seconds", "Time that batches of the redo log took to the disk.")
	return func(d time.Duration) { took.Observe(d.Seconds()) }
}

// observeRedo shows what the redo log of a store does.
func observeRedo(m *metric.Registry, stats func() store.RedoStats) {
	for _, c := range []struct {
		name, help string
		value      func(store.RedoStats) int64
	}{
		{"twiga_redo_bytes_total", "Bytes written to the redo log.", func(s store.RedoStats) int64 { return s.Bytes }},
		{"twiga_redo_commits_total", "Commits that the redo log has taken.", func(s store.RedoStats) int64 { return s.Commits }},
		{"twiga_redo_blobs_total", "Contents that the redo log has taken.", func(s store.RedoStats) int64 { return s.Blobs }},
		{"twiga_redo_full_total", "Commits and contents that waited for their own files since the redo log was full.", func(s store.RedoStats) int64 { return s.Full }},
		{"twiga_redo_turns_total", "Turns from one segment of the redo log to the other.", func(s store.RedoStats) int64 { return s.Turns }},
	} {
		m.CounterFunc(c.name, c.help, func() float64 { return float64(c.value(stats())) })
	}
}
