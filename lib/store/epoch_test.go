// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// journal is a mailbox whose days are made up.
type journal struct {
	t     *testing.T
	e     *Engine
	s     object.Session
	m     *mailbox
	inbox mapi.ID
	root  mapi.ID
}

func openJournal(t *testing.T) *journal {
	t.Helper()
	j := &journal{t: t}
	var err error
	j.e, err = Open(t.Context(), t.TempDir(), Options{DefaultDomain: "example.test"})
	j.ok(err)
	t.Cleanup(func() { _ = j.e.Close() })
	admin := newSession(j.e, object.Principal{Role: object.RoleAdmin}, &object.LogonRequest{}, "test", 0)
	u, err := admin.CreateUser(t.Context(), object.CreateUserRequest{User: directory.User{Name: "anna"}})
	j.ok(err)
	j.s = newSession(j.e, object.Principal{Role: object.RoleUser, User: u.Name, ID: u.ID, Store: u.Store}, &object.LogonRequest{}, "test", 0)
	j.m, err = j.e.acquire(u.Store)
	j.ok(err)
	t.Cleanup(func() { j.e.leave(j.m) })
	j.inbox, j.root = j.m.specialID(object.KindInbox), j.m.specialID(object.KindRoot)
	return j
}

func (j *journal) ok(err error) {
	j.t.Helper()
	if err != nil {
		j.t.Fatal(err)
	}
}

// day begins a day: what comes has a later change than all before.
func (j *journal) day(n int64) mapi.Change {
	j.t.Helper()
	before := j.m.folder(rootID).change
	j.ok(j.m.update(j.t.Context(), func(t *tx) error {
		return t.c.Exec("INSERT INTO epoch (day, change) VALUES (?, ?)", n, uint64(before))
	}))
	return before
}

// die saves messages and deletes them.
func (j *journal) die(n int) {
	j.t.Helper()
	list := make([]object.NewMessage, n)
	_, err := j.s.SaveMessages(j.t.Context(), object.SaveMessagesRequest{Folder: j.inbox, Messages: list})
	j.ok(err)
	_, err = j.s.DeleteMessages(j.t.Context(), object.DeleteMessagesRequest{Folder: j.inbox, UIDs: allUIDs})
	j.ok(err)
}

func (j *journal) dieFolder() {
	j.t.Helper()
	made, err := j.s.CreateFolders(j.t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: j.root, Name: "x"}}})
	j.ok(err)
	_, err = j.s.DeleteFolder(j.t.Context(), object.DeleteFolderRequest{Folder: made.Created[0].ID})
	j.ok(err)
}

func (j *journal) count(sql string) (n int64) {
	j.t.Helper()
	j.ok(j.m.view(j.t.Context(), func(c *sqlite.Conn) (err error) {
		n, err = c.Int(sql)
		return err
	}))
	return n
}

func (j *journal) changes(since mapi.Change) error {
	for _, err := range j.s.Changes(j.t.Context(), object.ChangesRequest{Folder: j.inbox, Since: since}) {
		if err != nil {
			return err
		}
	}
	return nil
}

func (j *journal) folderChanges(since mapi.Change) error {
	for _, err := range j.s.FolderChanges(j.t.Context(), object.FolderChangesRequest{Since: since}) {
		if err != nil {
			return err
		}
	}
	return nil
}

func (j *journal) prune(day int64) {
	j.t.Helper()
	j.ok(j.m.pruneBefore(j.t.Context(), time.Unix(day*daySeconds, 0)))
}

const tombstones = "SELECT count(*) FROM tombstone"

