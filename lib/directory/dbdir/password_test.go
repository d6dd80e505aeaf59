// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
)

// clocked opens a directory with a policy and a clock that the test sets.
func clocked(t *testing.T, p directory.Policy) (*DB, *time.Time) {
	t.Helper()
	now := time.Date(2030, 1, 1, 0, 30, 0, 0, time.UTC)
	d, err := Open(filepath.Join(t.TempDir(), "directory.db"),
		Options{DefaultDomain: "x", Policy: p, LogonCache: time.Hour, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, &now
}

func logon(d *DB, t *testing.T, password string) mapi.Code {
	t.Helper()
	_, _, err := d.Authenticate(t.Context(), "anna", password, "imap")
	return mapi.CodeOf(err)
}

func TestPolicy(t *testing.T) {
	d, _ := clocked(t, directory.Policy{MinLength: 8, Classes: 3, NotName: true})
	for _, tc := range []struct {
		name, password string
		want           mapi.Code
	}{
		{"good", "Correct horse", 0}, {"umlauts are characters", "Äöü12345", 0}, {"none at all", "", 0},
		{"too short", "Aa1!", mapi.BadValue}, {"two kinds", "aaaaaaaa1", mapi.BadValue},
		{"login name in it", "xx1-ANNABEL-xx", mapi.BadValue}, {"surname in it", "Xx1-bell-xx", mapi.BadValue},
		{"too long", strings.Repeat("Aa1", 400), mapi.StringTooLong},
	} {
		_, err := d.Create(t.Context(), directory.User{Name: "annabel", FullName: "An Bell"}, tc.password)
		if mapi.CodeOf(err) != tc.want {
			t.Errorf("%s: %v", tc.name, err)
		}
		if err == nil {
			if err := d.SetPassword(t.Context(), "annabel", "short"); mapi.CodeOf(err) != mapi.BadValue {
				t.Errorf("%s: set: %v", tc.name, err)
			}
			if err := d.Delete(t.Context(), "annabel"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestHistory(t *testing.T) {
	d, _ := clocked(t, directory.Policy{History: 3})
	create(t, d, directory.User{Name: "anna"}, "one")
	for _, step := range []struct {
		password string
		want     mapi.Code
	}{
		{"one", mapi.BadValue}, {"two", 0}, {"one", mapi.BadValue}, {"three", 0}, {"one", mapi.BadValue}, {"four", 0},
		{"one", 0}, {"three", mapi.BadValue}, {"two", 0},
	} {
		if err := d.SetPassword(t.Context(), "anna", step.password); mapi.CodeOf(err) != step.want {
			t.Errorf("%s: %v", step.password, err)
		}
	}
}

func TestAge(t *testing.T) {
	d, now := clocked(t, directory.Policy{MaxAge: 24 * time.Hour})
	create(t, d, directory.User{Name: "anna"}, "one")
	app, err := d.AddAppPassword(t.Context(), "anna", "phone", nil)
	if err != nil {
		t.Fatal(err)
	}
	*now = now.Add(25 * time.Hour)
	if got := logon(d, t, "one"); got != mapi.PasswordExpired {
		t.Errorf("old: %v", got)
	}
	if got := logon(d, t, "wrong"); got != mapi.LogonFailed {
		t.Errorf("wrong: %v", got)
	}
	if got := logon(d, t, app); got != 0 {
		t.Errorf("app password: %v", got)
	}
	if err := d.SetPassword(t.Context(), "anna", "two"); err != nil {
		t.Fatal(err)
	}
	if got := logon(d, t, "two"); got != 0 {
		t.Errorf("new: %v", got)
	}
}

func TestLockout(t *testing.T) {
	d, now := clocked(t, directory.Policy{Failures: 3, Lockout: 10 * time.Minute})
	create(t, d, directory.User{Name: "anna"}, "right")
	app, err := d.AddAppPassword(t.Context(), "anna", "phone", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		password string
		later    time.Duration
		want     mapi.Code
	}{
		{"a", 0, mapi.LogonFailed}, {"a", 0, mapi.LogonFailed}, {"a", 0, mapi.LogonFailed}, {"right", 0, 0}, // the same one counts once
		{"a", 0, mapi.LogonFailed}, {"b", 0, mapi.LogonFailed}, {"right", 0, 0}, // a right one forgives
		{"a", 0, mapi.LogonFailed}, {"b", 0, mapi.LogonFailed}, {"c", 11 * time.Minute, mapi.LogonFailed}, {"right", 0, 0}, // too slow
		{"a", 0, mapi.LogonFailed}, {"b", 0, mapi.LogonFailed}, {"c", 0, mapi.LogonFailed}, {"right", 0, mapi.LogonFailed},
		{app, 0, 0}, {"right", 9 * time.Minute, mapi.LogonFailed}, {"right", time.Minute, 0},
	} {
		*now = now.Add(step.later)
		if got := logon(d, t, step.password); got != step.want {
			t.Errorf("step %d, %q: %v", i, step.password, got)
		}
	}
	for _, p := range []string{"a", "b", "c"} {
		logon(d, t, p)
	}
	if err := d.SetPassword(t.Context(), "anna", "new"); err != nil {
		t.Fatal(err)
	}
	if got := logon(d, t, "new"); got != 0 {
		t.Errorf("the administrator frees nobody: %v", got)
	}
}

func TestLogonState(t *testing.T) {
	p := directory.Policy{Failures: 2, Lockout: 10 * time.Minute, MaxAge: time.Hour}
	d, now := clocked(t, p)
	create(t, d, directory.User{Name: "anna"}, "right")
	if d.Policy() != p {
		t.Errorf("policy %+v", d.Policy())
	}
	begin := *now
	for _, step := range []struct {
		name     string
		password string
		later    time.Duration
		failures int
		locked   time.Duration // after the begin; 0 is not
	}{
		{"one wrong", "a", 0, 1, 0},
		{"it is forgotten", "", 11 * time.Minute, 0, 0},
		{"one again", "a", 0, 1, 0},
		{"locked out", "b", 0, 0, 21 * time.Minute},
		{"still", "", 9 * time.Minute, 0, 21 * time.Minute},
		{"no more", "", time.Minute, 0, 0},
	} {
		*now = now.Add(step.later)
		if step.password != "" {
			logon(d, t, step.password)
		}
		got, err := d.LogonState(t.Context(), "anna")
		want := directory.LogonState{Failures: step.failures, PasswordExpires: begin.Add(time.Hour)}
		if step.locked != 0 {
			want.LockedUntil = begin.Add(step.locked)
		}
		if err != nil || got.Failures != want.Failures || !got.LockedUntil.Equal(want.LockedUntil) || !got.PasswordExpires.Equal(want.PasswordExpires) {
			t.Errorf("%s: %+v, %v, want %+v", step.name, got, err, want)
		}
	}
	for _, p := range []string{"a", "b"} {
		logon(d, t, p)
	}
	if err := d.Unlock(t.Context(), "anna"); err != nil {
		t.Fatal(err)
	}
	if got := logon(d, t, "right"); got != 0 {
		t.Errorf("unlocked: %v", got)
	}
	if err := d.Unlock(t.Context(), "nobody"); mapi.CodeOf(err) != mapi.NotFound {
		t.Errorf("unlock nobody: %v", err)
	}
}

func TestAppPasswords(t *testing.T) {
	ctx := t.Context()
	d, now := clocked(t, directory.Policy{MinLength: 30})
	create(t, d, directory.User{Name: "anna", NoServices: []string{"pop3"}}, "")
	create(t, d, directory.User{Name: "room", Kind: directory.KindRoom}, "")
	create(t, d, directory.User{Name: "bert"}, "")
	all, err := d.AddAppPassword(ctx, "anna", "laptop", nil)
	if err != nil || len(all) != appLength+appLength/appGroup-1 {
		t.Fatal(all, err)
	}
	imap, err := d.AddAppPassword(ctx, "anna", "phone", []string{"imap", "smtp"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, user, password, service, app string
		want                               mapi.Code
	}{
		{"any service", "anna", all, "dav", "laptop", 0},
		{"no service", "anna", all, "", "laptop", 0},
		{"without dashes, in capitals", "anna", strings.ToUpper(strings.ReplaceAll(all, "-", " ")), "", "laptop", 0},
		{"service turned off", "anna", all, "pop3", "", mapi.LogonFailed},
		{"bound", "anna", imap, "smtp", "phone", 0},
		{"bound, another service", "anna", imap, "dav", "", mapi.LogonFailed},
		{"bound, none named", "anna", imap, "", "", mapi.LogonFailed},
		{"somebody else's", "bert", all, "", "", mapi.LogonFailed},
	} {
		_, app, err := d.Authenticate(ctx, tc.user, tc.password, tc.service)
		if mapi.CodeOf(err) != tc.want || app != tc.app {
			t.Errorf("%s: %q %v", tc.name, app, err)
		}
	}
	for _, tc := range []struct {
		what, user, name, service string
		want                      mapi.Code
	}{
		{"twice", "anna", "phone", "imap", mapi.AlreadyExists}, {"nobody's", "nobody", "x", "imap", mapi.NotFound},
		{"a room's", "room", "x", "imap", mapi.InvalidObject}, {"no name", "anna", " ", "imap", mapi.InvalidParameter},
		{"unknown service", "anna", "x", "telnet", mapi.InvalidParameter},
	} {
		if _, err := d.AddAppPassword(ctx, tc.user, tc.name, []string{tc.service}); mapi.CodeOf(err) != tc.want {
			t.Errorf("%s: %v", tc.what, err)
		}
	}
	list, err := d.AppPasswords(ctx, "anna")
	if err != nil || len(list) != 2 || list[0].Name != "laptop" || !list[0].Used.Equal(now.Truncate(time.Hour)) || len(list[1].Services) != 2 {
		t.Errorf("%+v %v", list, err)
	}
	if err := d.RevokeAppPassword(ctx, "anna", "laptop"); err != nil {
		t.Fatal(err)
	}
	if err := d.RevokeAppPassword(ctx, "anna", "laptop"); mapi.CodeOf(err) != mapi.NotFound {
		t.Errorf("revoked twice: %v", err)
	}
	if _, _, err := d.Authenticate(ctx, "anna", all, ""); mapi.CodeOf(err) != mapi.LogonFailed {
		t.Errorf("revoked: %v", err)
	}
}

func TestAuthenticateKinds(t *testing.T) {
	d := open(t)
	for _, k := range []directory.Kind{directory.KindShared, directory.KindRoom, directory.KindEquipment} {
		create(t, d, directory.User{Name: k.String(), Kind: k}, "secret")
		if _, _, err := d.Authenticate(t.Context(), k.String(), "secret", ""); mapi.CodeOf(err) != mapi.LogonFailed {
			t.Errorf("%s logs on: %v", k, err)
		}
	}
	kind := directory.KindUser
	if _, err := d.Change(t.Context(), "room", directory.Changes{Kind: &kind}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Authenticate(t.Context(), "room", "secret", ""); err != nil {
		t.Errorf("became a user: %v", err)
	}
}

func TestRename(t *testing.T) {
	ctx := t.Context()
	d := open(t)
	bert := create(t, d, directory.User{Name: "bert"}, "")
	u := create(t, d, directory.User{Name: "anna", SendAs: []mapi.GUID{bert.ID, bert.ID}}, "secret")
	name, taken := "Änna", "bert"
	got, err := d.Change(ctx, "anna", directory.Changes{Name: &name})
	if err != nil || got.Name != "änna@example.test" || got.Address != "anna@example.test" || got.ID != u.ID {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := d.Change(ctx, "änna", directory.Changes{Name: &taken}); mapi.CodeOf(err) != mapi.AlreadyExists {
		t.Errorf("taken: %v", err)
	}
	if _, _, err := d.Authenticate(ctx, "anna", "secret", ""); mapi.CodeOf(err) != mapi.LogonFailed {
		t.Errorf("the old name: %v", err)
	}
	if _, _, err := d.Authenticate(ctx, "änna", "secret", ""); err != nil {
		t.Errorf("the new name: %v", err)
	}
	if err := d.Delete(ctx, "bert"); err != nil {
		t.Fatal(err)
	}
	if got, err := d.ByID(ctx, u.ID); err != nil || len(got.SendAs) != 0 {
		t.Errorf("senders %v %v", got.SendAs, err)
	}
}
