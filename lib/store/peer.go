// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"slices"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Peer is who is at the other end of the socket: the roles that the
// configuration gives it.
type Peer struct {
	Roles []object.Role
	Name  string // for the log
	UID   int
}

// allows says whether the peer may open such a session. Whoever may pass on
// passwords may open a user's session, or that of a user who is an
// administrator; administrators may do without the password.
func (p Peer) allows(req *object.LogonRequest) bool {
	has := func(r object.Role) bool { return slices.Contains(p.Roles, r) }
	switch {
	case req.Impersonate:
		return req.Role == object.RoleUser && has(object.RoleAdmin)
	case req.Role == object.RoleNone:
		return false
	}
	return has(req.Role) || has(object.RoleGateway) && (req.Role == object.RoleUser || req.Role == object.RoleAdmin && req.User != "")
}

// maxLogonText is how many bytes each text of a logon may have but the
// password: they are kept as long as the session is.
const maxLogonText = 1000

// service is the door as one peer sees it.
type service struct {
	e    *Engine
	peer Peer
}

// As is the door for a peer.
func (e *Engine) As(p Peer) object.Service { return service{e, p} }

// Logon implements object.Service.
func (s service) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	if len(req.User) > maxLogonText || len(req.Identity) > maxLogonText || len(req.Program) > maxLogonText || len(req.Peer) > maxLogonText || len(req.Service) > maxLogonText {
		return nil, fmt.Errorf("log on %s: more than %d bytes of a name: %w", s.peer.Name, maxLogonText, mapi.LogonFailed)
	}
	if !s.peer.allows(&req) {
		return nil, fmt.Errorf("log on %s as %s: %w", s.peer.Name, req.Role, mapi.NoAccess)
	}
	s.e.mu.Lock()
	closed := s.e.closed
	s.e.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	switch {
	case req.Impersonate:
		return s.e.impersonate(ctx, &req, s.peer.Name)
	case req.Role == object.RoleUser || !slices.Contains(s.peer.Roles, req.Role):
		return s.e.logon(ctx, &req)
	}
	return newSession(s.e, object.Principal{Role: req.Role}, &req, s.peer.Name, directory.AdminNone), nil
}
