// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// session is one principal's access.
type session struct {
	e    *Engine
	who  object.Principal
	done chan struct{} // closed by end
	once sync.Once

	level directory.AdminLevel // what an administrator by name and password administers
	app   bool                 // opened with an app password
	actor string               // who it is, also behind an impersonation, for the log

	signature []byte  // of a logon by a proof
	places    []place // where it counts
	alone     use     // where it is alone

	watches atomic.Int64 // that run
	guarded guarded
	account account
	seen    sync.Map // mailboxes that an administrator looked into, for the log
}

var (
	_ object.Session   = (*session)(nil)
	_ object.Accounted = (*session)(nil)
	_ object.Signed    = (*session)(nil)
)

// Signature implements object.Signed.
func (s *session) Signature() []byte { return s.signature }

func newSession(e *Engine, who object.Principal, req *object.LogonRequest, actor string, level directory.AdminLevel) *session {
	s := &session{e: e, who: who, done: make(chan struct{}), actor: actor, level: level}
	s.account.program, s.account.peer, s.account.since = req.Program, req.Peer, time.Now()
	e.sessions.add(s)
	return s
}

// Whoami implements object.Session.
func (s *session) Whoami() object.Principal { return s.who }

// Logoff implements object.Session.
func (s *session) Logoff(context.Context) error {
	s.e.sessions.remove(s)
	s.end()
	return nil
}

func (s *session) end() { s.once.Do(func() { close(s.done) }) }

func (s *session) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// mailbox opens a store for an action, and says what the session may do in it;
// leave it when done.
func (s *session) mailbox(ctx context.Context, a action, store mapi.GUID) (m *mailbox, acc *access, leave func(), err error) {
	guid, err := s.mayIn(a, store)
	if err != nil {
		return nil, nil, nil, err
	}
	m, err = s.e.acquire(guid)
	if err != nil {
		if s.who.Role == object.RoleUser && guid != s.who.Store && mapi.CodeOf(err) == mapi.NotFound {
			err = fmt.Errorf("open store %s: %w", guid, mapi.NoAccess) // whether there is one is not told
		}
		return nil, nil, nil, err
	}
	if acc, err = s.accessTo(ctx, a, m); err != nil {
		s.e.leave(m)
		return nil, nil, nil, err
	}
	s.auditEntry(ctx, a, guid)
	return m, acc, func() { s.e.leave(m) }, nil
}

// update runs an operation on a store.
func (s *session) update(ctx context.Context, a action, store mapi.GUID, run func(*tx) error) error {
	m, acc, leave, err := s.mailbox(ctx, a, store)
	if err != nil {
		return err
	}
	defer leave()
	return m.updateAs(ctx, acc, run)
}

// patient bounds how long a caller may take over what a view gives: the log of
// the mailbox grows as long as somebody looks at an earlier moment.
func (s *session) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.e.opt.Patience, fmt.Errorf("read mailbox: the caller is too slow: %w", mapi.Timeout))
}

// view reads one moment of a store.
func (s *session) view(ctx context.Context, a action, store mapi.GUID, f func(*mailbox, *access, *sqlite.Conn) error) error {
	m, acc, leave, err := s.mailbox(ctx, a, store)
	if err != nil {
		return err
	}
	defer leave()
	return m.view(ctx, func(c *sqlite.Conn) error { return f(m, acc, c) })
}
