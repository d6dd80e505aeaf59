// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// subscribeTime bounds the writing of a subscription.
const subscribeTime = 10 * time.Second

// clientEvents are the watches of a client: all on one connection, which a
// goroutine reads while there are watches.
type clientEvents struct {
	c  *Client
	wg sync.WaitGroup

	mu     sync.Mutex // guards what follows
	subs   map[uint64]*subscription
	last   uint64
	stop   context.CancelFunc // ends the goroutine; nil while there is none
	link   *clientLink        // nil while there is no connection
	closed bool

	writes sync.Mutex // held while a frame is built and written; after mu
	stamps stamps
}

func newClientEvents(c *Client) *clientEvents {
	return &clientEvents{c: c, subs: map[uint64]*subscription{}}
}

// close ends all watches.
func (e *clientEvents) close() {
	e.mu.Lock()
	e.closed = true
	if e.link != nil {
		_ = e.link.conn.Close()
	}
	if e.stop != nil {
		e.stop()
	}
	e.mu.Unlock()
	e.wg.Wait()
}

// watch implements Watch of a session.
func (e *clientEvents) watch(ctx context.Context, s *session, req object.WatchRequest) iter.Seq2[object.Event, error] {
	return func(yield func(object.Event, error) bool) {
		sub, err := e.add(ctx, s, req)
		if err != nil {
			yield(object.Event{}, err)
			return
		}
		defer e.remove(sub)
		for {
			event, err := sub.next(ctx)
			if err != nil {
				yield(object.Event{}, fmt.Errorf("watch: %w", outside(err)))
				return
			}
			if !yield(event, nil) {
				return
			}
		}
	}
}

// add begins a watch.
func (e *clientEvents) add(ctx context.Context, s *session, req object.WatchRequest) (*subscription, error) {
	if s.key.Load() == nil {
		return nil, fmt.Errorf("watch: %w", errEndOfSession)
	}
	sub := &subscription{s: s, req: req, wake: make(chan struct{}, 1)}
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil, fmt.Errorf("watch: the client is closed: %w", mapi.NetworkError)
	}
	e.last++
	sub.id = e.last
	e.subs[sub.id] = sub
	link := e.link
	if e.stop == nil {
		var life context.Context // as long as there are watches, not just this one
		life, e.stop = context.WithCancel(context.WithoutCancel(ctx))
		e.wg.Go(func() { e.run(life) })
	}
	e.mu.Unlock()
	if link != nil {
		e.subscribe(ctx, link, sub)
	}
	return sub, nil
}

// remove ends a watch.
func (e *clientEvents) remove(sub *subscription) {
	e.mu.Lock()
	_, there := e.subs[sub.id]
	delete(e.subs, sub.id)
	link := e.link
	e.mu.Unlock()
	if there && link != nil {
		e.write(link, frameUnsubscribe, binary.AppendUvarint(nil, sub.id))
	}
}

// endSession ends the watches of a session that was logged off.
func (e *clientEvents) endSession(s *session) {
	e.mu.Lock()
	var ended []*subscription
	for _, sub := range e.subs {
		if sub.s == s {
			ended = append(ended, sub)
		}
	}
	e.mu.Unlock()
	for _, sub := range ended {
		sub.end(errEndOfSession)
	}
}

func (e *clientEvents) all() []*subscription {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]*subscription, 0, len(e.subs))
	for _, sub := range e.subs {
		out = append(out, sub)
	}
	return out
}

// run keeps the connection up as long as there are watches.
func (e *clientEvents) run(ctx context.Context) {
	for {
		link, err := e.c.connect(ctx, e.c.opt.Wait)
		if err != nil {
			e.fail(err, ctx.Err() != nil)
		} else {
			e.use(ctx, link)
		}
		e.mu.Lock()
		if len(e.subs) == 0 || e.closed {
			e.stop()
			e.stop = nil
			e.mu.Unlock()
			e.fail(mapi.NetworkError, true) // where the client was closed
			return
		}
		e.mu.Unlock()
	}
}

