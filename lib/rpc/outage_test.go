// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"runtime"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// cut ends the client's connections that are not in use, as the end of a
// process does, and the events' one.
func (f *fixture) cut() {
	f.client.pool.mu.Lock()
	defer f.client.pool.mu.Unlock()
	for _, l := range f.client.pool.idle {
		_ = l.conn.Close()
	}
	for l := range f.client.pool.inUse {
		_ = l.conn.Close()
	}
}

// Connections that were lost are made anew without anybody's noticing.
func TestLostConnections(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	s := f.logon(t, object.LogonRequest{Role: object.RoleUser, User: "anna", Password: "secret"})
	for range 20 {
		f.cut()
		if _, err := s.SetFlags(t.Context(), object.SetFlagsRequest{UIDs: []mapi.UIDRange{{First: 1, Last: 1}}}); err != nil {
			t.Fatalf("change after the connections were lost: %v", err)
		}
	}
	finished := make(chan error, 1)
	go func() {
		_, err := s.FolderStates(context.Background(), blocking)
		finished <- err
	}()
	<-f.hub.blocked
	f.cut()
	<-f.hub.blocked // a call that changes nothing is made again
	close(f.hub.block)
	if err := <-finished; err != nil {
		t.Errorf("call whose connection was lost: %v", err)
	}
}

// BenchmarkWatches measures what a quiet watch costs on both sides together.
func BenchmarkWatches(b *testing.B) {
	const watches = 5000
	f := newFixture(b, ServerOptions{})
	s := f.logon(b, object.LogonRequest{Role: object.RoleAdmin})
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		ctx, cancel := context.WithCancel(context.Background())
		started, ended := make(chan struct{}, watches), make(chan struct{}, watches)
		for range watches {
			go func() {
				for _, err := range s.Watch(ctx, object.WatchRequest{}) {
					if err == nil {
						started <- struct{}{}
					}
				}
				ended <- struct{}{}
			}()
		}
		began := time.Now()
		for range watches {
			<-started
		}
		b.ReportMetric(float64(time.Since(began).Microseconds())/watches, "µs/watch")
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc+after.StackInuse-before.HeapAlloc-before.StackInuse)/watches, "B/watch")
		cancel()
		for range watches {
			<-ended
		}
	}
}
