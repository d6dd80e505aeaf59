// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"errors"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// folder makes a folder.
func (f *fixture) folder(parent mapi.ID, name string) mapi.ID {
	f.t.Helper()
	r, err := f.anna.CreateFolders(f.t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: parent, Name: name}}})
	if err != nil {
		f.t.Fatal(err)
	}
	return r.Created[0].ID
}

// share gives another user all rights in a folder.
func (f *fixture) share(folder mapi.ID, with *fixture) {
	f.t.Helper()
	_, err := f.anna.ModifyPermissions(f.t.Context(), object.ModifyPermissionsRequest{Folder: folder,
		Set: []object.Permission{{Member: with.anna.Whoami().ID, Rights: mapi.RightsAll}}})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) bury(folder mapi.ID) {
	f.t.Helper()
	_, err := f.anna.DeleteFolder(f.t.Context(), object.DeleteFolderRequest{Folder: folder, Messages: true, Subfolders: true, Soft: true})
	if err != nil {
		f.t.Fatal(err)
	}
}

// Who follows the tree is told of each folder that is soft-deleted: also of one
// that is known to be elsewhere, and when that is all that happened.
func TestFolderChangesOfBuried(t *testing.T) {
	f := open(t)
	root := f.st.SpecialFolder(object.KindRoot)
	f.bury(f.folder(root, "first")) // which makes the folder for such
	top, moved := f.folder(root, "top"), f.folder(root, "moved")
	since := collect(t, f.anna.FolderChanges(t.Context(), object.FolderChangesRequest{}))[0].Change
	if _, err := f.anna.MoveFolder(t.Context(), object.MoveFolderRequest{Folder: moved, Parent: top}); err != nil {
		t.Fatal(err)
	}
	want := func(name string, gone ...mapi.ID) {
		t.Helper()
		list := collect(t, f.anna.FolderChanges(t.Context(), object.FolderChangesRequest{Since: since}))
		since = list[0].Change
		told := map[mapi.ID]object.ChangeKind{}
		for _, c := range list[1:] {
			told[c.ID] = c.Kind
		}
		for _, id := range gone {
			if told[id] != object.ChangeGone {
				t.Errorf("%s: of folder %s it is told %d", name, id, told[id])
			}
		}
		if len(told) != len(gone) {
			t.Errorf("%s: told of %v", name, told)
		}
	}
	f.bury(top)
	want("with one that was moved there", top, moved)
	alone := f.folder(root, "alone")
	since = collect(t, f.anna.FolderChanges(t.Context(), object.FolderChangesRequest{Since: since}))[0].Change
	f.bury(alone)
	want("alone", alone)
	if _, err := f.anna.RestoreFolder(t.Context(), object.RestoreFolderRequest{Folder: top}); err != nil {
		t.Fatal(err)
	}
	f.bury(top)
	want("restored and deleted again", top, moved)
}

// Expect counts the messages of a search folder wherever they are.
func TestTransferFoundExpect(t *testing.T) {
	f := open(t)
	root := f.st.SpecialFolder(object.KindRoot)
	f.save(f.inbox, text("a"), text("b"))
	f.save(f.folder(root, "other"), text("c"))
	to, id := f.folder(root, "to"), f.search(0, "all")
	f.find(id, object.SearchCriteria{Scope: []mapi.ID{root}, Subfolders: true})
	f.filled(id)
	bert := newFixtureOf(t, f.e, "bert")
	bert.share(bert.inbox, f)
	for _, row := range []struct {
		name   string
		store  mapi.GUID
		folder mapi.ID
	}{
		{"in the store", mapi.GUID{}, to},
		{"to another", bert.store, bert.inbox},
	} {
		for _, expect := range []int{4, 3} {
			r, err := f.anna.Transfer(t.Context(), object.TransferRequest{Store: f.store, Folder: id, ToStore: row.store, ToFolder: row.folder,
				UIDs: []mapi.UIDRange{{First: 1, Last: 3}}, Expect: expect})
			if expect == 3 && (err != nil || len(r.Pairs) != 3) || expect == 4 && !errors.Is(err, mapi.ObjectDeleted) {
				t.Errorf("%s: expecting %d: %d pairs, %v", row.name, expect, len(r.Pairs), err)
			}
		}
	}
	if n := f.state(to).Messages; n != 3 {
		t.Errorf("%d messages were copied", n)
	}
}

// Rights outlive that a folder is soft-deleted and the store closed, and go with
// its purge.
func TestBuriedRights(t *testing.T) {
	dir := t.TempDir()
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	storetest.AddUser(t, e, "anna")
	storetest.AddUser(t, e, "bert")
	f := newFixture(t, e)
	id := f.folder(f.st.SpecialFolder(object.KindRoot), "shared")
	f.share(id, newFixtureOf(t, e, "bert"))
	f.bury(id)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	f = newFixture(t, storetest.OpenDir(t, dir, store.Options{}))
	if _, err := f.anna.RestoreFolder(t.Context(), object.RestoreFolderRequest{Folder: id}); err != nil {
		t.Fatal(err)
	}
	r, err := storetest.Logon(t, f.e, "bert").GetRights(t.Context(), object.GetRightsRequest{Store: f.store, Folders: []mapi.ID{id}})
	if err != nil || len(r.Folders) != 1 || r.Folders[0].Rights != mapi.RightsAll {
		t.Errorf("rights %+v, %v", r, err)
	}
	f.bury(id)
	if _, err := f.anna.PurgeDeleted(t.Context(), object.PurgeDeletedRequest{}); err != nil {
		t.Fatal(err)
	}
	f.check()
}

// A folder moves to another store though there is a search folder below, which
// stays behind and goes.
func TestMoveAcrossWithSearch(t *testing.T) {
	f := open(t)
	bert := newFixtureOf(t, f.e, "bert")
	id := f.folder(f.st.SpecialFolder(object.KindRoot), "moves")
	f.save(id, text("a"))
	search := f.search(id, "below")
	f.find(search, object.SearchCriteria{Scope: []mapi.ID{id}})
	f.filled(search)
	to := bert.folder(bert.st.SpecialFolder(object.KindRoot), "here")
	bert.share(to, f)
	req := object.CopyFolderRequest{Folder: id, ToStore: bert.store, ToParent: to, Move: true}
	collect(t, f.anna.CopyFolder(t.Context(), req))
	r, err := f.anna.FolderStates(t.Context(), object.FolderStatesRequest{Folders: []mapi.ID{id, search}})
	if err != nil || len(r.Folders) != 0 {
		t.Errorf("still there: %+v, %v", r, err)
	}
	f.check()
	bert.check()
}

// newFixtureOf is newFixture for another user.
func newFixtureOf(t testing.TB, e *store.Engine, user string) *fixture {
	t.Helper()
	f := &fixture{t: t, e: e, anna: storetest.Logon(t, e, user)}
	f.store = f.anna.Whoami().Store
	var err error
	if f.st, err = f.anna.GetStore(t.Context(), object.GetStoreRequest{}); err != nil {
		t.Fatal(err)
	}
	f.inbox = f.st.SpecialFolder(object.KindInbox)
	return f
}
