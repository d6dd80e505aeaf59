// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"slices"

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

// allows says whether the peer may open a session of the role. Whoever may
// pass on passwords may open a user's session.
func (p Peer) allows(r object.Role) bool {
	return slices.Contains(p.Roles, r) || r == object.RoleUser && slices.Contains(p.Roles, object.RoleGateway)
}

// service is the door as one peer sees it.
type service struct {
	e    *Engine
	peer Peer
}

// As is the door for a peer.
func (e *Engine) As(p Peer) object.Service { return service{e, p} }

// Logon implements object.Service.
func (s service) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	if !s.peer.allows(req.Role) || req.Role == object.RoleNone {
		return nil, fmt.Errorf("log on %s as %s: %w", s.peer.Name, req.Role, mapi.NoAccess)
	}
	s.e.mu.Lock()
	closed := s.e.closed
	s.e.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	if req.Role == object.RoleUser {
		return s.e.logon(ctx, req.User, req.Password)
	}
	return newSession(s.e, object.Principal{Role: req.Role}), nil
}
