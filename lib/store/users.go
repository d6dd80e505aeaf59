// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// CreateUser implements object.Directory. The mailbox is made first, so that a
// user always has one; should the user not come about, it is removed.
func (s *session) CreateUser(ctx context.Context, req object.CreateUserRequest) (directory.User, error) {
	if err := s.mayManage(ctx, "", &req.User.Admin); err != nil {
		return directory.User{}, err
	}
	if !req.User.Archive.IsZero() {
		return directory.User{}, fmt.Errorf("create user %q: an archive is hooked afterwards: %w", req.User.Name, mapi.InvalidParameter)
	}
	if _, err := s.e.dir.User(ctx, req.User.Name); err == nil {
		return directory.User{}, fmt.Errorf("create user %q: %w", req.User.Name, mapi.AlreadyExists)
	}
	if s.level == directory.AdminUsers && !(req.Store.IsZero() && req.User.ID.IsZero()) { // the id of who is gone has that one's rights
		return directory.User{}, fmt.Errorf("create user %q: hook a mailbox, or choose the id: %w", req.User.Name, mapi.NoAccess)
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
		s.e.hooking.Lock()
		defer s.e.hooking.Unlock()
		err = s.hook(ctx, req.Store, object.StorePrivate, u.ID)
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
	s.audit(ctx, "create user", out.Name)
	return out, nil
}

func (e *Engine) language(of string) string {
	if of == "" {
		return e.opt.Language
	}
	return of
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

// mayManage says whether the session may change a user, "" for a new one, and
// give that level. Who administers users only keeps off administrators.
func (s *session) mayManage(ctx context.Context, name string, level *directory.AdminLevel) error {
	if err := s.may(actUsers); err != nil || s.level != directory.AdminUsers {
		return err
	}
	refused := fmt.Errorf("administer %q, an administrator: %w", name, mapi.NoAccess)
	if level != nil && *level != directory.AdminNone {
		return refused
	}
	if name == "" {
		return nil
	}
	u, err := s.e.dir.User(ctx, name)
	if err == nil && u.Admin != directory.AdminNone && u.ID != s.who.ID {
		return refused
	}
	return coded(err)
}

// mayHook says whether the session may say which mailbox is whose: that is
// more than to administer users.
func (s *session) mayHook(ctx context.Context, c *directory.Changes) error {
	if c.Store == nil && c.Archive == nil {
		return nil
	}
	server := directory.AdminServer
	return s.mayManage(ctx, "", &server)
}

// SetUser implements object.Directory.
func (s *session) SetUser(ctx context.Context, req object.SetUserRequest) (directory.User, error) {
	if err := s.mayChange(ctx, &req); err != nil {
		return directory.User{}, err
	}
	if err := s.mayHook(ctx, &req.Changes); err != nil {
		return directory.User{}, err
	}
	u, err := s.e.dir.Change(ctx, req.Name, req.Changes)
	if err != nil {
		return u, coded(err)
	}
	if endsSessions(&req.Changes, &u) {
		s.e.sessions.end(u.ID, s)
	}
	s.e.regroup(ctx) // dynamic groups go by what users are like
	s.audit(ctx, "change user", u.Name)
	return u, nil
}

// mayChange says whether the session may make a change to a user. Quotas are
// also set by administrators in the sessions in which they read their mail: that
// is what SETQUOTA of IMAP (RFC 9208) wants, and gives no way into anything.
func (s *session) mayChange(ctx context.Context, req *object.SetUserRequest) error {
	if s.who.Role != object.RoleUser || s.ended() || req.Changes != (directory.Changes{Quota: req.Changes.Quota}) {
		return s.mayManage(ctx, req.Name, req.Changes.Admin)
	}
	u, err := s.e.dir.ByID(ctx, s.who.ID)
	switch {
	case err != nil:
		return coded(err)
	case u.Admin == directory.AdminNone || s.who.Impersonated:
		return s.may(actUsers)
	case u.Admin == directory.AdminServer:
		return nil
	}
	other, err := s.e.dir.User(ctx, req.Name)
	if err == nil && other.Admin != directory.AdminNone && other.ID != s.who.ID {
		return fmt.Errorf("administer %q, an administrator: %w", req.Name, mapi.NoAccess)
	}
	return coded(err)
}

// endsSessions says whether what a session was opened on is over.
func endsSessions(c *directory.Changes, u *directory.User) bool {
	return u.Disabled || c.Store != nil || c.Name != nil || c.Kind != nil || c.NoServices != nil || c.Admin != nil
}

// SetPassword implements object.Directory. A user's old password may be too
// old, but is no app password.
func (s *session) SetPassword(ctx context.Context, req object.SetPasswordRequest) (object.Empty, error) {
	if s.ended() {
		return object.Empty{}, s.may(actUsers)
	}
	if s.who.Role == object.RoleAdmin {
		if err := s.mayManage(ctx, req.Name, nil); err != nil {
			return object.Empty{}, err
		}
	} else if s.who.Role != object.RoleUser || !s.knows(ctx, req.Name, req.Old) {
		return object.Empty{}, fmt.Errorf("set password: %w", mapi.NoAccess)
	}
	u, err := s.e.dir.User(ctx, req.Name)
	if err == nil {
		err = s.e.dir.SetPassword(ctx, req.Name, req.New)
	}
	if err == nil {
		s.e.sessions.end(u.ID, s)
		s.audit(ctx, "set password", u.Name)
	}
	return object.Empty{}, coded(err)
}

// knows says whether the name is the session's user and the password the user's.
func (s *session) knows(ctx context.Context, name, password string) bool {
	u, app, err := s.e.dir.Authenticate(ctx, name, password, "")
	return (err == nil || mapi.CodeOf(err) == mapi.PasswordExpired) && app == "" && u.ID == s.who.ID
}

// DeleteUser implements object.Directory. A mailbox that cannot be purged stays
// as an orphan.
func (s *session) DeleteUser(ctx context.Context, req object.DeleteUserRequest) (object.Empty, error) {
	if err := s.mayManage(ctx, req.Name, nil); err != nil {
		return object.Empty{}, err
	}
	u, err := s.e.dir.User(ctx, req.Name)
	if err == nil && req.Purge && s.level == directory.AdminUsers {
		err = fmt.Errorf("delete mailbox of %q: %w", u.Name, mapi.NoAccess)
	}
	if err == nil {
		err = s.e.dir.Delete(ctx, req.Name)
	}
	if err != nil {
		return object.Empty{}, coded(err)
	}
	s.e.sessions.end(u.ID, nil)
	s.audit(ctx, "delete user", u.Name)
	for _, guid := range []mapi.GUID{u.Store, u.Archive} {
		if !req.Purge || guid.IsZero() {
			continue
		}
		if rerr := s.e.removeMailbox(guid); rerr != nil && mapi.CodeOf(rerr) != mapi.NotFound {
			err = errors.Join(err, fmt.Errorf("user %q is deleted, the mailbox stays as an orphan: %w", u.Name, rerr))
		}
	}
	return object.Empty{}, coded(err)
}
