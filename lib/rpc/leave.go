// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"twiga/lib/mapi"
)

const (
	// leaveSoon is how long the server may not know of sessions that were left
	// while nothing else is said to it.
	leaveSoon = 10 * time.Millisecond
	// leaveTime bounds a call that is made to tell it.
	leaveTime = time.Second
	// maxLeft is how many one frame tells of.
	maxLeft = 1024
)

// left are the sessions that ended without a call. The server is told ahead of
// the next one, in the same write, or soon: the end of a session that nobody
// waits for costs no trip.
type left struct {
	tell func(context.Context) error // makes a call

	mu     sync.Mutex // guards what follows
	ids    []sessionID
	since  time.Time      // of the first of them
	due    *time.Timer    // not nil while it runs
	closed bool           // nobody is told any more
	work   sync.WaitGroup // of the timer's goroutine; it is added to under mu
}

// add takes sessions.
func (v *left) add(ids ...sessionID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.ids) == 0 {
		v.since = time.Now()
	}
	v.ids = append(v.ids, ids...)
	v.arm(leaveSoon)
}

// arm wants mu.
func (v *left) arm(after time.Duration) {
	if v.due == nil && !v.closed && len(v.ids) > 0 {
		v.work.Add(1)
		v.due = time.AfterFunc(after, v.tellDue)
	}
}

// take gives sessions to be told of.
func (v *left) take() (ids []sessionID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.ids) <= maxLeft {
		ids, v.ids = v.ids, nil
		return ids
	}
	ids, v.ids = v.ids[:maxLeft:maxLeft], v.ids[maxLeft:]
	return ids
}

// tellDue makes a call where none took the sessions along in time.
func (v *left) tellDue() {
	defer v.work.Done()
	v.mu.Lock()
	v.due = nil
	early := leaveSoon - time.Since(v.since)
	waiting := len(v.ids) > 0
	if early > 0 {
		v.arm(early)
	}
	v.mu.Unlock()
	if waiting && early <= 0 {
		v.flush()
	}
}

// flush tells of all that are there. What cannot be told goes with a later call,
// or ends with the connections of the client.
func (v *left) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	for v.waiting() && v.tell(ctx) == nil {
	}
}

func (v *left) waiting() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.ids) > 0
}

// close tells of the last ones.
func (v *left) close() {
	v.mu.Lock()
	v.closed = true
	if v.due != nil && v.due.Stop() {
		v.work.Done()
	}
	v.mu.Unlock()
	v.work.Wait()
	v.flush()
}

// Leave implements object.Leaver.
func (s *session) Leave() {
	key := s.key.Swap(nil)
	if key == nil {
		return
	}
	s.c.left.add(key.id)
	s.c.events.endSession(s)
}

// leave ends the sessions that a client left. It answers nothing, and minds no
// session that is not there.
func (l *serverLink) leave(ctx context.Context, payload []byte) error {
	var id sessionID
	for ; len(payload) > 0; payload = payload[len(id):] {
		if copy(id[:], payload) < len(id) {
			return fmt.Errorf("read sessions that were left: cut short: %w", mapi.InvalidParameter)
		}
		began := time.Now()
		live, err := l.sessions.use(id, l.peer)
		if err == nil {
			err = l.logoff(ctx, live)
			live.done()
		}
		if !errors.Is(err, mapi.EndOfSession) {
			l.observe(ctx, opLogoff.operation, live, began, err)
		}
	}
	return nil
}
