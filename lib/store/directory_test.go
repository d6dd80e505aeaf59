// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// people opens an engine with users of each level, whose password is "Secret 12".
func people(t *testing.T, o Options) (*Engine, map[string]directory.User, *session) {
	t.Helper()
	o.DefaultDomain = "example.test"
	e, err := Open(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	root := newSession(e, object.Principal{Role: object.RoleAdmin}, &object.LogonRequest{}, "test", 0)
	out := map[string]directory.User{}
	for name, level := range map[string]directory.AdminLevel{"anna": directory.AdminNone, "uma": directory.AdminUsers, "sam": directory.AdminServer} {
		out[name], err = root.CreateUser(t.Context(), object.CreateUserRequest{User: directory.User{Name: name, Admin: level}, Password: "Secret 12"})
		if err != nil {
			t.Fatal(err)
		}
	}
	return e, out, root
}

// TestLevels wants an administrator of users to keep off administrators and
// mailboxes.
func TestLevels(t *testing.T) {
	e, users, _ := people(t, Options{})
	ctx := t.Context()
	none, server, guid := directory.AdminNone, directory.AdminServer, mapi.NewGUID()
	full := "New"
	for _, tc := range []struct {
		name   string
		do     func(s *session) error
		levels map[string]mapi.Code // by whom
	}{
		{"change a user", func(s *session) error {
			_, err := s.SetUser(ctx, object.SetUserRequest{Name: "anna", Changes: directory.Changes{FullName: &full}})
			return err
		}, nil},
		{"change an administrator", func(s *session) error {
			_, err := s.SetUser(ctx, object.SetUserRequest{Name: "sam", Changes: directory.Changes{FullName: &full}})
			return err
		}, map[string]mapi.Code{"uma": mapi.NoAccess}},
		{"set an administrator's password", func(s *session) error {
			_, err := s.SetPassword(ctx, object.SetPasswordRequest{Name: "sam", New: "Secret 12"})
			return err
		}, map[string]mapi.Code{"uma": mapi.NoAccess}},
		{"make an administrator's app password", func(s *session) error {
			_, err := s.CreateAppPassword(ctx, object.CreateAppPasswordRequest{User: "sam", Name: s.who.User})
			return err
		}, map[string]mapi.Code{"uma": mapi.NoAccess}},
		{"make an administrator", func(s *session) error {
			_, err := s.CreateUser(ctx, object.CreateUserRequest{User: directory.User{Name: "by-" + s.who.User, Admin: server}})
			return err
		}, map[string]mapi.Code{"uma": mapi.NoAccess}},
		{"raise somebody", func(s *session) error {
			_, err := s.SetUser(ctx, object.SetUserRequest{Name: "uma", Changes: directory.Changes{Admin: &server}})
			return err
		}, map[string]mapi.Code{"uma": mapi.NoAccess}},
		{"give a mailbox", func(s *session) error {
			_, err := s.SetUser(ctx, object.SetUserRequest{Name: "anna", Changes: directory.Changes{Store: &guid}})
			return err
		}, map[string]mapi.Code{"uma": mapi.NoAccess}},
		{"delete an administrator", func(s *session) error {
			_, err := s.DeleteUser(ctx, object.DeleteUserRequest{Name: "sam"})
			return err
		}, map[string]mapi.Code{"uma": mapi.NoAccess}},
	} {
		for _, by := range []string{"uma", "sam"} { // anna, who is none, is not let in
			s := newSession(e, object.Principal{Role: object.RoleAdmin, ID: users[by].ID, User: users[by].Name}, &object.LogonRequest{}, "test", users[by].Admin)
			if err := tc.do(s); mapi.CodeOf(err) != tc.levels[by] {
				t.Errorf("%s, by %s: %v", tc.name, by, err)
			}
			if tc.name == "raise somebody" { // and back
				if _, err := e.dir.Change(ctx, "uma", directory.Changes{Admin: &[]directory.AdminLevel{directory.AdminUsers}[0]}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if _, err := e.dir.Change(ctx, "uma", directory.Changes{Admin: &none}); err != nil {
		t.Fatal(err)
	}
}

// TestPolicy wants the engine to hand on what the policy says.
func TestPolicy(t *testing.T) {
	e, users, root := people(t, Options{Policy: directory.Policy{MinLength: 8, Classes: 2, NotName: true, History: 2, Failures: 2, Lockout: time.Hour}})
	ctx := t.Context()
	_, err := root.CreateUser(ctx, object.CreateUserRequest{User: directory.User{Name: "new"}, Password: "short"})
	if mapi.CodeOf(err) != mapi.BadValue {
		t.Errorf("create: %v", err)
	}
	if list, err := e.guids(); err != nil || len(list) != len(users) {
		t.Errorf("%d mailboxes for %d users, %v", len(list), len(users), err)
	}
	for _, tc := range []struct{ old, password string }{
		{"Secret 12", "Secret 12"}, {"Secret 12", "anna-ANNA-1"}, {"Secret 12", "lowercase"},
	} {
		s := newSession(e, object.Principal{Role: object.RoleUser, ID: users["anna"].ID, User: users["anna"].Name}, &object.LogonRequest{}, "test", 0)
		if _, err := s.SetPassword(ctx, object.SetPasswordRequest{Name: "anna", Old: tc.old, New: tc.password}); mapi.CodeOf(err) != mapi.BadValue {
			t.Errorf("set %q: %v", tc.password, err)
		}
	}
	door := e.As(Peer{Roles: []object.Role{object.RoleGateway}})
	enter := func(ctx context.Context, password string) mapi.Code {
		_, err := door.Logon(ctx, object.LogonRequest{Role: object.RoleUser, User: "anna", Password: password})
		return mapi.CodeOf(err)
	}
	for i, step := range []struct {
		password string
		want     mapi.Code
	}{{"Secret 12", 0}, {"a", mapi.LogonFailed}, {"b", mapi.LogonFailed}, {"Secret 12", mapi.LogonFailed}} {
		if got := enter(ctx, step.password); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
}

// TestAddressBookRows wants what is kept of an entry in its row.
func TestAddressBookRows(t *testing.T) {
	e, users, root := people(t, Options{})
	ctx := t.Context()
	c, err := root.CreateContact(ctx, object.CreateContactRequest{Contact: directory.Contact{Name: "partner", Address: "p@outside.test", Hidden: true}})
	if err != nil {
		t.Fatal(err)
	}
	g, err := root.CreateGroup(ctx, object.CreateGroupRequest{Group: directory.Group{Name: "team", FullName: "The Team", Mailing: true, Aliases: []string{"t"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		s    *session
		rows int
	}{
		{"administrator", root, 5},
		{"user", newSession(e, object.Principal{Role: object.RoleUser, ID: users["anna"].ID}, &object.LogonRequest{}, "test", 0), 4},
	} {
		rows, err := tc.s.addressBookRows(ctx, &object.QueryRequest{})
		if err != nil || len(rows) != tc.rows {
			t.Errorf("%s: %d rows, %v", tc.name, len(rows), err)
		}
		for _, row := range rows {
			id, _ := row.Get(tag.EntryId)
			switch string(id.Bytes()) {
			case string(g.ID[:]):
				if row.Text(tag.DisplayName) != "The Team" || row.Int(tag.ObjectType) != int64(mapi.ObjectDistList) || row.Text(tag.AddressType) != "SMTP" {
					t.Errorf("group %v", row)
				}
			case string(c.ID[:]):
				if tc.name == "user" || row.Int(tag.DisplayType) != int64(mapi.DisplayRemoteMailUser) || row.Text(tag.DisplayName) != "partner" {
					t.Errorf("%s: contact %v", tc.name, row)
				}
			}
		}
	}
	if _, err := newSession(e, object.Principal{Role: object.RoleGateway}, &object.LogonRequest{}, "test", 0).addressBookRows(ctx, &object.QueryRequest{}); mapi.CodeOf(err) != mapi.NoAccess {
		t.Errorf("gateway: %v", err)
	}
}
