// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Limits of a connection for events.
const (
	maxSubscriptions = 1 << 17
	maxQueuedEvents  = 8192 // beyond them watchers get EventCatchUp

	eventGap = 20 * time.Millisecond // between two frames of events
)

// serverEvents are the watches of one connection. Events wait in one bounded
// queue until the connection takes them; a watch whose event finds it full
// gets EventCatchUp in place of all that it misses.
type serverEvents struct {
	l    *serverLink
	wake chan struct{}  // tells the writer that something waits
	wg   sync.WaitGroup // of the watches and the writer

	mu      sync.Mutex // guards what follows
	subs    map[uint64]context.CancelFunc
	queue   []queuedEvent
	lagging map[uint64]struct{} // watches that miss events
	ended   []endedWatch
}

type queuedEvent struct {
	id    uint64
	event object.Event
}

type endedWatch struct {
	id  uint64
	err error
}

// subscribe begins a watch. Its payload is the number that the client gives
// it, then what a call has.
func (l *serverLink) subscribe(ctx context.Context, payload []byte) error {
	id, used := binary.Uvarint(payload)
	if used <= 0 {
		return badHeader()
	}
	var h callHeader
	body, err := h.take(payload[used:])
	if err != nil {
		return err
	}
	if l.events == nil {
		e := &serverEvents{
			l: l, wake: make(chan struct{}, 1),
			subs: map[uint64]context.CancelFunc{}, lagging: map[uint64]struct{}{},
		}
		e.wg.Go(func() { e.write(ctx) })
		l.events = e
	}
	return l.events.begin(ctx, id, h, body)
}

// begin starts a watch. An error ends the connection.
func (e *serverEvents) begin(ctx context.Context, id uint64, h callHeader, body []byte) error {
	if n := e.untold(); n >= maxSubscriptions {
		return fmt.Errorf("subscribe %d: the client does not take the ends of %d watches: %w", id, n, mapi.NotEnoughResources)
	}
	live, err := e.l.sessions.use(h.session, e.l.peer)
	if err != nil {
		e.end(id, err)
		return nil
	}
	var req object.WatchRequest
	if err := opWatch.request.DecodeAll(body, &req); err != nil {
		live.done()
		e.end(id, err)
		return nil
	}
	if h.request != "" {
		ctx = &requestContext{Context: ctx, id: h.request}
	}
	watching, cancel := context.WithCancel(ctx)
	if !e.keep(id, cancel) {
		cancel()
		live.done()
		return fmt.Errorf("subscribe %d: number in use, or %d watches: %w", id, maxSubscriptions, mapi.InvalidParameter)
	}
	stores := req.Stores
	if len(stores) == 0 {
		stores = []mapi.GUID{live.session.Whoami().Store}
	}
	if err := e.sendStamps(live.session, stores); err != nil {
		cancel()
		live.done()
		return err
	}
	e.wg.Go(func() {
		defer live.done()
		defer cancel()
		e.watch(watching, id, live.session, req)
	})
	return nil
}

// untold is how many ends of watches wait to be sent.
func (e *serverEvents) untold() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.ended)
}

// keep notes a watch under its number.
func (e *serverEvents) keep(id uint64, cancel context.CancelFunc) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, twice := e.subs[id]; twice || len(e.subs) >= maxSubscriptions {
		return false
	}
	e.subs[id] = cancel
	return true
}

// unsubscribe ends a watch.
func (l *serverLink) unsubscribe(payload []byte) error {
	id, used := binary.Uvarint(payload)
	if used != len(payload) || used <= 0 {
		return badHeader()
	}
	if l.events == nil {
		return nil
	}
	l.events.mu.Lock()
	defer l.events.mu.Unlock()
	if cancel := l.events.subs[id]; cancel != nil {
		cancel()
	}
	return nil
}

// watch passes the events of one watch on.
func (e *serverEvents) watch(ctx context.Context, id uint64, s object.Session, req object.WatchRequest) {
	var failed error
	defer func() {
		if p := recover(); p != nil {
			failed = panicked(ctx, opWatch.operation, p)
		}
		e.end(id, failed)
	}()
	for event, err := range s.Watch(ctx, req) {
		if err != nil {
			failed = err
			return
		}
		e.push(id, event)
	}
}

// push queues an event.
func (e *serverEvents) push(id uint64, event object.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, behind := e.lagging[id]; behind {
		return
	}
	if len(e.queue) >= maxQueuedEvents {
		e.lagging[id] = struct{}{}
		return
	}
	e.queue = append(e.queue, queuedEvent{id, event})
	e.signal()
}

// end queues the end of a watch.
func (e *serverEvents) end(id uint64, err error) {
	if err == nil {
		err = mapi.Cancel
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.subs, id)
	delete(e.lagging, id)
	e.ended = append(e.ended, endedWatch{id, err})
	e.signal()
}

// signal wakes the writer.
func (e *serverEvents) signal() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// write sends what waits until the connection ends. An event that comes alone
// goes at once; those of a burst go together, since each time that the client
// is woken costs more than the event.
func (e *serverEvents) write(ctx context.Context) {
	var spare []queuedEvent
	gap := time.NewTimer(0)
	defer gap.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-gap.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-e.wake:
		}
		e.mu.Lock()
		queue, ended := e.queue, e.ended
		e.queue, e.ended = spare[:0], nil
		var lagging map[uint64]struct{}
		if len(e.lagging) > 0 {
			lagging, e.lagging = e.lagging, map[uint64]struct{}{}
		}
		e.mu.Unlock()
		for id := range lagging {
			queue = append(queue, queuedEvent{id, object.Event{Kind: object.EventCatchUp}})
		}
		if e.send(queue, ended) != nil {
			_ = e.l.conn.Close() // wakes the reader, which ends everything
			return
		}
		gap.Reset(eventGap)
		spare = queue
		if cap(spare) > 2*maxQueuedEvents {
			spare = nil
		}
	}
}

// send writes events, and the ends of watches after them.
func (e *serverEvents) send(queue []queuedEvent, ended []endedWatch) error {
	l := e.l
	l.writes.Lock()
	defer l.writes.Unlock()
	for len(queue) > 0 {
		l.begin()
		for len(queue) > 0 && len(l.out) < batchSize {
			l.out = binary.AppendUvarint(l.out, queue[0].id)
			l.out = opWatch.result.Append(l.out, &queue[0].event)
			queue = queue[1:]
		}
		if err := l.flush(frameEvent, 0, nil); err != nil {
			return err
		}
	}
	for _, w := range ended {
		l.begin()
		l.out = binary.AppendUvarint(l.out, w.id)
		l.out = appendFailure(l.out, w.err)
		if err := l.flush(frameFailure, 0, nil); err != nil {
			return err
		}
	}
	return nil
}
