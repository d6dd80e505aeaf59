// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"context"
	"sync/atomic"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Events of single objects are made only where somebody wants them. Who begins
// to watch in the middle of transactions misses nothing without being told.
func TestFineEventsFromTheStart(t *testing.T) {
	f := open(t)
	var last atomic.Uint64 // change of the last message that was saved
	ctx, stop := context.WithCancel(t.Context())
	saving := make(chan struct{})
	go func() {
		defer close(saving)
		for ctx.Err() == nil {
			r, err := f.anna.SaveMessages(ctx, object.SaveMessagesRequest{Folder: f.inbox, Messages: []object.NewMessage{text("x")}})
			if err == nil {
				last.Store(uint64(r.Saved[0].Change))
			}
		}
	}()
	for range 30 {
		watching, cancel := context.WithCancel(t.Context())
		var next, until mapi.Change // the change that is to come, and when it is enough
		for e, err := range f.anna.Watch(watching, object.WatchRequest{Events: object.Mask(object.EventCreated)}) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind == object.EventStarted {
				next = f.state(f.inbox).Change + 1
				until = next + 3
				continue
			}
			if e.Kind == object.EventCatchUp || e.Change > until {
				break
			}
			if e.Change > next {
				t.Fatalf("event of change %d, nothing was told of change %d", e.Change, next)
			}
			if e.Change == next {
				next++
			}
		}
		cancel()
	}
	stop()
	<-saving
	if last.Load() == 0 {
		t.Error("nothing was saved")
	}
}
