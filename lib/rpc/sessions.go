// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// sessions are those that are open, by id.
type sessions struct {
	mu      sync.RWMutex // guards what follows
	byID    map[sessionID]*liveSession
	clients map[clientID]*client
	max     int
}

// clientID is the random name that a client process gives itself.
type clientID [16]byte

// client is one client process and its connections.
type client struct {
	conns int       // guarded by sessions.mu
	gone  time.Time // when the last connection ended
}

// liveSession is a session of the engine and who may use it.
type liveSession struct {
	id      sessionID
	session object.Session
	uid     uint32
	known   bool
	account object.Accounted // nil: its calls are not counted
	program string
	peer    string
	calls   atomic.Uint64
	alone   bool         // opened alone: others may wait for it
	client  *client      // of sessions opened over frames; nil: it ends when idle
	used    atomic.Int64 // Unix nanoseconds of the last use
	running atomic.Int32 // calls and watches under way

	mu    sync.Mutex // guards polls
	polls map[pollID]*poll
}

func newSessions(limit int) *sessions {
	return &sessions{byID: map[sessionID]*liveSession{}, clients: map[clientID]*client{}, max: limit}
}

// add keeps a session and gives it a name. mapi.NotEnoughResources: there are too many.
func (t *sessions) add(s object.Session, req *object.LogonRequest, p Peer, c *client) (*liveSession, error) {
	l := &liveSession{session: s, account: accountOf(s), program: req.Program, peer: req.Peer, alone: req.Alone, uid: p.UID, known: p.Known, client: c}
	_, _ = rand.Read(l.id[:]) // never fails, by its contract
	l.used.Store(time.Now().UnixNano())
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.byID) >= t.max {
		return nil, fmt.Errorf("keep session: %d are open: %w", t.max, mapi.NotEnoughResources)
	}
	t.byID[l.id] = l
	return l, nil
}

// use finds a session for one call; done is to follow.
func (t *sessions) use(id sessionID, p Peer) (*liveSession, error) {
	t.mu.RLock()
	l := t.byID[id]
	if l != nil {
		l.running.Add(1) // under the lock, so that it does not expire meanwhile
	}
	t.mu.RUnlock()
	if l == nil {
		return nil, fmt.Errorf("find session: %w", mapi.EndOfSession)
	}
	if l.uid != p.UID || l.known != p.Known {
		l.running.Add(-1)
		return nil, fmt.Errorf("find session: it belongs to another user: %w", mapi.EndOfSession)
	}
	return l, nil
}

// done ends a use.
func (l *liveSession) done() {
	if l.client == nil {
		l.used.Store(time.Now().UnixNano())
	}
	l.running.Add(-1)
}

// remove takes a session out; false where it was gone.
func (t *sessions) remove(l *liveSession) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byID[l.id] != l {
		return false
	}
	delete(t.byID, l.id)
	return true
}

// connect counts a connection of a client.
func (t *sessions) connect(id clientID) *client {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.clients[id]
	if c == nil {
		c = &client{}
		t.clients[id] = c
	}
	c.conns++
	return c
}

// disconnect counts it off.
func (t *sessions) disconnect(c *client) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.conns--; c.conns == 0 {
		c.gone = time.Now()
	}
}

// sweep takes out the sessions that are idle, or whose client is gone, for too
// long, and gives them to be ended.
func (t *sessions) sweep(now time.Time, idle, grace time.Duration) []*liveSession {
	t.mu.Lock()
	defer t.mu.Unlock()
	var ended []*liveSession
	needed := map[*client]bool{}
	for id, l := range t.byID {
		over := now.UnixNano()-l.used.Load() > int64(idle)
		if l.client != nil {
			over = l.client.conns == 0 && now.Sub(l.client.gone) > grace
		}
		if over && l.running.Load() == 0 {
			delete(t.byID, id)
			ended = append(ended, l)
			continue
		}
		needed[l.client] = true
	}
	for id, c := range t.clients {
		if c.conns == 0 && !needed[c] && now.Sub(c.gone) > grace {
			delete(t.clients, id)
		}
	}
	return ended
}

// forsaken takes out the sessions that are alone and whose client is gone for
// longer than grace, and gives them to be ended: somebody waits for one of them.
func (t *sessions) forsaken(now time.Time, grace time.Duration) []*liveSession {
	t.mu.Lock()
	defer t.mu.Unlock()
	gone := func(c *client) bool { return c != nil && c.conns == 0 && now.Sub(c.gone) > grace }
	some := false
	for _, c := range t.clients {
		some = some || gone(c)
	}
	if !some { // as nearly always
		return nil
	}
	var ended []*liveSession
	for id, l := range t.byID {
		if l.alone && gone(l.client) && l.running.Load() == 0 {
			delete(t.byID, id)
			ended = append(ended, l)
		}
	}
	return ended
}

// all takes every session out.
func (t *sessions) all() []*liveSession {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []*liveSession
	for id, l := range t.byID {
		delete(t.byID, id)
		out = append(out, l)
	}
	return out
}

// count is how many are open.
func (t *sessions) count() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.byID)
}

// end closes sessions that were taken out.
func end(ctx context.Context, list []*liveSession) {
	for _, l := range list {
		_ = l.session.Logoff(ctx) // it is gone either way
		l.stopPolls()
	}
}
