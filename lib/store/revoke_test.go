// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"context"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// TestSessionsEnd wants that a session ends with what it was opened on, its
// watches, too.
func TestSessionsEnd(t *testing.T) {
	yes := true
	none := mapi.NewGUID()
	for _, tc := range []struct {
		name string
		do   func(ctx context.Context, admin, anna object.Session) error
		ends bool // the session; the other one's watch does in any case
	}{
		{"user is disabled", func(ctx context.Context, admin, _ object.Session) error {
			_, err := admin.SetUser(ctx, object.SetUserRequest{Name: "anna", Changes: directory.Changes{Disabled: &yes}})
			return err
		}, true},
		{"user gets another mailbox", func(ctx context.Context, admin, _ object.Session) error {
			_, err := admin.SetUser(ctx, object.SetUserRequest{Name: "anna", Changes: directory.Changes{Store: &none}})
			return err
		}, true},
		{"user is deleted", func(ctx context.Context, admin, _ object.Session) error {
			_, err := admin.DeleteUser(ctx, object.DeleteUserRequest{Name: "anna"})
			return err
		}, true},
		{"another password by the administrator", func(ctx context.Context, admin, _ object.Session) error {
			_, err := admin.SetPassword(ctx, object.SetPasswordRequest{Name: "anna", New: "new"})
			return err
		}, true},
		{"another password by the user", func(ctx context.Context, _, anna object.Session) error {
			_, err := anna.SetPassword(ctx, object.SetPasswordRequest{Name: "anna", Old: storetest.Password, New: "new"})
			return err
		}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := storetest.OpenDir(t, t.TempDir(), store.Options{})
			storetest.AddUser(t, e, "anna")
			storetest.AddUser(t, e, "bert")
			f, other, bert := newFixture(t, e), storetest.Logon(t, e, "anna"), storetest.Logon(t, e, "bert")
			events := make(chan error)
			go func() {
				for _, err := range other.Watch(t.Context(), object.WatchRequest{}) {
					events <- err
				}
				close(events)
			}()
			if err := <-events; err != nil {
				t.Fatal(err)
			}
			if err := tc.do(t.Context(), storetest.As(t, e, object.RoleAdmin), f.anna); err != nil {
				t.Fatal(err)
			}
			if err := <-events; mapi.CodeOf(err) != mapi.EndOfSession {
				t.Errorf("watch: %v", err)
			}
			_, err := f.anna.FolderStates(t.Context(), object.FolderStatesRequest{})
			if ends := mapi.CodeOf(err) == mapi.EndOfSession; ends != tc.ends {
				t.Errorf("session: %v", err)
			}
			if _, err := bert.FolderStates(t.Context(), object.FolderStatesRequest{}); err != nil {
				t.Errorf("another user's session: %v", err)
			}
		})
	}
}

// TestHeir wants that who was deleted cannot look into what the heir has.
func TestHeir(t *testing.T) {
	f := open(t)
	admin := storetest.As(t, f.e, object.RoleAdmin)
	if _, err := admin.DeleteUser(t.Context(), object.DeleteUserRequest{Name: "anna"}); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.CreateUser(t.Context(), object.CreateUserRequest{User: directory.User{Name: "heir"}, Store: f.store}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.anna.FolderStates(t.Context(), object.FolderStatesRequest{}); mapi.CodeOf(err) != mapi.EndOfSession {
		t.Errorf("%v", err)
	}
}
