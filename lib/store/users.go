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

// CreateUser implements object.Directory. The mailbox is made first, so that a
// user always has one; should the user not come about, it is removed.
func (s *session) CreateUser(ctx context.Context, req object.CreateUserRequest) (directory.User, error) {
	if err := s.may(actUsers); err != nil {
		return directory.User{}, err
	}
	if _, err := s.e.dir.User(ctx, req.User.Name); err == nil {
		return directory.User{}, fmt.Errorf("create user %q: %w", req.User.Name, mapi.AlreadyExists)
	}
	u := req.User
	if u.ID.IsZero() {
		u.ID = mapi.NewGUID()
	}
	fresh := req.Store.IsZero()
	var err error
	if fresh {
		u.Store, err = s.e.createMailbox(object.StorePrivate, u.ID, s.e.language(u.Language))
	} else {
		u.Store = req.Store
		err = s.hook(ctx, req.Store, u.ID)
	}
	if err != nil {
		return directory.User{}, err
	}
	out, err := s.e.dir.Create(ctx, u, req.Password)
	if err != nil {
		if fresh {
			_ = s.e.removeMailbox(u.Store) // an orphan at worst
		}
		return directory.User{}, coded(err)
	}
	return out, nil
}

func (e *Engine) language(of string) string {
	if of == "" {
		return e.opt.Language
	}
	return of
}

// hook gives an orphan a new owner.
func (s *session) hook(ctx context.Context, guid, owner mapi.GUID) error {
	st, err := s.GetStore(ctx, object.GetStoreRequest{GUID: guid})
	if err != nil {
		return err
	}
	if st.Owner != "" {
		return fmt.Errorf("hook store %s: owned by %s: %w", guid, st.Owner, mapi.InvalidObject)
	}
	return s.update(ctx, actUsers, guid, func(t *tx) error {
		t.after(func() {
			t.m.stateMu.Lock()
			defer t.m.stateMu.Unlock()
			t.m.owner, t.m.limits.known = owner, false
		})
		return t.c.Exec("UPDATE mailbox SET owner = ? WHERE one = 1", owner[:])
	})
}

// GetUser implements object.Directory.
func (s *session) GetUser(ctx context.Context, req object.GetUserRequest) (directory.User, error) {
	if s.ended() {
		return directory.User{}, s.may(actUsers)
	}
	var u directory.User
	var err error
	switch {
	case req.Name != "":
		u, err = s.e.dir.User(ctx, req.Name)
	case req.Address != "":
		u, err = s.e.dir.ByAddress(ctx, req.Address)
	default:
		u, err = s.e.dir.ByID(ctx, s.who.ID)
	}
	if s.who.Role != object.RoleAdmin && (err != nil || u.ID != s.who.ID) {
		return directory.User{}, fmt.Errorf("get user: %w", mapi.NoAccess)
	}
	return u, coded(err)
}

// ListUsers implements object.Directory.
func (s *session) ListUsers(ctx context.Context, _ object.ListUsersRequest) iter.Seq2[directory.User, error] {
	if err := s.may(actUsers); err != nil {
		return func(yield func(directory.User, error) bool) { yield(directory.User{}, err) }
	}
	return s.e.dir.Users(ctx)
}

// SetUser implements object.Directory.
func (s *session) SetUser(ctx context.Context, req object.SetUserRequest) (directory.User, error) {
	if err := s.may(actUsers); err != nil {
		return directory.User{}, err
	}
	u, err := s.e.dir.Change(ctx, req.Name, req.Changes)
	if err == nil && (u.Disabled || req.Changes.Store != nil) {
		s.e.sessions.end(u.ID, nil)
	}
	return u, coded(err)
}

// SetPassword implements object.Directory.
func (s *session) SetPassword(ctx context.Context, req object.SetPasswordRequest) (object.Empty, error) {
	if s.ended() {
		return object.Empty{}, s.may(actUsers)
	}
	if s.who.Role != object.RoleAdmin {
		u, err := s.e.dir.Authenticate(ctx, req.Name, req.Old)
		if err != nil || u.ID != s.who.ID || s.who.Role != object.RoleUser {
			return object.Empty{}, fmt.Errorf("set password: %w", mapi.NoAccess)
		}
	}
	u, err := s.e.dir.User(ctx, req.Name)
	if err == nil {
		err = s.e.dir.SetPassword(ctx, req.Name, req.New)
	}
	if err == nil {
		s.e.sessions.end(u.ID, s)
	}
	return object.Empty{}, coded(err)
}

// DeleteUser implements object.Directory.
func (s *session) DeleteUser(ctx context.Context, req object.DeleteUserRequest) (object.Empty, error) {
	if err := s.may(actUsers); err != nil {
		return object.Empty{}, err
	}
	u, err := s.e.dir.User(ctx, req.Name)
	if err == nil {
		err = s.e.dir.Delete(ctx, req.Name)
	}
	if err != nil {
		return object.Empty{}, coded(err)
	}
	s.e.sessions.end(u.ID, nil)
	if req.Purge && !u.Store.IsZero() {
		err = s.e.removeMailbox(u.Store)
	}
	return object.Empty{}, coded(err)
}
