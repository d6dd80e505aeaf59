// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"iter"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// credentialsOf says whose credentials the session may change: those of
// everybody for administrators, else the own ones, but not with an app
// password: a lost phone must not make itself another. "" is oneself.
func (s *session) credentialsOf(ctx context.Context, name string) (directory.User, error) {
	if s.ended() {
		return directory.User{}, s.may(actUsers)
	}
	if name == "" {
		name = s.who.User
	}
	if s.who.Role == object.RoleAdmin {
		if err := s.mayManage(ctx, name, nil); err != nil {
			return directory.User{}, err
		}
		u, err := s.e.dir.User(ctx, name)
		return u, coded(err)
	}
	u, err := s.e.dir.User(ctx, name)
	if s.who.Role != object.RoleUser || s.app || err != nil || u.ID != s.who.ID {
		return directory.User{}, fmt.Errorf("change app passwords of %q: %w", name, mapi.NoAccess)
	}
	return u, nil
}

// CreateAppPassword implements object.Directory.
func (s *session) CreateAppPassword(ctx context.Context, req object.CreateAppPasswordRequest) (object.CreateAppPasswordResponse, error) {
	u, err := s.credentialsOf(ctx, req.User)
	if err != nil {
		return object.CreateAppPasswordResponse{}, err
	}
	if s.level == directory.AdminUsers && u.ID != s.who.ID { // a way into the mailbox that its owner does not notice
		return object.CreateAppPasswordResponse{}, fmt.Errorf("create app password of %q: %w", u.Name, mapi.NoAccess)
	}
	password, err := s.e.dir.AddAppPassword(ctx, u.Name, req.Name, req.Services)
	return object.CreateAppPasswordResponse{Password: password}, s.audited(ctx, coded(err), "create app password", u.Name)
}

// ListAppPasswords implements object.Directory.
func (s *session) ListAppPasswords(ctx context.Context, req object.ListAppPasswordsRequest) iter.Seq2[directory.AppPassword, error] {
	return func(yield func(directory.AppPassword, error) bool) {
		u, err := s.credentialsOf(ctx, req.User)
		var list []directory.AppPassword
		if err == nil {
			list, err = s.e.dir.AppPasswords(ctx, u.Name)
		}
		if err != nil {
			yield(directory.AppPassword{}, coded(err))
			return
		}
		for _, a := range list {
			if !yield(a, nil) {
				return
			}
		}
	}
}

// RevokeAppPassword implements object.Directory.
func (s *session) RevokeAppPassword(ctx context.Context, req object.RevokeAppPasswordRequest) (object.Empty, error) {
	u, err := s.credentialsOf(ctx, req.User)
	if err == nil {
		err = s.e.dir.RevokeAppPassword(ctx, u.Name, req.Name)
	}
	if err == nil {
		s.e.sessions.end(u.ID, s)
	}
	return object.Empty{}, s.audited(ctx, coded(err), "revoke app password", u.Name)
}
