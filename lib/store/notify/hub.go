// SPDX-License-Identifier: AGPL-3.0-or-later

// Package notify passes the engine's events on to watchers. Hub does it within
// the process; a message bus can take its place when there are several.
package notify

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

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

	fine atomic.Int64 // watchers that want events of single objects
}

// NewHub makes a hub without watchers.
func NewHub() *Hub {
	return &Hub{byStore: map[mapi.GUID]map[*Watch]struct{}{}, all: map[*Watch]struct{}{}}
}

// Filter says which events a watcher gets. EventCatchUp always passes.
type Filter struct {
	Stores  []mapi.GUID // of these; none is all
	Folders []mapi.ID   // in, or from, these; none is all
	Events  object.EventMask
}

func (f *Filter) has(e *object.Event) bool {
	if !f.Events.Has(e.Kind) {
		return false
	}
	return len(f.Folders) == 0 || slices.Contains(f.Folders, e.Folder) || e.Old.Folder != 0 && slices.Contains(f.Folders, e.Old.Folder)
}

func (f *Filter) fine() bool { return f.Events&object.EventsFine != 0 }

// Watch gets the events that pass a filter.
type Watch struct {
	hub    *Hub
	filter Filter
	gone   bool // closed; guarded by hub.mu

	mu sync.Mutex
	// The fields below are guarded by mu.
	pending []object.Event
	lost    bool
	closed  bool
	wake    chan struct{} // has one token when there is something to see
}

// Watch begins to watch.
func (h *Hub) Watch(f Filter) *Watch {
	w := &Watch{hub: h, filter: f, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	w.closed = h.closed
	if f.fine() {
		h.fine.Add(1)
	}
	if len(f.Stores) == 0 {
		h.all[w] = struct{}{}
	}
	for _, s := range f.Stores {
		if h.byStore[s] == nil {
			h.byStore[s] = map[*Watch]struct{}{}
		}
		h.byStore[s][w] = struct{}{}
	}
	return w
}

// Fine says whether somebody wants the events of a store's single objects.
func (h *Hub) Fine(store mapi.GUID) bool {
	if h.fine.Load() == 0 {
		return false
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	found := false
	h.each(store, func(w *Watch) { found = found || w.filter.fine() })
	return found
}

// Missed tells those who want the events of a store's single objects that some
// were not made, since nobody wanted them when they could be.
func (h *Hub) Missed(store mapi.GUID) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	h.each(store, func(w *Watch) {
		if w.filter.fine() {
			w.lose()
		}
	})
}

// each wants h.mu.
func (h *Hub) each(store mapi.GUID, f func(*Watch)) {
	for w := range h.byStore[store] {
		f(w)
	}
	for w := range h.all {
		f(w)
	}
}

// Publish hands events of one store to its watchers. It never waits.
func (h *Hub) Publish(events ...object.Event) {
	if len(events) == 0 {
		return
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	h.each(events[0].Store, func(w *Watch) { w.add(events) })
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
	for i := range events {
		if e := &events[i]; !w.lost && w.filter.has(e) && !w.merge(e) {
			if len(w.pending) >= MaxPending {
				w.lost, w.pending = true, nil
				continue
			}
			w.pending = append(w.pending, *e)
		}
	}
	w.signal()
}

// merge puts an event into the place of one that waits and that says no more:
// of changes to the same folder's contents, or of the same object, the last
// one tells all. It wants w.mu.
func (w *Watch) merge(e *object.Event) bool {
	if e.Kind != object.EventContents && e.Kind != object.EventModified {
		return false
	}
	for i := range w.pending {
		p := &w.pending[i]
		if p.Kind == e.Kind && p.Folder == e.Folder && p.Message == e.Message && p.Store == e.Store {
			*p = *e
			return true
		}
	}
	return false
}

// Miss tells the watcher that it may have missed something.
func (w *Watch) Miss() { w.lose() }

func (w *Watch) lose() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost, w.pending = true, nil
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

// Close ends the watch. It may be called twice.
func (w *Watch) Close() {
	h := w.hub
	h.mu.Lock()
	if w.filter.fine() && !w.gone {
		h.fine.Add(-1)
	}
	w.gone = true
	delete(h.all, w)
	for _, s := range w.filter.Stores {
		delete(h.byStore[s], w)
		if len(h.byStore[s]) == 0 {
			delete(h.byStore, s)
		}
	}
	h.mu.Unlock()
	w.end()
}
