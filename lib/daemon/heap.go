// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	heapFloor   = 32 << 20 // size of the heap in bytes below which no collection is begun
	heapDefault = 100      // growth between collections in percent, that of Go itself
	heapSlack   = 10       // how much the percentage must be off before it is set anew
)

// keepHeap has small heaps collected less often. A daemon of few megabytes that
// works hard collects its garbage each few messages else, for room that nobody
// needs. GOGC in the environment stands.
func keepHeap() {
	if os.Getenv("GOGC") != "" {
		return
	}
	(&collector{percent: heapDefault, live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}).adjust()
}

// collector follows the size of the heap from one collection to the next. It is
// no tiny object: the runtime keeps those longer.
type collector struct {
	percent int
	live    []metrics.Sample
}

// adjust sets when the next collection begins, by what the last one left, and
// comes back after it, as the finalizer of what nobody refers to.
func (c *collector) adjust() {
	metrics.Read(c.live)
	if p := growth(c.live[0].Value.Uint64()); p < c.percent-heapSlack || p > c.percent+heapSlack {
		debug.SetGCPercent(p)
		c.percent = p
	}
	runtime.SetFinalizer(c, (*collector).adjust)
}

// heapMost is the greatest growth: the runtime begins the first collection at
// 4 MiB times it (runtime/debug.SetGCPercent).
const heapMost = heapFloor / (4 << 20) * 100

// growth is the percentage by which a heap with so many bytes in use may grow.
func growth(live uint64) int {
	live = max(live, 1)
	return int(min(heapMost, max(heapDefault, (heapFloor-min(live, heapFloor))*100/live)))
}
