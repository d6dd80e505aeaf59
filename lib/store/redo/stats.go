// SPDX-License-Identifier: AGPL-3.0-or-later

package redo

import "sync/atomic"

// Stats is what a log has done since it was opened.
type Stats struct {
	Batches int64 // on the disk
	Bytes   int64 // of them
	Turns   int64 // from one segment to the other
	Full    int64 // records that were not taken: who wrote waited for his own file
}

// counters is Stats while it is counted.
type counters struct{ batches, bytes, turns, full atomic.Int64 }

// Stats says what the log has done so far. The numbers are not of one moment.
func (l *Log) Stats() Stats {
	c := &l.stats
	return Stats{Batches: c.batches.Load(), Bytes: c.bytes.Load(), Turns: c.turns.Load(), Full: c.full.Load()}
}
