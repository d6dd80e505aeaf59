// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"errors"
	"time"

	"twiga/lib/gateway/login"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/pop3"
)

// logoffTime bounds the wait for the store when a client has gone.
const logoffTime = 5 * time.Second

// session is what one connection does. It is used by the connection's
// goroutine only.
type session struct {
	login.Client

	gw   *Gateway
	conn *proto.Conn

	user  object.Principal
	store object.Session // nil before login
	dead  bool           // the store does not know it any more
	since time.Time
	drop  *maildrop // nil before login
}

// Open implements proto.Session: it lists the maildrop, which the session with
// the store has locked.
func (s *session) Open(ctx context.Context) (proto.Maildrop, error) {
	m := &maildrop{s: s}
	if err := m.load(ctx); err != nil {
		err = answer(s.saw(err))
		s.logoff()
		return nil, err
	}
	s.drop = m
	return m, nil
}

// Close implements proto.Session.
func (s *session) Close() {
	if s.drop != nil {
		s.drop.forget()
	}
	s.logoff()
}

// logoff ends the session with the store, which gives the maildrop free. That
// the store may not hear of it does no harm: it ends sessions of peers that are
// gone. It waits for that, since whose QUIT was answered may come again at once.
func (s *session) logoff() {
	if s.store == nil {
		return
	}
	s.logout()
	if !s.dead {
		ctx, cancel := context.WithTimeout(context.Background(), logoffTime)
		defer cancel()
		_ = s.store.Logoff(ctx)
	}
	s.store, s.dead = nil, false
}

// saw remembers that the store does not know the session any more.
func (s *session) saw(err error) error {
	if errors.Is(err, mapi.EndOfSession) {
		s.dead = true
	}
	return err
}

// answer turns an error of the store into the command's answer, which says no
// more than the client may know. What has no better answer stays as it is; the
// engine logs it.
func answer(err error) error {
	var told *proto.Error
	if err == nil || errors.As(err, &told) {
		return err
	}
	switch mapi.CodeOf(err) {
	case mapi.EndOfSession:
		return proto.ErrSessionLost
	case mapi.NetworkError, mapi.Busy, mapi.Timeout, mapi.NotEnoughDisk, mapi.StoreFull, mapi.NotEnoughResources, mapi.NotEnoughMemory:
		return proto.ErrTemporary
	case mapi.NoAccess:
		return proto.ErrNoAccess
	}
	return err
}
