// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
	"twiga/lib/sysexits"
)

// ok runs a command that has to succeed.
func ok(t *testing.T, e *store.Engine, args ...string) (out, notes string) {
	t.Helper()
	out, notes, exit := run(t, online(e), "", args...)
	if exit != 0 {
		t.Fatalf("%v: exit %d\n%s\n%s", args, exit, out, notes)
	}
	return out, notes
}

// fails runs a command that has to fail so.
func fails(t *testing.T, e *store.Engine, exit int, said string, args ...string) {
	t.Helper()
	out, notes, got := run(t, online(e), "", args...)
	if got != exit || !strings.Contains(out+notes, said) {
		t.Errorf("%v: exit %d, want %d and %q\n%s\n%s", args, got, exit, said, out, notes)
	}
}

// large is content that is kept as a blob of its own.
func large(subject string) string {
	b := make([]byte, 150<<10)
	_, _ = rand.Read(b)
	return "Subject: " + subject + "\r\n\r\n" + fmt.Sprintf("%x", b) + "\r\n"
}

// deliver puts a message into somebody's Inbox.
func deliver(t *testing.T, e *store.Engine, user, content string) mapi.ID {
	t.Helper()
	id, err := delivered(t, e, user, content)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func delivered(t *testing.T, e *store.Engine, user, content string) (mapi.ID, error) {
	s := storetest.Logon(t, e, user)
	defer s.Logoff(t.Context())
	st, err := s.GetStore(t.Context(), object.GetStoreRequest{})
	if err != nil {
		return 0, err
	}
	id, err := s.Upload(t.Context(), object.UploadRequest{Size: -1}, strings.NewReader(content))
	if err != nil {
		return 0, err
	}
	m := object.NewMessage{Content: []object.Segment{{Blob: id, Size: int64(len(content))}}}
	saved, err := s.SaveMessages(t.Context(), object.SaveMessagesRequest{Store: st.GUID, Folder: st.SpecialFolder(object.KindInbox), Messages: []object.NewMessage{m}})
	if err != nil {
		return 0, err
	}
	return saved.Saved[0].ID, nil
}

// mailbox is what a mailbox has: contents by folder and UID.
func mailbox(t *testing.T, e *store.Engine, guid mapi.GUID) map[string]string {
	t.Helper()
	s := storetest.As(t, e, object.RoleArchive)
	out := map[string]string{}
	states, err := s.FolderStates(t.Context(), object.FolderStatesRequest{Store: guid})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range states.Folders {
		for c, err := range s.Changes(t.Context(), object.ChangesRequest{Store: guid, Folder: f.Folder}) {
			if err != nil {
				t.Fatal(err)
			}
			if c.Kind != object.ChangeUpsert {
				continue
			}
			var b bytes.Buffer
			req := object.ReadRequest{Store: guid, Items: []object.ReadItem{{Message: c.ID, Length: -1}}}
			for chunk, err := range s.Read(t.Context(), req) {
				if err != nil || chunk.Code != 0 {
					t.Fatal(err, chunk.Code)
				}
				b.Write(chunk.Data)
			}
			out[fmt.Sprintf("%s/%d flags %x", f.Folder, c.UID, c.Flags)] = b.String()
		}
	}
	return out
}

func storeOf(t *testing.T, e *store.Engine, user string) object.Store {
	t.Helper()
	st, err := storetest.As(t, e, object.RoleAdmin).GetStore(t.Context(), object.GetStoreRequest{User: user})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// same compares what two mailboxes have.
func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("the mailbox has %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

// TestBackupWhileUsed backs a mailbox up while mail comes in, and restores it
// into another system.
func TestBackupWhileUsed(t *testing.T) {
	e := storetest.Open(t)
	dir := filepath.Join(t.TempDir(), "backups")
	shared := large("shared")
	deliver(t, e, "anna", shared)
	deliver(t, e, "bert", shared)
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if _, err := delivered(t, e, "anna", large(fmt.Sprint(n))); err != nil {
				done <- err
				return
			}
		}
	}()
	for range 4 {
		ok(t, e, "backup", "--incremental", dir)
	}
	close(stop)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	out, _ := ok(t, e, "backup", "--incremental", "--json", dir)
	var told struct {
		Mode      string
		Directory bool
		Backups   []struct{ Since, Sequence int }
	}
	if err := json.Unmarshal([]byte(out), &told); err != nil || told.Mode != "stored" || !told.Directory || len(told.Backups) != 2 || told.Backups[0].Since == 0 || told.Backups[0].Sequence != 5 {
		t.Errorf("told %s, %v", out, err)
	}
	if out, _ := ok(t, e, "verify", dir); !strings.Contains(out, "10 dumps of 2 mailboxes") || !strings.Contains(out, "0 problems; 0 contents are not in use") {
		t.Errorf("verify says %s", out)
	}
	if out, _ := ok(t, e, "list", dir); strings.Count(out, "increment") != 8 || strings.Count(out, "full") != 2 {
		t.Errorf("list says %s", out)
	}

	fresh := storetest.OpenDir(t, t.TempDir(), store.Options{})
	_, notes := ok(t, fresh, "restore", "--all", dir)
	if !strings.Contains(notes, "stays without an owner") {
		t.Errorf("notes %s", notes)
	}
	for _, user := range []string{"anna", "bert"} {
		guid := storeOf(t, e, user).GUID
		same(t, mailbox(t, fresh, guid), mailbox(t, e, guid))
	}
	if out, _ := ok(t, fresh, "restore", "--all", dir); strings.Count(out, "is there already as it was then") != 2 {
		t.Errorf("again: %s", out)
	}
	ok(t, fresh, "check", "--blobs")
}

// TestRestoreTime goes back to each backup.
func TestRestoreTime(t *testing.T) {
	e := storetest.Open(t)
	dir := filepath.Join(t.TempDir(), "backups")
	guid := storeOf(t, e, "anna").GUID
	var want []map[string]string
	var times []string
	for n := range 3 {
		deliver(t, e, "anna", large(fmt.Sprint(n)))
		want = append(want, mailbox(t, e, guid))
		out, _ := ok(t, e, "backup", "--user", "anna", "--incremental", "--json", dir)
		var told struct{ Backups []struct{ Created string } }
		if err := json.Unmarshal([]byte(out), &told); err != nil {
			t.Fatal(err)
		}
		times = append(times, told.Backups[0].Created)
	}
	for n, at := range times {
		fresh := storetest.OpenDir(t, t.TempDir(), store.Options{})
		ok(t, fresh, "restore", "--user", "anna@example.test", "--at", at, dir)
		same(t, mailbox(t, fresh, guid), want[n])
		if n < len(times)-1 { // and on from there
			ok(t, fresh, "restore", "--user", "anna", dir)
			same(t, mailbox(t, fresh, guid), want[len(want)-1])
		}
	}
	fails(t, e, sysexits.NoUser, "no backup", "restore", "--user", "anna", "--at", "2001-01-01", dir)
	fails(t, e, sysexits.NoUser, "no backup", "restore", "--user", "carl", dir)
	deliver(t, e, "anna", large("more"))
	fails(t, e, sysexits.CantCreat, "--below", "restore", "--user", "anna", dir)
	_, notes := ok(t, e, "backup", "--user", "anna", "--incremental", dir)
	if !strings.Contains(notes, "making a full one") {
		t.Errorf("an increment on top of what was restored: %s", notes)
	}
}

// TestRestoreParts puts parts of backups into mailboxes that are there.
func TestRestoreParts(t *testing.T) {
	e := storetest.Open(t)
	dir := filepath.Join(t.TempDir(), "backups")
	id := deliver(t, e, "anna", large("one"))
	deliver(t, e, "anna", large("two"))
	ok(t, e, "backup", "--user", "anna", dir)
	out, _ := ok(t, e, "restore", "--user", "anna", "--folder", "inbox", dir)
	if !strings.Contains(out, "0 messages in 0 folders restored, 2 were there already") {
		t.Errorf("what is there: %s", out)
	}
	ok(t, e, "restore", "--user", "anna", "--into-user", "bert", "--below", "From/Anna", "--folder", "INBOX", dir)
	ok(t, e, "restore", "--user", "anna", "--into-user", "bert", "--message", id.String(), dir)
	out, _ = ok(t, e, "restore", "--user", "anna", "--below", "All", dir)
	if !strings.Contains(out, "2 messages in") {
		t.Errorf("everything below: %s", out)
	}
	if got := len(mailbox(t, e, storeOf(t, e, "bert").GUID)); got != 3 {
		t.Errorf("bert has %d messages", got)
	}
	if got := len(mailbox(t, e, storeOf(t, e, "anna").GUID)); got != 4 {
		t.Errorf("anna has %d messages", got)
	}
	part := filepath.Join(t.TempDir(), "part")
	ok(t, e, "backup", "--user", "anna", "--folder", "INBOX", part)
	ok(t, e, "backup", "--user", "anna", "--message", id.String(), part)
	fails(t, e, sysexits.Usage, "--below", "restore", "--user", "anna", part)
	ok(t, e, "restore", "--user", "anna", "--below", "Single", part)
	fails(t, e, sysexits.NoUser, "find folder", "restore", "--user", "anna", "--folder", "None", dir)
	fails(t, e, sysexits.NoUser, "find message", "restore", "--user", "anna", "--message", "0xffff", dir)
	for st, err := range storetest.As(t, e, object.RoleAdmin).ListStores(t.Context(), object.ListStoresRequest{Orphans: true}) {
		t.Errorf("a mailbox is left: %s, %v", st.GUID, err)
	}
	ok(t, e, "check", "--blobs")
}

// TestSealed encrypts a backup.
func TestSealed(t *testing.T) {
	e := storetest.Open(t)
	deliver(t, e, "anna", large("secret of anna"))
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	files := written(t, map[string]string{"key": key.String() + "\n", "recipients": "# who\n" + key.Recipient().String() + "\n"})
	dir, identity := filepath.Join(t.TempDir(), "backups"), filepath.Join(files, "key")
	ok(t, e, "backup", "--recipients-file", filepath.Join(files, "recipients"), dir)
	deliver(t, e, "anna", large("another"))
	ok(t, e, "backup", "--incremental", "--recipient", key.Recipient().String(), dir)
	for _, texts := range contents(t, dir) {
		for _, text := range texts {
			if strings.Contains(text, "secret") || strings.Contains(text, "full_name") {
				t.Error("a file is not encrypted")
			}
		}
	}
	other, _ := age.GenerateX25519Identity()
	fails(t, e, sysexits.Usage, "encrypted to others", "backup", "--recipient", other.Recipient().String(), dir)
	if _, notes := ok(t, e, "verify", dir); !strings.Contains(notes, "contents were not read") {
		t.Errorf("verify without identity: %s", notes)
	}
	if out, _ := ok(t, e, "verify", "--identity", identity, dir); !strings.Contains(out, "4 dumps of 2 mailboxes and 2 contents verified: 0 problems") {
		t.Errorf("verify: %s", out)
	}
	fresh := storetest.OpenDir(t, t.TempDir(), store.Options{})
	fails(t, fresh, sysexits.Usage, "identity", "restore", "--user", "anna", dir)
	wrong := written(t, map[string]string{"key": other.String() + "\n"})
	fails(t, fresh, sysexits.Usage, "decrypt", "restore", "--user", "anna", "--identity", filepath.Join(wrong, "key"), dir)
	ok(t, fresh, "restore", "--user", "anna", "--identity", identity, dir)
	guid := storeOf(t, e, "anna").GUID
	same(t, mailbox(t, fresh, guid), mailbox(t, e, guid))
}

// TestStream backs one mailbox up through a pipe.
func TestStream(t *testing.T) {
	e := storetest.Open(t)
	deliver(t, e, "anna", large("one"))
	deliver(t, e, "anna", first)
	archive, _ := ok(t, e, "backup", "--user", "anna", "-")
	fresh := storetest.OpenDir(t, t.TempDir(), store.Options{})
	if out, notes, exit := run(t, online(fresh), archive, "restore", "-"); exit != 0 {
		t.Fatalf("exit %d\n%s\n%s", exit, out, notes)
	}
	guid := storeOf(t, e, "anna").GUID
	same(t, mailbox(t, fresh, guid), mailbox(t, e, guid))
	if out, notes, exit := run(t, online(fresh), archive[:len(archive)/2], "restore", "-"); exit == 0 {
		t.Errorf("half of it: %s\n%s", out, notes)
	}
	fails(t, e, sysexits.Usage, "--user", "backup", "-")
	fails(t, e, sysexits.Usage, "--incremental", "backup", "--user", "anna", "--incremental", "-")
}

// TestVerifyFindsDamage damages a repository.
func TestVerifyFindsDamage(t *testing.T) {
	e := storetest.Open(t)
	deliver(t, e, "anna", large("one"))
	glob := func(t *testing.T, dir, pattern string) string {
		t.Helper()
		list, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(list) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		return list[0]
	}
	change := func(t *testing.T, name string, at int) {
		t.Helper()
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)*at/10] ^= 0x40
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(t *testing.T, name string) {
		t.Helper()
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		kind   string
	}{
		{"a blob is changed", func(t *testing.T, dir string) { change(t, glob(t, dir, "blobs/*/*"), 5) }, "blob-damaged: "},
		{"a blob is gone", func(t *testing.T, dir string) { remove(t, glob(t, dir, "blobs/*/*")) }, "blob-missing: "},
		{"a dump is changed", func(t *testing.T, dir string) { change(t, glob(t, dir, "stores/*/000001.dump.zst"), 5) }, "dump: "},
		{"a dump is gone", func(t *testing.T, dir string) { remove(t, glob(t, dir, "stores/*/000002.dump.zst")) }, "dump: "},
		{"a manifest is cut", func(t *testing.T, dir string) {
			if err := os.Truncate(glob(t, dir, "stores/*/000001.json"), 10); err != nil {
				t.Fatal(err)
			}
		}, "manifest: "},
		{"a full backup is gone", func(t *testing.T, dir string) { remove(t, glob(t, dir, "stores/*/000001.json")) }, "chain: "},
		{"the directory is changed", func(t *testing.T, dir string) { change(t, glob(t, dir, "directory/*"), 7) }, "directory: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "backups")
			ok(t, e, "backup", dir)
			ok(t, e, "backup", "--incremental", dir)
			ok(t, e, "verify", dir)
			tt.damage(t, dir)
			fails(t, e, 1, tt.kind, "verify", dir)
		})
	}
}

