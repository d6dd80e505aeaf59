// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"errors"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// slot is a mailbox's place among the open ones. While it is being opened,
// ready is open and others wait for it.
type slot struct {
	ready chan struct{}
	m     *mailbox
	err   error
}

// errEvicted is of the place of a mailbox whose files were closed: it can be opened anew.
var errEvicted = errors.New("mailbox was closed")

// acquire opens a mailbox or takes the open one. It stays open until release.
func (e *Engine) acquire(guid mapi.GUID) (*mailbox, error) { return e.acquireWith(guid, e.openMailbox) }

// acquireWith is acquire with another way to open; others wait for it.
func (e *Engine) acquireWith(guid mapi.GUID, open func(mapi.GUID) (*mailbox, error)) (*mailbox, error) {
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
		if s.err != nil && s.err != errEvicted {
			return nil, s.err
		}
		e.mu.Lock()
	}
	s := &slot{ready: make(chan struct{})}
	e.open[guid] = s
	crowded := e.counted() > e.opt.Mailboxes+e.opt.Mailboxes/4
	e.mu.Unlock()

	if crowded { // faster than the housekeeper makes room
		e.evictOldest()
	}
	m, err := open(guid)

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

// counted is how many mailboxes are open, without those that will not be soon: who makes
// room for them would close others that people work with. It wants e.mu.
func (e *Engine) counted() int { return len(e.open) - e.closing - e.visits }

// visit is acquire for housekeeping: it is no use of the mailbox, so that one
// that was opened for it makes room before those that people work with, and an
// idle one closes its files when it would have. Call leave at the end.
func (e *Engine) visit(guid mapi.GUID) (m *mailbox, leave func(), err error) {
	var used, since time.Time
	more := 1
	e.mu.Lock()
	if s := e.open[guid]; s != nil && s.m != nil {
		used, more = s.m.used, 0
	}
	e.visits += more
	e.mu.Unlock()
	m, err = e.acquire(guid)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		e.visits -= more
		return nil, nil, err
	}
	since = m.used
	return m, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.visits -= more
		m.users--
		if m.used.Equal(since) { // nobody came meanwhile
			m.used = used
		}
		e.idle.Broadcast()
	}, nil
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
	var seen, returned int64
	for {
		select {
		case <-e.stop:
			return
		case <-tick.C:
			e.tick(time.Now())
		}
		// The memory of closed files goes back once no more are being closed.
		switch n := e.filesClosed.Load(); {
		case n != seen:
			seen = n
		case n-returned >= giveBackFrom:
			sqlite.GiveBack()
			returned = n
		}
	}
}

// tick empties the logs of mailboxes that settled, closes the files of idle
// ones, and forgets those that are too many.
func (e *Engine) tick(now time.Time) {
	for _, m := range e.activeMailboxes() {
		if m.dirty.Load() && now.UnixNano()-m.lastWrite.Load() > int64(e.opt.Settle) {
			m.settle()
		}
		e.hibernateIdle(m, now)
	}
	e.evict()
}

// activeMailboxes are those that have files open.
func (e *Engine) activeMailboxes() []*mailbox {
	e.activeMu.Lock()
	defer e.activeMu.Unlock()
	list := make([]*mailbox, 0, len(e.active))
	for m := range e.active {
		list = append(list, m)
	}
	return list
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

// evictOldest is false where there are not too many, or all are in use. Who wants
// the mailbox meanwhile waits until its files are closed: two of it at once would each
// take themselves for the one who writes.
func (e *Engine) evictOldest() bool {
	m, s := e.takeOldest()
	if m == nil {
		return false
	}
	e.closeTaken(m, s)
	return true
}

// closeTaken closes what takeOldest gave.
func (e *Engine) closeTaken(m *mailbox, s *slot) {
	m.writing.Lock()
	m.rest()
	m.closeFiles()
	m.writing.Unlock()

	e.mu.Lock()
	defer e.mu.Unlock()
	e.closing--
	delete(e.open, m.guid)
	s.err = errEvicted
	close(s.ready)
	e.idle.Broadcast()
}

// takeOldest puts the place of a mailbox that is being closed where it was.
func (e *Engine) takeOldest() (*mailbox, *slot) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.counted() <= e.opt.Mailboxes {
		return nil, nil
	}
	var oldest *mailbox
	for _, s := range e.open {
		if s.m != nil && s.m.users == 0 && (oldest == nil || s.m.used.Before(oldest.used)) {
			oldest = s.m
		}
	}
	if oldest == nil {
		return nil, nil
	}
	e.forget(oldest)
	e.closing++
	s := &slot{ready: make(chan struct{})}
	e.open[oldest.guid] = s
	return oldest, s
}

// forget wants e.mu.
func (e *Engine) forget(m *mailbox) {
	delete(e.open, m.guid)
	e.activeMu.Lock()
	delete(e.active, m)
	e.activeMu.Unlock()
}
