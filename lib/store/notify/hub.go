// SPDX-License-Identifier: AGPL-3.0-or-later

// Package notify passes the engine's events on to watchers. Hub does it within
// the process; a message bus can take its place when there are several.
package notify

import (
	"context"
	"errors"
	"sync"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// MaxPending is how many events wait for one watcher before they give way to
// one EventCatchUp.
const MaxPending = 1024

// ErrClosed ends a watch when the hub or the watch was closed.
var ErrClosed = errors.New("watch ended")

// Hub knows the watchers.
type Hub struct {
	mu sync.RWMutex
	// The fields below are guarded by mu.
	byStore map[mapi.GUID]map[*Watch]struct{}
	all     map[*Watch]struct{}
	closed  bool
}

// NewHub makes a hub without watchers.
func NewHub() *Hub {
	return &Hub{byStore: map[mapi.GUID]map[*Watch]struct{}{}, all: map[*Watch]struct{}{}}
}

// Watch gets the events of some stores or of all.
type Watch struct {
	hub    *Hub
	stores []mapi.GUID
	want   func(object.Event) bool

	mu sync.Mutex
	// The fields below are guarded by mu.
	pending []object.Event
	lost    bool
	closed  bool
	wake    chan struct{} // has one token when there is something to see
}

// Watch begins to watch the stores, all where none is named. Events that want
// says no to are left out; nil wants all.
func (h *Hub) Watch(stores []mapi.GUID, want func(object.Event) bool) *Watch {
	w := &Watch{hub: h, stores: stores, want: want, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	w.closed = h.closed
	if len(stores) == 0 {
		h.all[w] = struct{}{}
	}
	for _, s := range stores {
		if h.byStore[s] == nil {
			h.byStore[s] = map[*Watch]struct{}{}
		}
		h.byStore[s][w] = struct{}{}
	}
	return w
}

// Publish hands events of one store to its watchers. It never waits.
func (h *Hub) Publish(events ...object.Event) {
	if len(events) == 0 {
		return
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for w := range h.byStore[events[0].Store] {
		w.add(events)
	}
	for w := range h.all {
		w.add(events)
	}
}

// Close ends all watches.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for w := range h.all {
		w.end()
	}
	for _, set := range h.byStore {
		for w := range set {
			w.end()
		}
	}
}

func (w *Watch) add(events []object.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range events {
		if w.lost || w.want != nil && !w.want(e) {
			continue
		}
		if len(w.pending) >= MaxPending {
			w.lost, w.pending = true, nil
			continue
		}
		w.pending = append(w.pending, e)
	}
	w.signal()
}

// signal wants w.mu.
func (w *Watch) signal() {
	if len(w.pending) == 0 && !w.lost && !w.closed {
		return
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *Watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.signal()
}

// Next waits for events and gives all that there are. It ends with the context
// or, as if the watch were closed, when ended is closed.
func (w *Watch) Next(ctx context.Context, ended <-chan struct{}) ([]object.Event, error) {
	for {
		w.mu.Lock()
		out, lost, closed := w.pending, w.lost, w.closed
		w.pending, w.lost = nil, false
		w.mu.Unlock()
		switch {
		case lost:
			return []object.Event{{Kind: object.EventCatchUp}}, nil
		case len(out) > 0:
			return out, nil
		case closed:
			return nil, ErrClosed
		}
		select {
		case <-w.wake:
		case <-ended:
			return nil, ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close ends the watch.
func (w *Watch) Close() {
	w.hub.mu.Lock()
	delete(w.hub.all, w)
	for _, s := range w.stores {
		delete(w.hub.byStore[s], w)
		if len(w.hub.byStore[s]) == 0 {
			delete(w.hub.byStore, s)
		}
	}
	w.hub.mu.Unlock()
	w.end()
}
