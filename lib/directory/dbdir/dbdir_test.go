// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
)

func open(t *testing.T) *DB {
	t.Helper()
	d, err := Open(filepath.Join(t.TempDir(), "directory.db"), Options{DefaultDomain: "Example.test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func create(t *testing.T, d *DB, u directory.User, password string) directory.User {
	t.Helper()
	u, err := d.Create(t.Context(), u, password)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUsers(t *testing.T) {
	ctx := t.Context()
	d := open(t)
	anna := create(t, d, directory.User{Name: "Anna", FullName: "Anna A", Aliases: []string{"AA", "anna", "aa@example.test"}}, "secret")
	if anna.Name != "anna@example.test" || anna.Address != anna.Name || !slices.Equal(anna.Aliases, []string{"aa@example.test"}) {
		t.Errorf("created %+v", anna)
	}
	for name, find := range map[string]func() (directory.User, error){
		"name":    func() (directory.User, error) { return d.User(ctx, "ANNA@example.TEST") },
		"address": func() (directory.User, error) { return d.ByAddress(ctx, "anna") },
		"alias":   func() (directory.User, error) { return d.ByAddress(ctx, "AA@Example.test") },
		"id":      func() (directory.User, error) { return d.ByID(ctx, anna.ID) },
	} {
		if u, err := find(); err != nil || fmt.Sprint(u) != fmt.Sprint(anna) {
			t.Errorf("by %s: %+v, %v", name, u, err)
		}
	}
	for _, tc := range []struct {
		name string
		user directory.User
		want mapi.Code
	}{
		{"same name", directory.User{Name: "anna", Address: "other"}, mapi.AlreadyExists},
		{"address is an alias", directory.User{Name: "aa"}, mapi.AlreadyExists},
		{"alias is an address", directory.User{Name: "b", Aliases: []string{"anna"}}, mapi.AlreadyExists},
		{"empty", directory.User{}, mapi.InvalidParameter},
		{"not UTF-8", directory.User{Name: "a\xff"}, mapi.InvalidParameter},
		{"line end", directory.User{Name: "a\r\nb"}, mapi.InvalidParameter},
		{"two domains", directory.User{Name: "a@b@c"}, mapi.InvalidParameter},
		{"path in the domain", directory.User{Name: "a@../b"}, mapi.InvalidParameter},
		{"space", directory.User{Name: "a b"}, mapi.InvalidParameter},
		{"no local part", directory.User{Name: "@x"}, mapi.InvalidParameter},
	} {
		if _, err := d.Create(ctx, tc.user, ""); mapi.CodeOf(err) != tc.want {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if _, err := d.User(ctx, "nobody"); !errors.Is(err, mapi.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestChange(t *testing.T) {
	ctx := t.Context()
	d := open(t)
	create(t, d, directory.User{Name: "anna"}, "old")
	v1, _ := d.Version(ctx)
	address, quota, aliases := "a.a", directory.Quota{Hard: 7}, []string{"anna"}
	u, err := d.Change(ctx, "anna", directory.Changes{Address: &address, Quota: &quota, Aliases: &aliases})
	if err != nil || u.Address != "a.a@example.test" || u.Quota.Hard != 7 || len(u.Aliases) != 1 {
		t.Fatalf("%+v %v", u, err)
	}
	if v2, _ := d.Version(ctx); v2 <= v1 {
		t.Error("version stays")
	}
	if err := d.SetPassword(ctx, "anna", "new"); err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(ctx, "anna"); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"delete": d.Delete(ctx, "anna"), "password": d.SetPassword(ctx, "anna", "x"),
	} {
		if !errors.Is(err, mapi.NotFound) {
			t.Errorf("%s of nobody: %v", name, err)
		}
	}
	create(t, d, directory.User{Name: "anna", Address: "a.a"}, "") // all of it is free again
}

func TestAuthenticate(t *testing.T) {
	d := open(t)
	create(t, d, directory.User{Name: "anna"}, "secret")
	create(t, d, directory.User{Name: "none"}, "")
	create(t, d, directory.User{Name: "off", Disabled: true}, "secret")
	for _, tc := range []struct {
		name, user, password string
		ok                   bool
	}{
		{"right", "Anna", "secret", true}, {"wrong", "anna", "Secret", false}, {"empty", "anna", "", false},
		{"unknown", "nobody", "secret", false}, {"no password", "none", "", false}, {"disabled", "off", "secret", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			u, _, err := d.Authenticate(t.Context(), tc.user, tc.password, "")
			if tc.ok && (err != nil || u.Name != "anna@example.test") || !tc.ok && !errors.Is(err, mapi.LogonFailed) {
				t.Errorf("%+v %v", u, err)
			}
		})
	}
}

func TestList(t *testing.T) {
	d := open(t)
	for i := range listBatch + 3 {
		create(t, d, directory.User{Name: fmt.Sprintf("u%03d", i)}, "")
	}
	n := 0
	for u, err := range d.Users(t.Context()) {
		if err != nil || u.Name != fmt.Sprintf("u%03d@example.test", n) || u.Address != u.Name {
			t.Fatalf("%d: %+v %v", n, u, err)
		}
		n++
	}
	if n != listBatch+3 {
		t.Errorf("%d users", n)
	}
}
