// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Limits of watches over SOAP.
const (
	maxPolls        = 16               // of one session
	maxPolledEvents = 256              // that wait for the next request; beyond them: EventCatchUp
	pollIdle        = time.Minute      // without a request a watch ends
	pollWait        = 30 * time.Second // a request waits for an event, where it does not say
	maxPollWait     = 5 * time.Minute
)

// pollID names a watch between requests.
type pollID [16]byte

// poll is a watch that requests ask for its events, one after the other.
type poll struct {
	cancel context.CancelFunc
	done   chan struct{} // is closed when the watch has ended
	wake   chan struct{} // tells the request that there is something
	idle   *time.Timer   // ends the watch

	mu     sync.Mutex // guards what follows
	events []object.Event
	err    error
}

// watch answers with the events that came, waiting for one as long as the
// header says.
func (c *soapCall) watch(ctx context.Context) ([]byte, error) {
	live, err := c.sessions.use(c.header.Session, c.peer)
	if err != nil {
		return nil, err
	}
	defer live.done()
	id := pollID(c.header.WatchID)
	if id == (pollID{}) {
		id, err = live.beginPoll(ctx, *c.req.(*object.WatchRequest))
		if err != nil {
			return nil, err
		}
	}
	p := live.findPoll(id)
	if p == nil {
		return nil, fmt.Errorf("find watch: %w", mapi.NotFound)
	}
	wait := pollWait
	if c.header.Timeout > 0 {
		wait = min(time.Duration(c.header.Timeout)*time.Millisecond, maxPollWait)
	}
	events, err := p.wait(ctx, c.draining, wait)
	if err != nil {
		live.dropPoll(id)
		return nil, err
	}
	var items []byte
	for i := range events {
		items = c.op.result.Append(items, "Item", &events[i])
	}
	return c.items(items, false, hex.EncodeToString(id[:])), nil
}

// beginPoll begins a watch that outlives the request.
func (l *liveSession) beginPoll(ctx context.Context, req object.WatchRequest) (pollID, error) {
	var id pollID
	_, _ = rand.Read(id[:]) // never fails, by its contract
	watching, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &poll{cancel: cancel, done: make(chan struct{}), wake: make(chan struct{}, 1)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.polls) >= maxPolls {
		cancel()
		return id, fmt.Errorf("watch: %d watches in this session: %w", maxPolls, mapi.NotEnoughResources)
	}
	if l.polls == nil {
		l.polls = map[pollID]*poll{}
	}
	l.polls[id] = p
	p.idle = time.AfterFunc(pollIdle, func() { l.dropPoll(id) })
	go p.run(watching, l.session, req)
	return id, nil
}

func (l *liveSession) findPoll(id pollID) *poll {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.polls[id]
}

// dropPoll ends a watch.
func (l *liveSession) dropPoll(id pollID) {
	l.mu.Lock()
	p := l.polls[id]
	delete(l.polls, id)
	l.mu.Unlock()
	if p != nil {
		p.stop()
	}
}

// stopPolls ends all watches, since the session has ended.
func (l *liveSession) stopPolls() {
	l.mu.Lock()
	polls := l.polls
	l.polls = nil
	l.mu.Unlock()
	for _, p := range polls {
		p.end(fmt.Errorf("use session: %w", mapi.EndOfSession))
		p.stop()
	}
}

func (p *poll) stop() {
	p.idle.Stop()
	p.cancel()
	<-p.done
}

// run gathers the events.
func (p *poll) run(ctx context.Context, s object.Session, req object.WatchRequest) {
	defer close(p.done)
	defer p.cancel()
	ended := error(mapi.Cancel)
	defer func() {
		if r := recover(); r != nil {
			ended = panicked(ctx, opWatch.operation, r)
		}
		p.end(ended)
	}()
	for e, err := range s.Watch(ctx, req) {
		if err != nil {
			ended = err
			return
		}
		p.push(e)
	}
}

func (p *poll) push(e object.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.events) >= maxPolledEvents {
		p.events = append(p.events[:0], object.Event{Kind: object.EventCatchUp})
	} else {
		p.events = append(p.events, e)
	}
	p.signal()
}

// end notes why the watch ended.
func (p *poll) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
	p.signal()
}

func (p *poll) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// wait takes the events that came; none where none came in time.
func (p *poll) wait(ctx context.Context, draining <-chan struct{}, limit time.Duration) ([]object.Event, error) {
	p.idle.Stop()
	defer p.idle.Reset(pollIdle)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		p.mu.Lock()
		events, err := p.events, p.err
		p.events = nil
		p.mu.Unlock()
		if len(events) > 0 {
			return events, nil
		}
		if err != nil {
			if errors.Is(err, context.Canceled) {
				err = mapi.Cancel
			}
			return nil, fmt.Errorf("watch: %w", err)
		}
		select {
		case <-p.wake:
		case <-timer.C:
			return nil, nil
		case <-draining:
			return nil, fmt.Errorf("watch: the server stops: %w", mapi.Busy)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
