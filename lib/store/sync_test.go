// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/sqlite"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// copied is what a client has of a message.
type copied struct {
	id       mapi.ID
	flags    object.Flags
	modified mapi.Change
}

// follower is a client that keeps a copy of a mailbox from changes alone.
type follower struct {
	f      *fixture
	where  mapi.Restriction
	tree   map[mapi.ID]object.FolderChange
	at     mapi.Change
	items  map[mapi.ID]map[mapi.UID]copied
	states map[mapi.ID]mapi.Change
}

func follow(f *fixture, where mapi.Restriction) *follower {
	return &follower{f: f, where: where, tree: map[mapi.ID]object.FolderChange{},
		items: map[mapi.ID]map[mapi.UID]copied{}, states: map[mapi.ID]mapi.Change{}}
}

// pull takes what has changed in the tree and in all folders.
func (c *follower) pull() {
	t := c.f.t
	t.Helper()
	for _, it := range collect(t, c.f.anna.FolderChanges(t.Context(), object.FolderChangesRequest{Since: c.at})) {
		switch it.Kind {
		case object.ChangeState:
			c.at = it.Change
		case object.ChangeUpsert:
			if _, known := c.tree[it.Parent]; !known && it.Parent != 1 {
				t.Errorf("%+v comes before its parent", it)
			}
			c.tree[it.ID] = it
		case object.ChangeGone:
			delete(c.tree, it.ID)
			delete(c.items, it.ID)
			delete(c.states, it.ID)
		}
	}
	for id := range c.tree {
		c.pullFolder(id)
	}
}

func (c *follower) pullFolder(id mapi.ID) {
	t, since := c.f.t, c.states[id]
	t.Helper()
	if c.items[id] == nil {
		c.items[id] = map[mapi.UID]copied{}
	}
	list := c.items[id]
	last := mapi.UID(0)
	for _, it := range collect(t, c.f.anna.Changes(t.Context(), object.ChangesRequest{Folder: id, Since: since, Where: c.where})) {
		if it.Kind != object.ChangeState && it.UID < last {
			last = 0 // those that are gone begin
		}
		if it.UID < last {
			t.Errorf("UID %d after %d", it.UID, last)
		}
		last = it.UID
		switch it.Kind {
		case object.ChangeState:
			c.states[id] = it.Change
		case object.ChangeUpsert:
			if old, known := list[it.UID]; known && it.Modified <= since && it.Modified != old.modified {
				t.Errorf("message %d says that its content is of %d, it was of %d", it.UID, it.Modified, old.modified)
			}
			list[it.UID] = copied{it.ID, it.Flags, it.Modified}
		case object.ChangeGone:
			delete(list, it.UID)
		}
	}
}

// actor does what users do, at random.
type actor struct {
	f       *fixture
	r       *rand.Rand
	folders []mapi.ID
}

func (a *actor) folder() mapi.ID { return a.folders[a.r.IntN(len(a.folders))] }

func (a *actor) uids() []mapi.UIDRange {
	first := mapi.UID(a.r.IntN(20) + 1)
	return []mapi.UIDRange{{First: first, Last: first + mapi.UID(a.r.IntN(3))}}
}

// message is some message of a folder, 0 where there is none.
func (a *actor) message(folder mapi.ID) mapi.ID {
	list := collect(a.f.t, a.f.anna.Changes(a.f.t.Context(), object.ChangesRequest{Folder: folder}))[1:]
	if len(list) == 0 {
		return 0
	}
	return list[a.r.IntN(len(list))].ID
}

func (a *actor) act(n int) {
	t, s := a.f.t, a.f.anna
	t.Helper()
	ctx, at := t.Context(), a.folder()
	var err error
	switch a.r.IntN(9) {
	case 0, 1:
		a.f.save(at, text(fmt.Sprint(n)))
	case 2:
		_, err = s.SetFlags(ctx, object.SetFlagsRequest{Folder: at, UIDs: a.uids(), Mode: object.FlagsAdd + object.FlagMode(a.r.IntN(2)), Flags: object.FlagSeen})
	case 3:
		_, err = s.DeleteMessages(ctx, object.DeleteMessagesRequest{Folder: at, UIDs: a.uids()})
	case 4:
		_, err = s.Transfer(ctx, object.TransferRequest{Folder: at, UIDs: a.uids(), ToFolder: a.folder(), Move: a.r.IntN(2) == 0})
	case 5:
		if id := a.message(at); id != 0 {
			_, err = s.SetProps(ctx, object.SetPropsRequest{IDs: []mapi.ID{id}, Set: mapi.Props{{Tag: tag.Subject, Value: mapi.String(fmt.Sprint(n))}}})
		}
	case 6:
		if id := a.message(at); id != 0 {
			m := text(fmt.Sprint(n))
			m.ID = id
			a.f.save(at, m)
		}
	case 7:
		made, err := s.CreateFolders(ctx, object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: at, Name: fmt.Sprint(n)}}})
		if err != nil {
			t.Fatal(err)
		}
		a.folders = append(a.folders, made.Created[0].ID)
	case 8:
		if len(a.folders) > 3 { // the last one has no subfolders that are kept
			last := len(a.folders) - 1
			_, err = s.DeleteFolder(ctx, object.DeleteFolderRequest{Folder: a.folders[last], Messages: true, Subfolders: true})
			a.folders = a.folders[:last]
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever follows the changes, now and then, has what is there.
func TestFollowersHaveWhatIsThere(t *testing.T) {
	f := open(t)
	a := &actor{f: f, r: rand.New(rand.NewPCG(3, 4)), folders: []mapi.ID{f.inbox, f.st.SpecialFolder(object.KindDrafts)}}
	unread := mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}
	often, seldom, some := follow(f, nil), follow(f, nil), follow(f, unread)
	for n := range 600 {
		a.act(n)
		if n%7 == 0 {
			often.pull()
			some.pull()
		}
		if n%100 != 0 {
			continue
		}
		for name, c := range map[string]*follower{"often": often, "seldom": seldom, "restricted": some} {
			c.pull()
			c.is(name)
		}
	}
	f.check()
}

// is wants the copy to be as one that is made from the start.
func (c *follower) is(name string) {
	t := c.f.t
	t.Helper()
	want := follow(c.f, c.where)
	want.pull()
	if !maps.Equal(c.tree, want.tree) {
		t.Errorf("%s: the tree is %v, want %v", name, c.tree, want.tree)
	}
	for id, list := range want.items {
		if !maps.Equal(c.items[id], list) {
			t.Errorf("%s: folder %s is %v, want %v", name, id, c.items[id], list)
		}
	}
}

// A tombstone of a folder from the first schema is found.
func TestFrozenTombstone(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(frozenFirst)); err != nil {
		t.Fatal(err)
	}
	list, err := filepath.Glob(filepath.Join(dir, "mailboxes", "*", "mailbox.db"))
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	c, err := sqlite.Open(list[0], sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Update(func() error {
		if err := c.Exec("INSERT INTO tombstone (folder, change, uid, id, kind) SELECT 2, change + 1, 0, 99, 1 FROM folder WHERE id = 1"); err != nil {
			return err
		}
		return c.Exec("UPDATE folder SET change = change + 1 WHERE id = 1")
	})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, storetest.OpenDir(t, dir, store.Options{}))
	rows := collect(t, f.anna.FolderChanges(t.Context(), object.FolderChangesRequest{Since: 1}))
	if len(rows) != 2 || rows[1].Kind != object.ChangeGone || rows[1].ID != 99 || rows[1].Parent != 2 {
		t.Errorf("changes %+v", rows)
	}
}