// TestInterrupted leaves what an interrupted backup leaves.
func TestInterrupted(t *testing.T) {
	e := storetest.Open(t)
	dir := filepath.Join(t.TempDir(), "backups")
	ok(t, e, "backup", "--user", "anna", dir)
	deliver(t, e, "anna", large("one"))
	ok(t, e, "backup", "--user", "anna", "--incremental", dir)
	last := filepath.Join(dir, "stores", storeOf(t, e, "anna").GUID.String(), "000002")
	if err := os.Remove(last + ".json"); err != nil { // it is written last
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tmp", "new-1"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _ := ok(t, e, "verify", dir); !strings.Contains(out, "1 dumps were left") {
		t.Errorf("verify: %s", out)
	}
	ok(t, e, "backup", "--user", "anna", "--incremental", dir)
	if out, _ := ok(t, e, "verify", dir); !strings.Contains(out, "2 dumps of 1 mailboxes and 1 contents verified: 0 problems; 0 contents are not in use, 0 dumps were left") {
		t.Errorf("verify: %s", out)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, "tmp")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	manifest, err := os.ReadFile(last + ".json")
	if err != nil {
		t.Fatal(err)
	}
	older := regexp.MustCompile(`"schema": \d+`).ReplaceAll(manifest, []byte(`"schema": 1`)) // of an earlier version
	if err := os.WriteFile(last+".json", older, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, notes := ok(t, e, "backup", "--user", "anna", "--incremental", dir); !strings.Contains(notes, "form of another version") {
		t.Errorf("notes %s", notes)
	}
	other := written(t, map[string]string{"file": "x"})
	fails(t, e, sysexits.CantCreat, "no repository", "backup", other)
	fails(t, e, sysexits.NoInput, "no backup", "list", other)
}
