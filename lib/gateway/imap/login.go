// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// Messages that an operator may act on; twiga-imapgw(8) explains them.
const (
	codeLogin       log.Code = "TW-IMAPGW-0001" // logged in
	codeLogout      log.Code = "TW-IMAPGW-0002" // logged out
	codeLoginFailed log.Code = "TW-IMAPGW-0101" // wrong user or password; for fail2ban
	codeUserLimit   log.Code = "TW-IMAPGW-0102" // too many connections of a user
	codeNoStore     log.Code = "TW-IMAPGW-0201" // login impossible since the store does not answer
	codeWatchLost   log.Code = "TW-IMAPGW-0202" // no events from the store
	codeViewWrong   log.Code = "TW-IMAPGW-0203" // a view did not fit the store's counters and was read anew
)

// service is what a user who logs on uses (directory.Services).
const service = "imap"

// Login implements proto.Session.
func (s *session) Login(ctx context.Context, cred proto.Credentials) error {
	if cred.Identity != "" && !strings.EqualFold(cred.Identity, cred.User) {
		return proto.No(proto.CodeAuthorizationFailed, "Acting for another user is not possible")
	}
	peer := s.conn.RemoteAddr().String()
	session, err := s.gw.cfg.Service.Logon(ctx, object.LogonRequest{
		Role: object.RoleUser, User: cred.User, Password: cred.Password, Service: service, Program: s.gw.cfg.Program, Peer: peer,
	})
	if err != nil {
		return s.loginFailed(ctx, cred.User, err)
	}
	s.judged(true)
	handle := newStoreHandle(session)
	who := session.Whoami()
	s.store, s.since = handle, time.Now() // before others can find the session
	if !s.gw.join(s, who) {
		s.store = nil
		handle.release()
		s.log(ctx, slog.LevelWarn, codeUserLimit, "login refused, too many connections", log.User(who.User))
		return proto.No(proto.CodeLimit, "Too many connections of this user")
	}
	s.log(ctx, slog.LevelInfo, codeLogin, "login", log.User(who.User), slog.Bool("tls", s.conn.Secure()))
	return nil
}

// loginFailed answers wrong user and wrong password alike.
func (s *session) loginFailed(ctx context.Context, user string, err error) error {
	if errors.Is(err, mapi.LogonFailed) {
		s.judged(false)
		s.log(ctx, slog.LevelWarn, codeLoginFailed, "login failed", log.User(user))
		return proto.ErrAuthenticationFailed
	}
	if ctx.Err() != nil {
		return err
	}
	s.log(ctx, slog.LevelError, codeNoStore, "login impossible", log.User(user), log.Err(err))
	return proto.ErrUnavailable
}

func (s *session) judged(ok bool) {
	if h := s.gw.cfg.Hooks.Login; h != nil {
		h(ok)
	}
}

func (s *session) logout() {
	s.log(context.Background(), slog.LevelInfo, codeLogout, "logout", log.User(s.user.User),
		slog.Duration("after", time.Since(s.since).Round(time.Millisecond)))
}

// log writes a line about this connection: the peer is the first thing that
// who blocks attackers looks for.
func (s *session) log(ctx context.Context, level slog.Level, code log.Code, msg string, attrs ...slog.Attr) {
	l := s.gw.cfg.Logger
	if !l.Enabled(ctx, level) {
		return
	}
	peer := s.peer.String()
	if !s.peer.IsValid() {
		peer = s.conn.RemoteAddr().String()
	}
	head := []slog.Attr{slog.String(log.KeyCode, string(code)), slog.String("peer", peer)}
	if s.request != "" {
		head = append(head, slog.String(log.KeyRequest, s.request))
	}
	l.LogAttrs(ctx, level, msg, append(head, attrs...)...)
}
