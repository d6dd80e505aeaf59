// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"log/slog"
	"time"

	"twiga/lib/gateway/login"
	"twiga/lib/log"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// Messages that an operator may act on; twiga-imapgw(8) explains them.
const (
	codeLogin       log.Code = "TW-IMAPGW-0001" // logged in
	codeLogout      log.Code = "TW-IMAPGW-0002" // logged out
	codeLoginFailed log.Code = "TW-IMAPGW-0101" // wrong user or credentials; for fail2ban
	codeUserLimit   log.Code = "TW-IMAPGW-0102" // too many connections or failures
	codeNoStore     log.Code = "TW-IMAPGW-0201" // login impossible since the store does not answer
	codeWatchLost   log.Code = "TW-IMAPGW-0202" // no events from the store
	codeViewWrong   log.Code = "TW-IMAPGW-0203" // a view did not fit the store's counters and was read anew
	codeLeftBehind  log.Code = "TW-IMAPGW-0204" // private annotations did not follow a renamed mailbox
)

// service is what a user who logs on uses (directory.Services).
const service = "imap"

// client is what logs the connection on.
func (s *session) client() login.Client {
	return login.Client{Door: s.gw.door, Peer: s.conn.RemoteAddr(), Request: s.request, Secure: s.conn.Secure, Open: s.open, Answer: refusal}
}

// open takes the session with the store of a user who was let in.
func (s *session) open(ctx context.Context, session object.Session) error {
	handle := newStoreHandle(session)
	who := session.Whoami()
	s.store, s.since = handle, time.Now() // before others can find the session
	if !s.gw.join(s, who) {
		s.store = nil
		s.Log(ctx, slog.LevelWarn, codeUserLimit, "login refused, too many connections", log.User(who.User))
		return proto.No(proto.CodeLimit, "Too many connections of this user")
	}
	return nil
}

// refusal says why a client was not let in, RFC 5530 3. Wrong users and wrong
// passwords look alike.
func refusal(r *login.Refusal) error {
	switch r.Reason {
	case login.Wrong:
		return proto.ErrAuthenticationFailed
	case login.Expired:
		return proto.No(proto.CodeExpired, "The password is too old, set another one")
	case login.NotAllowed:
		return proto.No(proto.CodeAuthorizationFailed, "Acting for another user is not allowed")
	case login.TooMany:
		return proto.No(proto.CodeLimit, "Too many sessions")
	case login.TooSoon:
		return proto.No(proto.CodeLimit, "Too many failures, try again later")
	case login.NotSetUp:
		return proto.No(proto.CodeContactAdmin, "The account is not in order")
	case login.Unsupported:
		return proto.No(proto.CodeCannot, "Credentials of this kind are not taken")
	}
	return proto.ErrUnavailable
}

func (s *session) logout() {
	s.Log(context.Background(), slog.LevelInfo, codeLogout, "logout", log.User(s.user.User),
		slog.Duration("after", time.Since(s.since).Round(time.Millisecond)))
}
