// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"sync/atomic"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// session is the client's side of a session. Its calls are in stubs.go.
type session struct {
	c         *Client
	principal object.Principal
	signature []byte
	logon     object.LogonRequest // of a session that is renewable
	renewable bool                // a service role: it can be opened anew

	key      atomic.Pointer[sessionKey] // nil once it has ended
	renewing sync.Mutex                 // held by the one who opens it anew
}

// sessionKey names a session on one run of the server.
type sessionKey struct {
	id       sessionID
	instance string
}

var (
	_ object.Session = (*session)(nil)
	_ object.Signed  = (*session)(nil)
	_ object.Leaver  = (*session)(nil)
)

// Signature implements object.Signed.
func (s *session) Signature() []byte { return s.signature }

// Whoami implements object.Session.
func (s *session) Whoami() object.Principal { return s.principal }

// Logoff implements object.Session.
func (s *session) Logoff(ctx context.Context) error {
	key := s.key.Swap(nil)
	if key == nil {
		return fmt.Errorf("log off: %w", mapi.EndOfSession)
	}
	gone := &session{c: s.c}
	gone.key.Store(key)
	var req, resp object.Empty
	err := s.c.call(ctx, opLogoff.operation, gone, &req, &resp)
	s.c.events.endSession(s)
	if errors.Is(err, mapi.EndOfSession) {
		return nil // the server had lost it before
	}
	return err
}

// renew opens the session anew, unless somebody else did since stale.
func (s *session) renew(ctx context.Context, stale *sessionKey) error {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	switch key := s.key.Load(); {
	case key == nil:
		return errEndOfSession
	case key != stale:
		return nil
	}
	key, resp, err := s.c.open(ctx, &s.logon)
	if err != nil {
		return fmt.Errorf("open session anew: %w", err)
	}
	if resp.Principal != s.principal {
		return fmt.Errorf("open session anew: it is another principal's: %w", mapi.EndOfSession)
	}
	if !s.key.CompareAndSwap(stale, key) {
		return errEndOfSession // logged off meanwhile; the server's grace time ends the new one
	}
	return nil
}

// invoke does a unary call.
func invoke[Req, Resp any](ctx context.Context, s *session, op unaryOp[Req, Resp], req Req) (Resp, error) {
	var resp Resp
	err := s.c.call(ctx, op.operation, s, &req, &resp)
	return resp, err
}

// iterate does a call that yields.
func iterate[Req, Item any](ctx context.Context, s *session, op streamOp[Req, Item], req Req) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		var item, zero Item
		stopped := false
		err := s.stream(ctx, op.operation, &req, &item, func() bool {
			stopped = !yield(item, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(zero, err)
		}
	}
}

// stream does a call that yields, and tries again what did not begin.
func (s *session) stream(ctx context.Context, op *operation, req, item any, next func() bool) error {
	renewed := false
	for attempt := 1; ; attempt++ {
		l, key, err := s.c.link(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
		began, err := s.each(ctx, l, op, key, req, item, next)
		if err == nil {
			return nil
		}
		again, failure := s.c.again(ctx, op, s, key, err, &renewed)
		if !again || began || attempt == maxAttempts {
			return failure
		}
	}
}

// each gives the connection back even where the consumer panics.
func (s *session) each(ctx context.Context, l *clientLink, op *operation, key *sessionKey, req, item any, next func() bool) (bool, error) {
	defer s.c.pool.put(l)
	return l.each(ctx, op, key.id, req, item, next)
}

// send does a call that takes bytes. Content is read once only, so that what
// failed after that is not tried again.
func send[Req, Resp any](ctx context.Context, s *session, op uploadOp[Req, Resp], req Req, content io.Reader) (Resp, error) {
	var resp Resp
	for attempt := 1; ; attempt++ {
		l, key, err := s.c.link(ctx, s)
		if err != nil {
			return resp, fmt.Errorf("%s: %w", op.name, err)
		}
		began, err := s.upload(ctx, l, op.operation, key, &req, content, &resp)
		if err == nil {
			return resp, nil
		}
		if began || attempt == maxAttempts || !errors.Is(err, errNotBegun) {
			return resp, outside(err)
		}
	}
}

func (s *session) upload(ctx context.Context, l *clientLink, op *operation, key *sessionKey, req any, content io.Reader, resp any) (bool, error) {
	defer s.c.pool.put(l)
	return l.upload(ctx, op, key.id, req, content, resp)
}