func TestPrune(t *testing.T) {
	j := openJournal(t)
	j.day(10)
	j.die(2*pruneBatch + 10)
	j.dieFolder()
	second := j.day(20)
	j.die(5)
	j.dieFolder()
	third := j.day(30)
	for _, row := range []struct {
		name   string
		day    int64
		left   int64
		epochs int64 // the three and today's, whose change is from before them
	}{
		{"before everything", 9, 2*pruneBatch + 17, 4},
		{"on the first day", 10, 2*pruneBatch + 17, 4},
		{"before the second", 19, 2*pruneBatch + 17, 4},
		{"on the second day", 20, 6, 2},
		{"again", 20, 6, 2},
		{"before the third", 29, 6, 2},
		{"on the third day", 31, 0, 1},
	} {
		j.prune(row.day)
		if n := j.count(tombstones); n != row.left {
			t.Errorf("%s: %d tombstones, want %d", row.name, n, row.left)
		}
		if n := j.count("SELECT count(*) FROM epoch"); n != row.epochs {
			t.Errorf("%s: %d epochs, want %d", row.name, n, row.epochs)
		}
		if row.day == 20 {
			if err := errors.Join(j.changes(second), j.folderChanges(second)); err != nil {
				t.Errorf("%s: changes since what was pruned: %v", row.name, err)
			}
		}
	}
	for since, want := range map[mapi.Change]error{0: nil, 2: mapi.SyncTooOld, second: mapi.SyncTooOld, third: nil} {
		if err := j.changes(since); !errors.Is(err, want) {
			t.Errorf("changes since %d: %v, want %v", since, err, want)
		}
		if err := j.folderChanges(since); !errors.Is(err, want) {
			t.Errorf("folder changes since %d: %v, want %v", since, err, want)
		}
	}
}

// Each day has one entry, and what is forgotten for ever is nothing.
func TestEpochs(t *testing.T) {
	j := openJournal(t)
	j.die(1)
	j.die(1)
	if n := j.count("SELECT count(*) FROM epoch"); n != 1 {
		t.Errorf("%d epochs in one day", n)
	}
	j.day(1)
	j.e.opt.TombstoneAge = -1
	j.prune(1000)
	if n := j.count(tombstones); n != 2 {
		t.Errorf("%d tombstones are left of 2 that are kept for ever", n)
	}
}

// The engine looks after a mailbox by itself, and the tree's last change is
// known again when it is opened.
func TestPruneByItself(t *testing.T) {
	j := openJournal(t)
	j.die(3)
	j.dieFolder()
	tree := j.m.folder(rootID).own
	j.day(1)
	j.e.prune(context.Background(), j.m.guid, time.Now())
	if n := j.count(tombstones); n != 0 {
		t.Errorf("%d tombstones are left", n)
	}
	j.dieFolder()
	if now := j.m.folder(rootID).own; now <= tree {
		t.Errorf("the tree's last change is %d after %d", now, tree)
	}
	fresh := mailbox{e: j.e, guid: j.m.guid}
	j.ok(j.m.view(t.Context(), func(c *sqlite.Conn) error { return fresh.load(c) }))
	if got, want := fresh.folders[rootID].own, j.m.folder(rootID).own; got != want {
		t.Errorf("read anew the tree's last change is %d, want %d", got, want)
	}
}

// A compaction forgets old deletions first.
func TestCompactPrunes(t *testing.T) {
	j := openJournal(t)
	j.die(20)
	j.day(1)
	admin := newSession(j.e, object.Principal{Role: object.RoleAdmin}, &object.LogonRequest{}, "test", 0)
	_, err := admin.Compact(t.Context(), object.CompactRequest{Store: j.m.guid})
	j.ok(err)
	if n := j.count(tombstones); n != 0 {
		t.Errorf("%d tombstones are left", n)
	}
}

// Who knew a folder before it was soft-deleted, and asks after it was restored,
// is told where deletions in it were forgotten meanwhile.
func TestPruneBuried(t *testing.T) {
	j := openJournal(t)
	made, err := j.s.CreateFolders(t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: j.root, Name: "x"}}})
	j.ok(err)
	j.inbox = made.Created[0].ID
	since := j.m.folder(rootID).change
	j.die(3)
	_, err = j.s.DeleteFolder(t.Context(), object.DeleteFolderRequest{Folder: j.inbox, Soft: true})
	j.ok(err)
	j.day(10)
	j.prune(11)
	if n := j.count(tombstones); n != 0 {
		t.Errorf("%d tombstones are left", n)
	}
	_, err = j.s.RestoreFolder(t.Context(), object.RestoreFolderRequest{Folder: j.inbox})
	j.ok(err)
	if err := j.changes(since); !errors.Is(err, mapi.SyncTooOld) {
		t.Errorf("changes since what was forgotten: %v", err)
	}
}
