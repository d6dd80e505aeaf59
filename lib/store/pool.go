// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"time"

	"twiga/lib/mapi"
)

// slot is a mailbox's place among the open ones. While it is being opened,
// ready is open and others wait for it.
type slot struct {
	ready chan struct{}
	m     *mailbox
	err   error
}

// acquire opens a mailbox or takes the open one. It stays open until release.
func (e *Engine) acquire(guid mapi.GUID) (*mailbox, error) {
	e.mu.Lock()
	for {
		if e.closed {
			e.mu.Unlock()
			return nil, errClosed
		}
		s := e.open[guid]
		if s == nil {
			break
		}
		select {
		case <-s.ready:
			s.m.users++
			e.mu.Unlock()
			return s.m, nil
		default:
		}
		e.mu.Unlock()
		<-s.ready
		if s.err != nil {
			return nil, s.err
		}
		e.mu.Lock()
	}
	s := &slot{ready: make(chan struct{})}
	e.open[guid] = s
	crowded := len(e.open) > e.opt.Mailboxes+e.opt.Mailboxes/4
	e.mu.Unlock()

	if crowded { // faster than the housekeeper makes room
		e.evictOldest()
	}
	m, err := e.openMailbox(guid)

	e.mu.Lock()
	defer e.mu.Unlock()
	s.m, s.err = m, err
	close(s.ready)
	e.idle.Broadcast()
	if err != nil {
		delete(e.open, guid)
		return nil, err
	}
	m.users++
	m.used = time.Now()
	return m, nil
}

// leave ends a use of acquire.
func (e *Engine) leave(m *mailbox) {
	e.mu.Lock()
	defer e.mu.Unlock()
	m.users--
	m.used = time.Now()
	e.idle.Broadcast()
}

// noteActive has the mailbox looked after by the housekeeper: it has files open.
func (e *Engine) noteActive(m *mailbox) {
	e.activeMu.Lock()
	e.active[m] = struct{}{}
	e.activeMu.Unlock()
}

// housekeep looks after open mailboxes until the engine closes.
func (e *Engine) housekeep() {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-e.stop:
			return
		case <-tick.C:
			e.tick(time.Now())
		}
	}
}

// tick empties the logs of mailboxes that settled, closes the files of idle
// ones, and forgets those that are too many.
func (e *Engine) tick(now time.Time) {
	e.activeMu.Lock()
	var list []*mailbox
	for m := range e.active {
		list = append(list, m)
	}
	e.activeMu.Unlock()
	for _, m := range list {
		if m.dirty.Load() && now.UnixNano()-m.lastWrite.Load() > int64(e.opt.Settle) {
			m.settle()
		}
		e.hibernateIdle(m, now)
	}
	e.evict()
}

// hibernateIdle holds a use of the mailbox while it closes its files, so that
// nobody removes it meanwhile; who comes now finds them closed and opens them.
func (e *Engine) hibernateIdle(m *mailbox, now time.Time) {
	e.mu.Lock()
	idle := m.users == 0 && now.Sub(m.used) > e.opt.Hibernate
	e.mu.Unlock()
	if !idle {
		return
	}
	e.activeMu.Lock()
	delete(e.active, m)
	e.activeMu.Unlock()
	if !m.hibernate() {
		e.noteActive(m)
	}
}

// evict forgets the mailboxes that were idle longest while too many are open.
func (e *Engine) evict() {
	for e.evictOldest() {
	}
}

// evictOldest is false where there are not too many, or all are in use.
func (e *Engine) evictOldest() bool {
	m := e.takeOldest()
	if m == nil {
		return false
	}
	m.writing.Lock()
	m.closeFiles()
	m.writing.Unlock()
	return true
}

func (e *Engine) takeOldest() *mailbox {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.open) <= e.opt.Mailboxes {
		return nil
	}
	var oldest *mailbox
	for _, s := range e.open {
		if s.m != nil && s.m.users == 0 && (oldest == nil || s.m.used.Before(oldest.used)) {
			oldest = s.m
		}
	}
	if oldest != nil {
		e.forget(oldest)
	}
	return oldest
}

// forget wants e.mu.
func (e *Engine) forget(m *mailbox) {
	delete(e.open, m.guid)
	e.activeMu.Lock()
	delete(e.active, m)
	e.activeMu.Unlock()
}
