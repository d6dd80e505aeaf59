// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"twiga/lib/directory"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// proven is somebody whose credentials were right.
type proven struct {
	user      directory.User
	app       string // the app password that it was, if any
	signature []byte // of a logon by a proof
}

// logon opens the session of somebody who has credentials. What they were
// compared with may have changed before the session was there to be ended: then
// they are compared again, which costs little, since the directory remembers that
// a password was right.
func (e *Engine) logon(ctx context.Context, req *object.LogonRequest) (object.Session, error) {
	from := addressOf(req.Peer)
	if err := e.throttle.check(req.User, from, e.opt.Now()); err != nil {
		return nil, fmt.Errorf("log on %q: %w", req.User, err)
	}
	check, err := e.checkOf(req)
	if err != nil {
		return nil, fmt.Errorf("log on: %w", err)
	}
	for {
		version, err := e.dir.Version(ctx)
		if err != nil {
			return nil, fmt.Errorf("log on: %w", coded(err))
		}
		p, err := check(ctx)
		e.throttle.judged(req, from, err, e.opt.Now())
		if err != nil {
			return nil, fmt.Errorf("log on: %w", coded(err))
		}
		if p.user.Disabled || !p.user.Kind.HasLogon() {
			return nil, fmt.Errorf("log on %q: disabled: %w", p.user.Name, mapi.LogonFailed)
		}
		s, err := e.sessionOf(ctx, &p, req)
		if err != nil {
			return nil, err
		}
		now, err := e.dir.Version(ctx)
		if err == nil && now == version {
			e.sessions.apart(s.Whoami().ID, req, e.opt.Now())
			return s, nil
		}
		_ = s.Logoff(ctx) // never fails
		if err != nil {
			return nil, fmt.Errorf("log on: %w", coded(err))
		}
	}
}

// sessionOf is the session that somebody asks for: the own one, or that of
// another user.
func (e *Engine) sessionOf(ctx context.Context, p *proven, req *object.LogonRequest) (object.Session, error) {
	if req.Identity == "" || req.Role != object.RoleUser {
		return userSession(e, p, req)
	}
	other, err := e.dir.User(ctx, req.Identity)
	if err == nil && other.ID == p.user.ID {
		return userSession(e, p, req)
	}
	if p.user.Admin != directory.AdminServer || p.app != "" {
		return nil, fmt.Errorf("log on %q as %q: %w", p.user.Name, req.Identity, mapi.NoAccess)
	}
	if err != nil {
		return nil, fmt.Errorf("log on %q as %q: no such user: %w", p.user.Name, req.Identity, mapi.NoAccess)
	}
	s, err := e.actAs(ctx, &other, req, p.user.Name)
	if err == nil {
		s.signature = p.signature
	}
	return s, err
}

// userSession is the session of a user, or of an administrator who is one.
func userSession(e *Engine, p *proven, req *object.LogonRequest) (*session, error) {
	u := &p.user
	who := object.Principal{Role: req.Role, User: u.Name, ID: u.ID}
	level := directory.AdminNone
	if req.Role == object.RoleAdmin {
		if level = u.Admin; level == directory.AdminNone || p.app != "" {
			return nil, fmt.Errorf("log on %q as administrator: %w", u.Name, mapi.NoAccess)
		}
	} else {
		who.Store = u.Store
	}
	s, err := openSession(e, who, req, u.Name, level)
	if err != nil {
		return nil, err
	}
	s.app, s.signature = p.app != "", p.signature
	return s, nil
}

// impersonate opens a user's session for an administrator, without a password;
// that of a disabled user too.
func (e *Engine) impersonate(ctx context.Context, req *object.LogonRequest, actor string) (object.Session, error) {
	u, err := e.dir.User(ctx, req.User)
	switch {
	case mapi.CodeOf(err) == mapi.NotFound:
		return nil, fmt.Errorf("log on %q: no such user: %w", req.User, mapi.LogonFailed)
	case err != nil:
		return nil, fmt.Errorf("log on %q: %w", req.User, coded(err))
	}
	return e.actAs(ctx, &u, req, actor)
}

// actAs opens a user's session for somebody else.
func (e *Engine) actAs(ctx context.Context, u *directory.User, req *object.LogonRequest, actor string) (*session, error) {
	who := object.Principal{Role: object.RoleUser, User: u.Name, ID: u.ID, Store: u.Store, Impersonated: true}
	s, err := openSession(e, who, req, actor, directory.AdminNone)
	if err != nil {
		return nil, err
	}
	log.Info(ctx, codeImpersonate, "administrator acts as a user", slog.String("actor", actor), slog.String("act", "impersonate"),
		log.User(u.Name), slog.String("program", req.Program), slog.String("peer", req.Peer))
	return s, nil
}

// openSession is newSession within the limits of sessions, and alone and apart
// from others as far as that is asked for.
func openSession(e *Engine, who object.Principal, req *object.LogonRequest, actor string, level directory.AdminLevel) (*session, error) {
	places, err := e.sessions.admit(who.ID, req, e.opt.Logon.UserSessions, e.opt.Logon.AddressSessions)
	if err != nil {
		return nil, fmt.Errorf("log on %q: %w", who.User, err)
	}
	s := newSession(e, who, req, actor, level)
	s.places = places
	if err := e.sessions.claim(s, req, e.opt.Now()); err != nil {
		_ = s.Logoff(context.Background()) // never fails
		return nil, fmt.Errorf("log on %q: %w", who.User, err)
	}
	return s, nil
}

// mayUse says whether a user who needed no password for it may use a service.
func mayUse(u *directory.User, service string) bool {
	return service == "" || !slices.Contains(u.NoServices, service)
}
