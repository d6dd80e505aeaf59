// SPDX-License-Identifier: AGPL-3.0-or-later

package admin_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// TestPolicyShow: people and programs are told what the server wants.
func TestPolicyShow(t *testing.T) {
	e := storetest.OpenDir(t, t.TempDir(), store.Options{Policy: directory.Policy{MinLength: 10, Classes: 3, NotName: true, History: 5,
		MaxAge: 90 * 24 * time.Hour, Failures: 20, Lockout: 15 * time.Minute}})
	out, exit, err := run(t, dialer(e), "", "policy", "show")
	const want = `characters:           at least 10
kinds of characters:  at least 3 of 4
name of the user:     must not be in it
old passwords:        none of the last 5
expires:              after 90 days
lockout:              after 20 wrong passwords, for 15 min
`
	if exit != 0 || out != want {
		t.Errorf("exit %d, %v:\n%s", exit, err, out)
	}
	out, exit, err = run(t, dialer(e), "", "policy", "show", "--json")
	if exit != 0 || !strings.Contains(out, `"max_age": 7776000`) || !strings.Contains(out, `"lockout": 900`) {
		t.Errorf("exit %d, %v:\n%s", exit, err, out)
	}
}

// TestLockout: who is locked out is shown and let in again.
func TestLockout(t *testing.T) {
	e := storetest.OpenDir(t, t.TempDir(), store.Options{Policy: directory.Policy{MaxAge: 24 * time.Hour, Failures: 2, Lockout: time.Hour}})
	if _, exit, err := run(t, dialer(e), "secret\n", "user", "create", "anna", "--password-stdin"); exit != 0 {
		t.Fatal(err)
	}
	enter := func(password string) error {
		_, err := e.As(store.Peer{Roles: []object.Role{object.RoleGateway}, Name: "test"}).Logon(t.Context(),
			object.LogonRequest{Role: object.RoleUser, User: "anna", Password: password})
		return err
	}
	for i, step := range []struct {
		args []string
		want string
	}{
		{[]string{"user", "show", "anna"}, "locked out:    no, wrong passwords: 1\n"},
		{[]string{"user", "show", "anna"}, "locked out:    until "},
		{[]string{"user", "unlock", "anna"}, "user anna@example.test unlocked\n"},
		{[]string{"user", "show", "anna"}, ", expires "},
	} {
		if enter(fmt.Sprint("wrong", i)) == nil {
			t.Fatal("a wrong password lets in")
		}
		out, exit, err := run(t, dialer(e), "", step.args...)
		if exit != 0 || !strings.Contains(out, step.want) {
			t.Errorf("step %d, exit %d, %v:\n%s", i, exit, err, out)
		}
	}
	if err := enter("secret"); err != nil {
		t.Error(err)
	}
	out, _, err := run(t, dialer(e), "", "user", "show", "anna", "--json")
	var shown struct {
		Logon struct {
			LockedUntil     *time.Time `json:"locked_until"`
			PasswordExpires *time.Time `json:"password_expires"`
		}
	}
	if err != nil || json.Unmarshal([]byte(out), &shown) != nil || shown.Logon.LockedUntil != nil ||
		shown.Logon.PasswordExpires == nil || time.Until(*shown.Logon.PasswordExpires) > 24*time.Hour {
		t.Errorf("%v:\n%s", err, out)
	}
}
