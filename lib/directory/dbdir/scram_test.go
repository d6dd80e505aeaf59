// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"path/filepath"
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
)

// prove is what a client makes of what Salt tells, independent of lib/scram.
func prove(t *testing.T, d *DB, user, password, message string) []byte {
	t.Helper()
	salt, iterations, err := d.Salt(t.Context(), user)
	if err != nil {
		t.Fatal(err)
	}
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, 32)
	if err != nil {
		t.Fatal(err)
	}
	sum := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	client := sum(salted, "Client Key")
	stored := sha256.Sum256(client)
	proof := sum(stored[:], message)
	for i := range proof {
		proof[i] ^= client[i]
	}
	return proof
}

func withKeys(t *testing.T, path string, p directory.Policy, iterations int) (*DB, *time.Time) {
	t.Helper()
	now := time.Date(2030, 1, 1, 0, 30, 0, 0, time.UTC)
	d, err := Open(path, Options{DefaultDomain: "x", Policy: p, LogonCache: time.Hour, Iterations: iterations, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, &now
}

func TestProofs(t *testing.T) {
	ctx := t.Context()
	d, now := withKeys(t, filepath.Join(t.TempDir(), "directory.db"), directory.Policy{Failures: 2, Lockout: time.Hour, MaxAge: 1000 * time.Hour}, 4096)
	create(t, d, directory.User{Name: "anna", NoServices: []string{"pop3"}}, "right")
	create(t, d, directory.User{Name: "bert", Disabled: true}, "right")
	create(t, d, directory.User{Name: "cleo"}, "")
	create(t, d, directory.User{Name: "room", Kind: directory.KindRoom}, "right")
	app, err := d.AddAppPassword(ctx, "anna", "phone", []string{"imap"})
	if err != nil {
		t.Fatal(err)
	}
	free, err := d.AddAppPassword(ctx, "cleo", "laptop", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, user, password, service, app string
		want                               mapi.Code
	}{
		{"right", "anna", "right", "imap", "", 0},
		{"right, by the whole name", "Anna@X", "right", "", "", 0},
		{"wrong", "anna", "wrong", "imap", "", mapi.LogonFailed},
		{"service turned off", "anna", "right", "pop3", "", mapi.LogonFailed},
		{"app password", "anna", app, "imap", "phone", 0},
		{"app password, another service", "anna", app, "dav", "", mapi.LogonFailed},
		{"app password of somebody without a password", "cleo", free, "dav", "laptop", 0},
		{"disabled", "bert", "right", "imap", "", mapi.LogonFailed},
		{"nobody", "nobody", "right", "imap", "", mapi.LogonFailed},
		{"a room", "room", "right", "imap", "", mapi.LogonFailed},
	} {
		_, app, signature, err := d.AuthenticateProof(ctx, tc.user, tc.service, "message", prove(t, d, tc.user, tc.password, "message"))
		if mapi.CodeOf(err) != tc.want || app != tc.app || (len(signature) == 32) != (err == nil) {
			t.Errorf("%s: %q %x %v", tc.name, app, signature, err)
		}
	}
	check := func(name, password string, want mapi.Code) {
		t.Helper()
		_, _, _, err := d.AuthenticateProof(ctx, "anna", "imap", "message", prove(t, d, "anna", password, "message"))
		if mapi.CodeOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	logon(d, t, "a")
	logon(d, t, "b")
	check("locked out", "right", mapi.LogonFailed)
	check("an app password is not", app, 0)
	if err := d.SetPassword(ctx, "anna", "new"); err != nil {
		t.Fatal(err)
	}
	check("the old one", "right", mapi.LogonFailed)
	check("the new one", "new", 0)
	check("the app password stays", app, 0)
	*now = now.Add(1001 * time.Hour)
	check("too old", "new", mapi.PasswordExpired)
	if err := d.RevokeAppPassword(ctx, "anna", "phone"); err != nil {
		t.Fatal(err)
	}
	check("revoked", app, mapi.LogonFailed)
	if err := d.SetPassword(ctx, "anna", ""); err != nil {
		t.Fatal(err)
	}
	check("taken away", "new", mapi.LogonFailed)
}

// TestKeysAreLearned has users from before there were keys: they get them when
// they log on, and nobody sees a difference before and after.
func TestKeysAreLearned(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "directory.db")
	d, _ := withKeys(t, path, directory.Policy{}, 0)
	create(t, d, directory.User{Name: "anna"}, "right")
	app, err := d.AddAppPassword(ctx, "anna", "phone", nil)
	if err != nil || d.HasProofs() {
		t.Fatal(err)
	}
	d.Close()
	d, _ = withKeys(t, path, directory.Policy{}, 4096)
	before, _, _ := d.Salt(ctx, "anna")
	version, _ := d.Version(ctx)
	for _, password := range []string{"right", app} {
		if _, _, _, err := d.AuthenticateProof(ctx, "anna", "", "m", prove(t, d, "anna", password, "m")); mapi.CodeOf(err) != mapi.LogonFailed {
			t.Errorf("before: %v", err)
		}
		if got := logon(d, t, password); got != 0 {
			t.Error(got)
		}
		if _, _, _, err := d.AuthenticateProof(ctx, "anna", "", "m", prove(t, d, "anna", password, "m")); err != nil {
			t.Errorf("after: %v", err)
		}
	}
	after, _, _ := d.Salt(ctx, "anna")
	if !bytes.Equal(before, after) {
		t.Errorf("the salt tells who has logged on: %x, %x", before, after)
	}
	if now, _ := d.Version(ctx); now != version {
		t.Error("the directory has changed")
	}
	nobody, _, _ := d.Salt(ctx, "nobody")
	d.Close()
	d, _ = withKeys(t, path, directory.Policy{}, 8192)
	if again, _, _ := d.Salt(ctx, "nobody"); !bytes.Equal(again, nobody) || bytes.Equal(nobody, after) {
		t.Errorf("the salt of nobody: %x, then %x", nobody, again)
	}
	// A new password keeps to what the app password's keys were made with.
	if err := d.SetPassword(ctx, "anna", "new"); err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"new", app} {
		if _, _, _, err := d.AuthenticateProof(ctx, "anna", "", "m", prove(t, d, "anna", password, "m")); err != nil {
			t.Errorf("with other iterations: %v", err)
		}
	}
	d.Close()
	d, _ = withKeys(t, path, directory.Policy{}, 0)
	if n, err := d.w.Int("SELECT count(*) FROM scram"); err != nil || n != 0 {
		t.Errorf("turned off: %d keys are left, %v", n, err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "x"), Options{Iterations: 1000}); mapi.CodeOf(err) != mapi.InvalidParameter {
		t.Errorf("too few iterations: %v", err)
	}
}
