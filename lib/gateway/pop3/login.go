// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/pop3"
	"twiga/lib/proto/sasl"
)

// Messages that an operator may act on; twiga-imapgw(8) explains them.
const (
	codeLogin       log.Code = "TW-IMAPGW-0011" // logged in
	codeLogout      log.Code = "TW-IMAPGW-0012" // logged out
	codeLoginFailed log.Code = "TW-IMAPGW-0111" // wrong user or password; for fail2ban
	codeInUse       log.Code = "TW-IMAPGW-0112" // the maildrop has a session already
	codeNoStore     log.Code = "TW-IMAPGW-0211" // login impossible since the store does not answer
	codeNotSeen     log.Code = "TW-IMAPGW-0212" // messages that were sent could not be marked as read
)

// service is what a user who logs on uses (directory.Services).
const service = "pop3"

// Offers implements sasl.Authenticator.
func (s *session) Offers() sasl.Kinds { return sasl.Passwords }

// Password implements sasl.Authenticator.
func (s *session) Password(ctx context.Context, p sasl.Password) error {
	if p.Identity != "" && !strings.EqualFold(p.Identity, p.User) {
		return proto.ErrIdentity
	}
	store, err := s.gw.cfg.Service.Logon(ctx, object.LogonRequest{
		Role: object.RoleUser, User: p.User, Password: p.Password, Service: service, Program: s.gw.cfg.Program,
		Peer: s.conn.RemoteAddr().String(),
	})
	switch {
	case err == nil:
		s.judged(true)
		s.store, s.user = store, store.Whoami()
		return nil
	case errors.Is(err, mapi.LogonFailed):
		s.judged(false)
		s.log(ctx, slog.LevelWarn, codeLoginFailed, "login failed", log.User(p.User))
		return proto.ErrAuthenticationFailed
	case ctx.Err() != nil:
		return err
	}
	s.log(ctx, slog.LevelError, codeNoStore, "login impossible", log.User(p.User), log.Err(err))
	return proto.ErrTemporary
}

var errNotOffered = errors.New("no such credentials are offered")

// Challenge implements sasl.Authenticator.
func (s *session) Challenge(context.Context, string) (sasl.Challenge, error) {
	return sasl.Challenge{}, errNotOffered
}

// Proof implements sasl.Authenticator.
func (s *session) Proof(context.Context, sasl.Proof) ([]byte, error) { return nil, errNotOffered }

// Token implements sasl.Authenticator.
func (s *session) Token(context.Context, sasl.Token) error { return errNotOffered }

// Certificate implements sasl.Authenticator.
func (s *session) Certificate(context.Context, sasl.Certificate) error { return errNotOffered }

func (s *session) judged(ok bool) {
	if h := s.gw.cfg.Hooks.Login; h != nil {
		h(ok)
	}
}

func (s *session) logout() {
	s.log(context.Background(), slog.LevelInfo, codeLogout, "pop3 logout", log.User(s.user.User),
		slog.Duration("after", s.gw.cfg.Now().Sub(s.since).Round(time.Millisecond)))
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
