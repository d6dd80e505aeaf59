// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twiga/lib/admin/storectl"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
	"twiga/lib/sysexits"
)

func TestStats(t *testing.T) {
	e := storetest.Open(t)
	shared := large("shared")
	for _, user := range []string{"anna", "anna", "bert"} {
		deliver(t, e, user, shared)
	}
	out, _ := ok(t, e, "stats", "--json")
	var got struct {
		Total struct {
			Messages, Blobs int64
			Refs            int64   `json:"blob_refs"`
			Ratio           float64 `json:"blob_ratio"`
		}
		Stores      []struct{ Owner string }
		Folders     []struct{ Name string }       `json:"top_folders"`
		Attachments []struct{ Bytes, Refs int64 } `json:"top_attachments"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Total.Messages != 3 || got.Total.Blobs != 1 || got.Total.Refs != 3 || got.Total.Ratio < 2.9 || len(got.Stores) != 2 ||
		len(got.Folders) != 2 || got.Folders[0].Name != "Inbox" || len(got.Attachments) != 1 || got.Attachments[0].Refs != 3 {
		t.Errorf("got %+v\n%s", got, out)
	}
	if out, _ = ok(t, e, "stats", "--user", "anna", "--top", "0"); !strings.Contains(out, "messages     2 ") || strings.Contains(out, "largest") {
		t.Errorf("of one: %s", out)
	}
	fails(t, e, sysexits.Usage, "--top", "stats", "--top", "1001")
}

func TestCompactAndCollect(t *testing.T) {
	e := storetest.OpenDir(t, t.TempDir(), store.Options{BlobGrace: 1})
	storetest.AddUser(t, e, "anna")
	deliver(t, e, "anna", large("kept"))
	s := storetest.Logon(t, e, "anna")
	if _, err := s.Upload(t.Context(), object.UploadRequest{Size: -1}, strings.NewReader(large("not kept"))); err != nil {
		t.Fatal(err)
	}
	if out, _ := ok(t, e, "compact"); !strings.Contains(out, "1 mailboxes compacted by stored") {
		t.Errorf("compact: %s", out)
	}
	for _, tt := range []struct{ args, want string }{
		{"gc --dry-run", "1 contents ("}, {"gc", "removed by stored, 1 ("}, {"gc --json", `"removed":0`},
	} {
		if out, _ := ok(t, e, strings.Fields(tt.args)...); !strings.Contains(out, tt.want) {
			t.Errorf("%s: %s", tt.args, out)
		}
	}
	fails(t, e, sysexits.NoUser, "find mailbox", "compact", "--user", "nobody")
}

func TestMigrate(t *testing.T) {
	e := storetest.Open(t)
	if out, _ := ok(t, e, "migrate"); !strings.Contains(out, "version unknown, now ") || !strings.Contains(out, "2 mailboxes are") {
		t.Errorf("migrate: %s", out)
	}
}

// onFiles reaches the files of a folder as the program does when stored is down.
func onFiles() storectl.Reach {
	r := offline(nil)
	r.Open = func(ctx context.Context, dir string) (object.Service, func() error, error) {
		e, err := store.Open(ctx, dir, store.Options{DefaultDomain: storetest.Domain})
		if err != nil {
			return nil, nil, err
		}
		return e.As(store.Peer{Roles: []object.Role{object.RoleAdmin}, Name: "root"}), e.Close, nil
	}
	r.Lock = store.Lock
	return r
}

// TestMove moves a mailbox and the contents to another place and back.
func TestMove(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "other")
	open := func() *store.Engine {
		e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	e := open()
	storetest.AddUser(t, e, "anna")
	deliver(t, e, "anna", large("one"))
	guid := storeOf(t, e, "anna").GUID
	want := mailbox(t, e, guid)
	do := func(exit int, said string, args ...string) {
		t.Helper()
		out, notes, got := run(t, onFiles(), "", append(args, "--data-dir", dir)...)
		if got != exit || !strings.Contains(out+notes, said) {
			t.Errorf("%v: exit %d\n%s\n%s", args, got, out, notes)
		}
	}
	do(sysexits.TempFail, "has the data open", "move", "--store", guid.String(), "--to", other)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	do(sysexits.Usage, "--to", "move", "--store", guid.String())
	do(sysexits.NoInput, "no such file", "move", "--store", "00000000-0000-0000-0000-000000000001", "--to", other)
	do(0, "is in "+other, "move", "--store", guid.String(), "--to", other)
	do(0, "already", "move", "--store", guid.String(), "--to", other)
	do(0, "blobs is in "+other, "move", "--blobs", "--to", other)
	do(0, "0 problems", "check", "--blobs")
	do(0, "1 mailboxes compacted by storectl on the files", "compact")

	e = open()
	deliver(t, e, "anna", first)
	deliver(t, e, "anna", large("two"))
	if got := mailbox(t, e, guid); len(got) != 3 || len(want) != 1 {
		t.Errorf("the mailbox has %d messages", len(got))
	}
	want = mailbox(t, e, guid)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	do(0, "is in "+filepath.Join(dir, "mailboxes"), "move", "--store", guid.String(), "--to", filepath.Join(dir, "mailboxes"))
	do(0, "is in "+dir, "move", "--blobs", "--to", dir)
	if left, err := os.ReadDir(other); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	for _, name := range []string{"blobs", "mailboxes/" + guid.String()} {
		if st, err := os.Lstat(filepath.Join(dir, name)); err != nil || !st.IsDir() {
			t.Errorf("%s is no folder: %v", name, err)
		}
	}
	e = open()
	same(t, mailbox(t, e, guid), want)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}

	do(0, "is in "+other, "move", "--store", guid.String(), "--to", other)
	e = open()
	defer e.Close()
	admin := storetest.As(t, e, object.RoleAdmin)
	if _, err := admin.DeleteUser(t.Context(), object.DeleteUserRequest{Name: "anna", Purge: true}); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(other); err != nil || len(left) > 0 {
		t.Errorf("left of a mailbox that was removed: %v, %v", left, err)
	}
}

// TestRestoreOwner restores into a system whose users have mailboxes.
func TestRestoreOwner(t *testing.T) {
	e := storetest.Open(t)
	dir := filepath.Join(t.TempDir(), "backups")
	deliver(t, e, "anna", large("one"))
	guid := storeOf(t, e, "anna").GUID
	want := mailbox(t, e, guid)
	ok(t, e, "backup", dir)

	fresh := storetest.Open(t)
	deliver(t, fresh, "anna", first)
	before := storeOf(t, fresh, "anna").GUID
	if _, notes := ok(t, fresh, "restore", "--user", "anna", dir); !strings.Contains(notes, "stays without an owner") {
		t.Errorf("notes %s", notes)
	}
	fails(t, fresh, sysexits.CantCreat, "already", "restore", "--user", "anna", "--into-user", "anna", dir)
	_, notes := ok(t, fresh, "restore", "--user", "anna", "--replace", dir)
	if got := storeOf(t, fresh, "anna").GUID; got != guid || !strings.Contains(notes, before.String()+" was anna@example.test's and is an orphan now") {
		t.Errorf("anna has %s, not %s: %s", got, guid, notes)
	}
	same(t, mailbox(t, fresh, guid), want)
	deliver(t, fresh, "anna", first)

	admin := storetest.As(t, fresh, object.RoleAdmin)
	if _, err := admin.DeleteUser(t.Context(), object.DeleteUserRequest{Name: "anna"}); err != nil {
		t.Fatal(err)
	}
	fails(t, fresh, sysexits.CantCreat, "has changed", "restore", "--user", "anna", dir)
	if _, err := admin.CreateUser(t.Context(), object.CreateUserRequest{User: directory.User{Name: "dora"}, Password: storetest.Password, Store: before}); err != nil {
		t.Fatal(err)
	}
	ok(t, fresh, "restore", "--store", guid.String(), "--replace", "--into-user", "dora", dir)
	if got := storeOf(t, fresh, "dora").GUID; got != guid {
		t.Errorf("dora has %s", got)
	}
	same(t, mailbox(t, fresh, guid), want)
	ok(t, fresh, "check", "--blobs")
}
