// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"sync"

	"twiga/lib/mapi/object"
)

// maxWaitingEvents is how many events wait for a slow consumer before they
// become one EventCatchUp.
const maxWaitingEvents = 64

// subscription is one watch of a client.
type subscription struct {
	id   uint64
	s    *session
	req  object.WatchRequest
	wake chan struct{} // tells next that there is something

	mu      sync.Mutex // guards what follows
	waiting []object.Event
	started bool        // the watch was in force once
	on      *clientLink // the connection that it was subscribed on
	retried bool        // since the last event
	err     error
}

// claim says whether the watch is to be subscribed on a connection, once.
func (s *subscription) claim(link *clientLink) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on == link || s.err != nil {
		return false
	}
	s.on = link
	return true
}

// retry lets claim succeed again, once between two events.
func (s *subscription) retry() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.retried {
		return false
	}
	s.retried, s.on = true, nil
	return true
}

func (s *subscription) begun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started
}

// push takes an event; it never waits.
func (s *subscription) push(event object.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retried = false
	if event.Kind == object.EventStarted {
		if s.started {
			event = object.Event{Kind: object.EventCatchUp} // in force again: something may be missing
		}
		s.started = true
	}
	if len(s.waiting) >= maxWaitingEvents || event.Kind == object.EventCatchUp {
		s.waiting = append(s.waiting[:0], object.Event{Kind: object.EventCatchUp})
	} else {
		s.waiting = append(s.waiting, event)
	}
	s.signal()
}

// end ends the watch.
func (s *subscription) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	s.signal()
}

func (s *subscription) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// next waits for an event.
func (s *subscription) next(ctx context.Context) (object.Event, error) {
	for {
		if event, ok, err := s.take(); ok || err != nil {
			return event, err
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return object.Event{}, ctx.Err()
		}
	}
}

// take is the next event that waits, or how the watch ended.
func (s *subscription) take() (event object.Event, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		return object.Event{}, false, s.err
	}
	event = s.waiting[0]
	s.waiting = append(s.waiting[:0], s.waiting[1:]...)
	if len(s.waiting) == 0 {
		s.waiting = nil // most watches are quiet most of the time
	}
	return event, true, nil
}
