// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"log/slog"
	"time"

	"twiga/lib/gateway/login"
	"twiga/lib/log"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/pop3"
)

// Messages that an operator may act on; twiga-imapgw(8) explains them.
const (
	codeLogin       log.Code = "TW-IMAPGW-0011" // logged in
	codeLogout      log.Code = "TW-IMAPGW-0012" // logged out
	codeLoginFailed log.Code = "TW-IMAPGW-0111" // wrong user or credentials; for fail2ban
	codeInUse       log.Code = "TW-IMAPGW-0112" // the maildrop has a session already
	codeLimit       log.Code = "TW-IMAPGW-0113" // too many sessions or failures
	codeNoStore     log.Code = "TW-IMAPGW-0211" // login impossible since the store does not answer
	codeNotSeen     log.Code = "TW-IMAPGW-0212" // messages that were sent could not be marked as read
)

// service is what a user who logs on uses (directory.Services).
const service = "pop3"

// client is what logs the connection on.
func (s *session) client(request string) login.Client {
	return login.Client{Door: s.gw.door, Peer: s.conn.RemoteAddr(), Request: request, Secure: s.conn.Secure,
		Alone: true, Apart: s.gw.cfg.LoginDelay, Leave: s.logoff, Open: s.enter, Answer: s.gw.refusal}
}

// enter takes the session with the store of a user who was let in. It locks the
// maildrop: it is alone.
func (s *session) enter(_ context.Context, session object.Session) error {
	s.store, s.user, s.since = session, session.Whoami(), s.gw.cfg.Now()
	return nil
}

// refusal says why a client was not let in. The code AUTH has clients ask for
// another password (RFC 3206 3), so that nothing else has it. Wrong users and
// wrong passwords look alike.
func (g *Gateway) refusal(r *login.Refusal) error {
	switch r.Reason {
	case login.Wrong:
		return proto.ErrAuthenticationFailed
	case login.Expired:
		return proto.ErrExpired
	case login.NotAllowed:
		return proto.ErrIdentity
	case login.TooMany:
		return proto.ErrTooManyConnections
	case login.TooSoon:
		return proto.ErrTooManyFailures
	case login.InUse:
		g.refused("in-use")
		return proto.ErrInUse
	case login.TooEarly:
		g.refused("delay")
		return proto.ErrLoginDelay
	case login.NotSetUp:
		return proto.ErrNotSetUp
	case login.Unsupported:
		return proto.ErrNoSuchCredentials
	}
	return proto.ErrTemporary
}

func (s *session) logout() {
	s.Log(context.Background(), slog.LevelInfo, codeLogout, "logout", log.User(s.user.User),
		slog.Duration("after", s.gw.cfg.Now().Sub(s.since).Round(time.Millisecond)))
}
