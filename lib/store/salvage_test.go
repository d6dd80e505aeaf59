// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// damagedBox is a data folder with a mailbox of some messages, and another.
type damagedBox struct {
	dir, file  string
	guid, peer mapi.GUID
	folders    []mapi.ID
	good       []byte
}

func newDamagedBox(t *testing.T) *damagedBox {
	t.Helper()
	dir := t.TempDir()
	e := storetest.OpenDir(t, dir, store.Options{})
	storetest.AddUser(t, e, "anna")
	storetest.AddUser(t, e, "bert")
	f := newFixture(t, e)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 60 {
		m := text(fmt.Sprint("message ", i))
		if i%7 == 0 {
			m = f.withBlob(fmt.Sprint("message ", i), strings.Repeat(fmt.Sprint("blob ", i), 800))
		}
		noise := make([]byte, r.IntN(6000))
		for j := range noise {
			noise[j] = byte(r.IntN(256))
		}
		m.Content = append(m.Content, object.Segment{Inline: noise, Size: int64(len(noise))})
		f.save(f.inbox, m)
	}
	b := &damagedBox{dir: dir, guid: f.store, folders: []mapi.ID{f.inbox}}
	peer := storetest.Logon(t, e, "bert")
	b.peer = peer.Whoami().Store
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	b.file = filepath.Join(dir, "mailboxes", b.guid.String(), "mailbox.db")
	var err error
	if b.good, err = os.ReadFile(b.file); err != nil {
		t.Fatal(err)
	}
	return b
}

// problems checks a mailbox; an error is one, too.
func problems(t *testing.T, e *store.Engine, guid mapi.GUID, repair bool) (out []object.Problem, err error) {
	t.Helper()
	for p, err := range storetest.As(t, e, object.RoleAdmin).Check(t.Context(), object.CheckRequest{Store: guid, Repair: repair, Blobs: true}) {
		if err != nil {
			return out, err
		}
		out = append(out, p)
	}
	return out, nil
}

// readAll reads all that a client can; it is not to panic.
func readAll(ctx context.Context, s object.Session, guid mapi.GUID, folder mapi.ID) (contents int) {
	for it, err := range s.Changes(ctx, object.ChangesRequest{Store: guid, Folder: folder}) {
		if err != nil {
			return contents
		}
		if it.Kind != object.ChangeUpsert {
			continue
		}
		ok := true
		for c, err := range s.Read(ctx, object.ReadRequest{Store: guid, Items: []object.ReadItem{{Message: it.ID, Length: -1}}}) {
			ok = ok && err == nil && c.Code == 0
		}
		for _, err := range s.GetMessages(ctx, object.GetMessagesRequest{Store: guid, IDs: []mapi.ID{it.ID}}) {
			ok = ok && err == nil
		}
		if ok {
			contents++
		}
	}
	return contents
}

// TestDamagedFiles damages a mailbox in many ways: it is found, or harms
// nothing that the file's form shows; after a repair the mailbox is sound and
// has most of its messages; the other mailbox goes on all the while.
func TestDamagedFiles(t *testing.T) {
	b := newDamagedBox(t)
	r := rand.New(rand.NewPCG(7, 8))
	pages := len(b.good) / 4096
	type harm struct {
		name  string
		least int // messages that are there after the repair
		do    func([]byte) []byte
	}
	harms := []harm{
		{"empty file", 0, func([]byte) []byte { return nil }},
		{"no database at all", 0, func([]byte) []byte { return []byte(strings.Repeat("nothing of use ", 1000)) }},
		{"half of the file", 5, func(f []byte) []byte { return f[:pages/2*4096] }},
		{"cut within a page", 40, func(f []byte) []byte { return f[:len(f)-1000] }},
		{"header overwritten", 55, func(f []byte) []byte { copy(f, bytes.Repeat([]byte{0xff}, 100)); return f }},
		{"first page overwritten", 50, func(f []byte) []byte { copy(f, bytes.Repeat([]byte{0xff}, 4096)); return f }},
	}
	for i := range 12 {
		page := 1 + i*(pages-2)/12
		harms = append(harms, harm{fmt.Sprint("page ", page+1, " overwritten"), 30, func(f []byte) []byte {
			copy(f[page*4096:], bytes.Repeat([]byte{0x5a}, 4096))
			return f
		}})
	}
	for i := range 16 {
		harms = append(harms, harm{fmt.Sprint("bytes flipped ", i), 20, func(f []byte) []byte {
			for range 1 + i {
				f[r.IntN(len(f))] ^= byte(1 + r.IntN(255))
			}
			return f
		}})
	}
	for _, h := range harms {
		t.Run(h.name, func(t *testing.T) { b.try(t, h.least, h.do(bytes.Clone(b.good))) })
	}
}

