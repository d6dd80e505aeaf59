// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"sync"

	"twiga/lib/log"
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
	seen sync.Map // stores that an administrator read, for the log
}

var _ object.Session = (*session)(nil)

func newSession(e *Engine, who object.Principal) *session {
	s := &session{e: e, who: who, done: make(chan struct{})}
	if who.Role == object.RoleUser {
		e.sessions.add(s)
	}
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

// mailbox opens a store for an action; leave it when done.
func (s *session) mailbox(ctx context.Context, a action, store mapi.GUID) (m *mailbox, leave func(), err error) {
	guid, err := s.mayIn(a, store)
	if err != nil {
		return nil, nil, err
	}
	if s.who.Role == object.RoleAdmin && (a == actRead || a == actChanges) {
		if _, before := s.seen.LoadOrStore(guid, true); !before {
			log.Info(ctx, codeAdminRead, "administrator reads mailbox", log.Store(guid.String()))
		}
	}
	m, err = s.e.acquire(guid)
	if err != nil {
		return nil, nil, err
	}
	return m, func() { s.e.leave(m) }, nil
}

// update runs an operation on a store.
func (s *session) update(ctx context.Context, a action, store mapi.GUID, run func(*tx) error) error {
	m, leave, err := s.mailbox(ctx, a, store)
	if err != nil {
		return err
	}
	defer leave()
	return m.update(ctx, run)
}

// patient bounds how long a caller may take over what a view gives: the log of
// the mailbox grows as long as somebody looks at an earlier moment.
func (s *session) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.e.opt.Patience, fmt.Errorf("read mailbox: the caller is too slow: %w", mapi.Timeout))
}

// view reads one moment of a store.
func (s *session) view(ctx context.Context, a action, store mapi.GUID, f func(*mailbox, *sqlite.Conn) error) error {
	m, leave, err := s.mailbox(ctx, a, store)
	if err != nil {
		return err
	}
	defer leave()
	return m.view(ctx, func(c *sqlite.Conn) error { return f(m, c) })
}
