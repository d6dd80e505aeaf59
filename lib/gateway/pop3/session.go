// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"twiga/lib/gateway/login"
	"twiga/lib/log"
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

	user   object.Principal
	store  object.Session // nil before login
	dead   bool           // the store does not know it any more
	unlock func()         // nil while the maildrop is not ours
	since  time.Time
	drop   *maildrop // nil before login
}

// Open implements proto.Session: it locks the maildrop and lists it.
func (s *session) Open(ctx context.Context) (proto.Maildrop, error) {
	m, err := s.open(ctx)
	if err != nil {
		s.logoff()
		return nil, answer(err)
	}
	s.drop = m
	return m, nil
}

func (s *session) open(ctx context.Context) (*maildrop, error) {
	unlock, ok, err := s.gw.cfg.Locks.Lock(ctx, s.user.Store)
	if err != nil {
		return nil, err
	}
	if !ok {
		s.gw.refused("in-use")
		s.Log(ctx, slog.LevelInfo, codeInUse, "maildrop is in use", log.User(s.user.User))
		return nil, proto.ErrInUse
	}
	s.unlock = unlock
	if !s.gw.delay.pass(s.user.ID, s.gw.cfg.Now()) {
		s.gw.refused("delay")
		return nil, proto.ErrLoginDelay
	}
	m := &maildrop{s: s}
	if err := m.load(ctx); err != nil {
		return nil, s.saw(err)
	}
	return m, nil
}

// Close implements proto.Session.
func (s *session) Close() {
	if s.drop != nil {
		s.drop.forget()
	}
	s.logoff()
}

// logoff gives the maildrop free and ends the session with the store. That the
// store may not hear of it does no harm: it ends sessions of peers that are
// gone.
func (s *session) logoff() {
	s.release()
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

// release gives the maildrop free.
func (s *session) release() {
	if s.unlock != nil {
		s.unlock()
		s.unlock = nil
	}
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
