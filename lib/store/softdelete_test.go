// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

var every = []mapi.UIDRange{{First: 1, Last: 1<<32 - 1}}

func (f *fixture) discard(folder mapi.ID, uids []mapi.UIDRange) {
	f.t.Helper()
	if _, err := f.anna.DeleteMessages(f.t.Context(), object.DeleteMessagesRequest{Folder: folder, UIDs: uids, Soft: true}); err != nil {
		f.t.Fatal(err)
	}
}

// TestPurgeOld: what was deleted long enough ago goes, over a restart too, and
// the mark of the mailbox goes with the last of it.
func TestPurgeOld(t *testing.T) {
	dir := t.TempDir()
	opt := store.Options{SoftDelete: time.Hour}
	e := storetest.OpenDir(t, dir, opt)
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	mark := filepath.Join(dir, "deleted", f.store.String())
	if _, err := os.Stat(mark); err == nil {
		t.Error("the mailbox is marked before anything is deleted")
	}
	var list []object.NewMessage
	for range 450 { // more than a batch
		list = append(list, text("x"))
	}
	f.save(f.inbox, list...)
	f.discard(f.inbox, every)
	if _, err := os.Stat(mark); err != nil {
		t.Error(err)
	}
	now := time.Now()
	e.PurgeOld(t.Context(), now.Add(30*time.Minute))
	if st := f.state(f.inbox); st.Recoverable != 450 {
		t.Errorf("after half the time %d are left", st.Recoverable)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain, SoftDelete: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	f = newFixture(t, e)
	e.PurgeOld(t.Context(), now.Add(2*time.Hour))
	if st := f.state(f.inbox); st.Recoverable != 0 {
		t.Errorf("after the time %d are left", st.Recoverable)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("the mailbox is still marked")
	}
	f.check()
}

// TestSoftDeleteOff: without a life time, soft means for good.
func TestSoftDeleteOff(t *testing.T) {
	e := storetest.OpenDir(t, t.TempDir(), store.Options{SoftDelete: -1})
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	f.save(f.inbox, text("x"))
	f.discard(f.inbox, every)
	if st := f.state(f.inbox); st.Recoverable != 0 || st.Messages != 0 {
		t.Errorf("state %+v", st)
	}
	f.check()
}

// TestBuriedOverRestart: soft-deleted folders stay out of sight.
func TestBuriedOverRestart(t *testing.T) {
	dir := t.TempDir()
	e := storetest.OpenDir(t, dir, store.Options{})
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	r, err := f.anna.CreateFolders(t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: f.st.SpecialFolder(object.KindRoot), Name: "a"}, {Under: 1, Name: "b"}}})
	if err != nil {
		t.Fatal(err)
	}
	top, below := r.Created[0].ID, r.Created[1].ID
	f.save(below, text("x"))
	if _, err := f.anna.DeleteFolder(t.Context(), object.DeleteFolderRequest{Folder: top, Messages: true, Subfolders: true, Soft: true}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e, err = store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	f = newFixture(t, e)
	f.check()
	if st, err := f.anna.FolderStates(t.Context(), object.FolderStatesRequest{Folders: []mapi.ID{top, below}}); err != nil || len(st.Folders) != 0 {
		t.Errorf("states %+v, %v", st, err)
	}
	if _, err := f.anna.RestoreFolder(t.Context(), object.RestoreFolderRequest{Folder: top}); err != nil {
		t.Fatal(err)
	}
	if st := f.state(below); st.Messages != 1 {
		t.Errorf("state %+v", st)
	}
	f.check()
}

// BenchmarkDelete compares what it costs to delete a message for good and so
// that it can be restored.
func BenchmarkDelete(b *testing.B) {
	for _, bb := range []struct {
		name string
		soft bool
		n    int
	}{{"hard one", false, 1}, {"soft one", true, 1}, {"hard 100", false, 100}, {"soft 100", true, 100}} {
		b.Run(bb.name, func(b *testing.B) {
			f := open(b)
			for b.Loop() {
				b.StopTimer()
				var list []object.NewMessage
				for range bb.n {
					list = append(list, text("x"))
				}
				saved := f.save(f.inbox, list...)
				b.StartTimer()
				uids := []mapi.UIDRange{{First: saved[0].UID, Last: saved[bb.n-1].UID}}
				if _, err := f.anna.DeleteMessages(b.Context(), object.DeleteMessagesRequest{Folder: f.inbox, UIDs: uids, Soft: bb.soft}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