// fail ends the watches that never began; the others wait for the server
// unless all is over.
func (e *clientEvents) fail(err error, over bool) {
	for _, sub := range e.all() {
		if over || !sub.begun() {
			sub.end(err)
		}
	}
}

// use subscribes all watches on a new connection and reads it to its end.
func (e *clientEvents) use(ctx context.Context, link *clientLink) {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		_ = link.conn.Close()
		return
	}
	e.link = link
	e.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, sub := range e.all() {
			e.subscribe(ctx, link, sub)
		}
	})
	e.read(ctx, link)
	e.stamps.drop()
	e.mu.Lock()
	e.link = nil
	e.mu.Unlock()
	_ = link.conn.Close()
	wg.Wait()
}

// subscribe asks the server for a watch, once on each connection.
func (e *clientEvents) subscribe(ctx context.Context, link *clientLink, sub *subscription) {
	if !sub.claim(link) {
		return
	}
	key := sub.s.key.Load()
	if key != nil && key.instance != link.instance {
		if !sub.s.renewable {
			key = nil
		} else if err := sub.s.renew(ctx, key); err != nil {
			sub.end(err)
			return
		} else {
			key = sub.s.key.Load()
		}
	}
	if key == nil {
		sub.end(errEndOfSession)
		return
	}
	h := callHeader{session: key.id}
	payload := h.append(binary.AppendUvarint(nil, sub.id))
	e.write(link, frameSubscribe, opWatch.request.Append(payload, &sub.req))
}

// write sends a frame. What fails ends the connection, and so is tried again.
func (e *clientEvents) write(link *clientLink, typ frameType, payload []byte) {
	e.writes.Lock()
	defer e.writes.Unlock()
	if link.conn.SetWriteDeadline(time.Now().Add(subscribeTime)) != nil || link.put(typ, 0, payload) != nil {
		_ = link.conn.Close()
	}
}

// read hands events to their watches until the connection ends.
func (e *clientEvents) read(ctx context.Context, link *clientLink) {
	for {
		f, err := link.link.read(0)
		if err != nil {
			return
		}
		switch f.typ {
		case frameEvent:
			err = e.dispatch(f.payload)
		case frameStamps:
			err = e.stamps.learn(f.payload)
		case frameFailure:
			err = e.ended(ctx, f.payload)
		case frameBye:
			return
		}
		if err != nil {
			return
		}
	}
}

// dispatch takes a frame of events apart.
func (e *clientEvents) dispatch(payload []byte) error {
	var event object.Event
	for len(payload) > 0 {
		id, used := binary.Uvarint(payload)
		if used <= 0 {
			return badHeader()
		}
		var err error
		if payload, err = opWatch.result.Decode(payload[used:], &event); err != nil {
			return err
		}
		if sub := e.find(id); sub != nil {
			sub.push(event)
		}
	}
	return nil
}

func (e *clientEvents) find(id uint64) *subscription {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.subs[id]
}

// ended takes the end of a watch.
func (e *clientEvents) ended(ctx context.Context, payload []byte) error {
	id, used := binary.Uvarint(payload)
	if used <= 0 {
		return badHeader()
	}
	err := failureOf(payload[used:])
	sub := e.find(id)
	if sub == nil {
		return nil
	}
	key := sub.s.key.Load()
	if !errors.Is(err, mapi.EndOfSession) || !sub.s.renewable || key == nil || !sub.retry() {
		sub.end(err)
		return nil
	}
	e.mu.Lock()
	link := e.link
	e.mu.Unlock()
	e.wg.Go(func() { // beside the reader, since it makes calls
		if err := sub.s.renew(ctx, key); err != nil {
			sub.end(err)
			return
		}
		if link != nil {
			e.subscribe(ctx, link, sub)
		}
	})
	return nil
}
