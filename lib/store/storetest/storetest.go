// SPDX-License-Identifier: AGPL-3.0-or-later

// Package storetest opens engines for tests.
package storetest

import (
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
)

// Domain is the default domain of the engines here, Password that of the users.
const (
	Domain   = "example.test"
	Password = "secret"
)

// Open opens an engine in a temporary folder with the users anna and bert; it
// is closed with the test.
func Open(t testing.TB) *store.Engine {
	t.Helper()
	e := OpenDir(t, t.TempDir(), store.Options{})
	AddUser(t, e, "anna")
	AddUser(t, e, "bert")
	return e
}

// OpenDir opens an engine on a folder; it is closed with the test.
func OpenDir(t testing.TB, dir string, o store.Options) *store.Engine {
	t.Helper()
	if o.DefaultDomain == "" {
		o.DefaultDomain = Domain
	}
	if o.RedoLog == 0 {
		o.RedoLog = 1 << 20
	}
	e, err := store.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return e
}

// AddUser makes a user with the password Password and a mailbox.
func AddUser(t testing.TB, e *store.Engine, name string) directory.User {
	t.Helper()
	u, err := As(t, e, object.RoleAdmin).CreateUser(t.Context(), object.CreateUserRequest{User: directory.User{Name: name}, Password: Password})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// As opens a session of a service role.
func As(t testing.TB, e *store.Engine, r object.Role) object.Session {
	t.Helper()
	s, err := e.As(store.Peer{Roles: []object.Role{r}, Name: "test"}).Logon(t.Context(), object.LogonRequest{Role: r, Program: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Logon opens a session of a user that AddUser made.
func Logon(t testing.TB, e *store.Engine, user string) object.Session {
	t.Helper()
	s, err := e.As(store.Peer{Roles: []object.Role{object.RoleGateway}, Name: "test"}).Logon(t.Context(),
		object.LogonRequest{Role: object.RoleUser, User: user, Password: Password, Program: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
