// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"log/slog"

	"twiga/lib/directory"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// logon opens the session of somebody who has a password. What it was compared
// with may have changed before the session was there to be ended: then it is
// compared again, which costs little, since the directory remembers that it was
// right.
func (e *Engine) logon(ctx context.Context, req *object.LogonRequest) (object.Session, error) {
	for {
		version, err := e.dir.Version(ctx)
		if err != nil {
			return nil, fmt.Errorf("log on: %w", coded(err))
		}
		u, app, err := e.dir.Authenticate(ctx, req.User, req.Password, req.Service)
		if err != nil {
			return nil, fmt.Errorf("log on: %w", coded(err))
		}
		if u.Disabled || !u.Kind.HasLogon() {
			return nil, fmt.Errorf("log on %q: disabled: %w", u.Name, mapi.LogonFailed)
		}
		s, err := userSession(e, &u, req, app != "")
		if err != nil {
			return nil, err
		}
		now, err := e.dir.Version(ctx)
		if err == nil && now == version {
			return s, nil
		}
		_ = s.Logoff(ctx) // never fails
		if err != nil {
			return nil, fmt.Errorf("log on: %w", coded(err))
		}
	}
}

// userSession is the session of a user, or of an administrator who is one.
func userSession(e *Engine, u *directory.User, req *object.LogonRequest, app bool) (*session, error) {
	who := object.Principal{Role: req.Role, User: u.Name, ID: u.ID}
	level := directory.AdminNone
	if req.Role == object.RoleAdmin {
		if level = u.Admin; level == directory.AdminNone || app {
			return nil, fmt.Errorf("log on %q as administrator: %w", u.Name, mapi.NoAccess)
		}
	} else {
		who.Store = u.Store
	}
	s := newSession(e, who, req, u.Name, level)
	s.app = app
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
	log.Info(ctx, codeImpersonate, "administrator acts as a user", slog.String("actor", actor), slog.String("act", "impersonate"),
		log.User(u.Name), slog.String("program", req.Program), slog.String("peer", req.Peer))
	who := object.Principal{Role: object.RoleUser, User: u.Name, ID: u.ID, Store: u.Store, Impersonated: true}
	return newSession(e, who, req, actor, directory.AdminNone), nil
}