func (b *damagedBox) try(t *testing.T, least int, content []byte) {
	for _, old := range []string{"-wal", "-shm"} {
		os.Remove(b.file + old)
	}
	kept, _ := filepath.Glob(b.file + ".damaged-*")
	for _, name := range kept {
		os.Remove(name)
	}
	if err := os.WriteFile(b.file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := store.Open(t.Context(), b.dir, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatalf("the engine does not start: %v", err)
	}
	defer e.Close()
	admin := storetest.As(t, e, object.RoleAdmin)
	readAll(t.Context(), admin, b.guid, b.folders[0])
	if found, err := problems(t, e, b.peer, false); err != nil || len(found) > 0 {
		t.Errorf("the other mailbox: %v %v", found, err)
	}
	found, err := problems(t, e, b.guid, false)
	if err != nil {
		t.Errorf("check: %v", err)
	}
	if _, err := problems(t, e, b.guid, true); err != nil {
		t.Fatalf("repair: %v", err)
	}
	after, err := problems(t, e, b.guid, false)
	if err != nil {
		t.Fatal(err)
	}
	if left := slices.DeleteFunc(after, func(p object.Problem) bool { return strings.HasPrefix(p.Kind, "blob-missing") }); len(left) > 0 {
		t.Errorf("found %+v, left after repair %+v", found, left)
	}
	n := readAll(t.Context(), admin, b.guid, b.folders[0])
	if n < least {
		t.Errorf("%d messages can be read, at least %d should; found %d problems", n, least, len(found))
	}
}

// TestTruncatedLog cuts a log short, as a disk may: the mailbox is as it was
// some commits ago, and sound, or it is repaired.
func TestTruncatedLog(t *testing.T) {
	dir := t.TempDir()
	e := storetest.OpenDir(t, dir, store.Options{Settle: 1 << 40, Hibernate: 1 << 40})
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	for i := range 20 {
		f.save(f.inbox, f.withBlob(fmt.Sprint(i), strings.Repeat("b", 1000+i)))
	}
	file := filepath.Join(dir, "mailboxes", f.store.String(), "mailbox.db")
	db, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(file + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		cut := log[:len(log)*i/8]
		for name, content := range map[string][]byte{file: db, file + "-wal": cut} {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := problems(t, e, f.store, true); err != nil {
			t.Fatal(err)
		}
		if left, err := problems(t, e, f.store, false); err != nil || len(left) > 0 {
			t.Errorf("%d bytes of %d: %v %v", len(cut), len(log), left, err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLostBlob takes away a blob: its message is listed, reading it tells of
// damage, and with the blob from a backup it is whole again.
func TestLostBlob(t *testing.T) {
	dir := t.TempDir()
	var met []string
	e := storetest.OpenDir(t, dir, store.Options{Damaged: func(what string) { met = append(met, what) }})
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	content := strings.Repeat("content ", 500)
	saved := f.save(f.inbox, f.withBlob("1", content))[0]
	files, _ := filepath.Glob(filepath.Join(dir, "blobs", "??", "*"))
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(files[0])
	e.DropBlobFiles()
	read := func() (err error) {
		for _, err = range f.anna.Read(t.Context(), object.ReadRequest{Items: []object.ReadItem{{Message: saved.ID, Length: -1}}}) {
		}
		return err
	}
	if err := read(); mapi.CodeOf(err) != mapi.CorruptData || len(met) != 1 || met[0] != "content" {
		t.Errorf("read: %v, met %v", err, met)
	}
	if got := findings(t, e, f.store, true); !slices.Equal(got, []string{"blob-missing"}) {
		t.Errorf("repair: %v", got)
	}
	if f.state(f.inbox).Messages != 1 {
		t.Error("the message is gone")
	}
	if err := os.WriteFile(files[0], raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := read(); err != nil {
		t.Error(err)
	}
	f.check()
}
