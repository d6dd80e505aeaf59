// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func folderCases() []testCase {
	return []testCase{
		{"folders are made in one go", folderCreate},
		{"names are unique without regard to case", folderNames},
		{"folders are renamed and moved", folderMove},
		{"a folder does not go below itself", folderCycle},
		{"folders are deleted", folderDelete},
		{"standard folders stay", folderSpecial},
		{"folder properties are kept", folderProps},
		{"states are counters", folderStates},
		{"annotations count as a change to the messages", raisedFolders},
	}
}

// create makes folders and gives the error back.
func (m *mailbox) create(open bool, list ...object.NewFolder) ([]object.CreatedFolder, error) {
	resp, err := m.s.CreateFolders(m.Context(), object.CreateFoldersRequest{Store: m.guid, Folders: list, OpenExisting: open})
	return resp.Created, err
}

// row is a folder's row in the hierarchy; false where it has none.
func (m *mailbox) row(id mapi.ID) (folderRow, bool) {
	m.Helper()
	for _, r := range m.hierarchy(0) {
		if r.id == id {
			return r, true
		}
	}
	return folderRow{}, false
}

func folderCreate(k *kit) {
	m := k.mailbox()
	root := m.store.SpecialFolder(object.KindRoot)
	made, err := m.create(false,
		object.NewFolder{Parent: root, Name: "a", Class: "IPF.Appointment"},
		object.NewFolder{Under: 1, Name: "b"},
		object.NewFolder{Under: 2, Name: "c/d"},
		object.NewFolder{Parent: m.inbox, Name: "日本語"})
	k.ok(err)
	wants := []folderRow{{made[0].ID, root, "a", 0}, {made[1].ID, made[0].ID, "b", 0}, {made[2].ID, made[1].ID, "c/d", 0}, {made[3].ID, m.inbox, "日本語", 0}}
	for _, want := range wants {
		got, _ := m.row(want.id)
		equal(k, "the folder", got, want)
	}
	equal(k, "the number of folders below a", len(m.hierarchy(made[0].ID)), 2)
	rows := bags(k, m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableHierarchy, IDs: []mapi.ID{made[1].ID, m.inbox},
		Columns: []mapi.PropTag{tag.FolderId, tag.ContainerClass, tag.Subfolders}}))
	equal(k, "the number of rows by id", len(rows), 2)
	for _, b := range rows {
		if mapi.ID(b.Int(tag.FolderId)) == made[1].ID && b.Text(tag.ContainerClass) != "IPF.Appointment" {
			k.Errorf("class of b is %q: not its parent's", b.Text(tag.ContainerClass))
		}
	}
	again, err := m.create(true, object.NewFolder{Parent: root, Name: "A"}, object.NewFolder{Under: 1, Name: "new"})
	k.ok(err)
	equal(k, "the folder that was there", again[0], object.CreatedFolder{ID: made[0].ID, Existed: true})
	equal(k, "the new one existed", again[1].Existed, false)
}

func folderNames(k *kit) {
	m := k.mailbox()
	root := m.store.SpecialFolder(object.KindRoot)
	m.folder(root, "Straße")
	before := len(m.hierarchy(0))
	for _, name := range []string{"Straße", "STRAßE", "straße"} {
		_, err := m.create(false, object.NewFolder{Parent: root, Name: "first of two " + name}, object.NewFolder{Parent: root, Name: name})
		k.fails(err, mapi.AlreadyExists)
	}
	for _, name := range []string{"", strings.Repeat("x", 256), "bad\xff"} {
		_, err := m.create(false, object.NewFolder{Parent: root, Name: name})
		k.fails(err, mapi.InvalidParameter, mapi.StringTooLong)
	}
	_, err := m.create(false, object.NewFolder{Parent: 1 << 40, Name: "x"})
	k.fails(err, mapi.NotFound)
	_, err = m.create(false, object.NewFolder{Under: 1, Name: "x"})
	k.fails(err, mapi.InvalidParameter)
	equal(k, "the number of folders", len(m.hierarchy(0)), before)
	_, err = m.create(false, object.NewFolder{Parent: root, Name: strings.Repeat("ü", 255)})
	k.ok(err)
}

// move renames and moves.
func (m *mailbox) move(folder, parent mapi.ID, name string) error {
	_, err := m.s.MoveFolder(m.Context(), object.MoveFolderRequest{Store: m.guid, Folder: folder, Parent: parent, Name: name})
	return err
}

func folderMove(k *kit) {
	m := k.mailbox()
	root := m.store.SpecialFolder(object.KindRoot)
	a, b := m.folder(0, "a"), m.folder(0, "b")
	saved := m.fill(a, 2)
	before := m.state(a)
	k.ok(m.move(a, 0, "renamed"))
	k.ok(m.move(a, b, ""))
	got, _ := m.row(a)
	equal(k, "the folder", got, folderRow{a, b, "renamed", 0})
	k.ok(m.move(a, root, "B2"))
	k.ok(m.move(a, 0, "b2"))
	got, _ = m.row(a)
	equal(k, "the folder", got, folderRow{a, root, "b2", 0})
	equal(k, "its validity", m.state(a).UIDValidity, before.UIDValidity)
	equal(k, "its messages", m.state(a).Messages, 2)
	equal(k, "the content", string(m.content(saved[0].ID)), "Subject: message 1\r\n\r\nbody of message 1\r\n")
	k.fails(m.move(a, 0, "B"), mapi.AlreadyExists)
	k.fails(m.move(1<<40, 0, "x"), mapi.NotFound)
	k.fails(m.move(a, 1<<40, ""), mapi.NotFound)
}

func folderCycle(k *kit) {
	m := k.mailbox()
	a := m.folder(0, "a")
	b := m.folder(a, "b")
	c := m.folder(b, "c")
	k.fails(m.move(a, a, ""), mapi.FolderCycle)
	k.fails(m.move(a, c, ""), mapi.FolderCycle)
	k.ok(m.move(c, a, ""))
	k.ok(m.move(b, c, ""))
	got, _ := m.row(b)
	equal(k, "the parent", got.parent, c)
}

func folderDelete(k *kit) {
	m := k.mailbox()
	a := m.folder(0, "a")
	b := m.folder(a, "b")
	m.fill(b, 2)
	remove := func(id mapi.ID, messages, subfolders bool) error {
		_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: id, Messages: messages, Subfolders: subfolders})
		return err
	}
	k.fails(remove(a, true, false), mapi.HasFolders)
	k.fails(remove(b, false, true), mapi.HasMessages)
	k.fails(remove(a, false, true), mapi.HasMessages)
	k.ok(remove(a, true, true))
	k.fails(remove(a, true, true), mapi.NotFound)
	for _, id := range []mapi.ID{a, b} {
		if _, there := m.row(id); there {
			k.Errorf("folder %s is still listed", id)
		}
	}
	resp, err := m.s.FolderStates(k.Context(), object.FolderStatesRequest{Store: m.guid, Folders: []mapi.ID{a, m.inbox, b}})
	k.ok(err)
	equal(k, "the number of states", len(resp.Folders), 1)
	_, err = m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: b, Messages: []object.NewMessage{plain("x")}})
	k.fails(err, mapi.NotFound)
	st, err := m.s.GetStore(k.Context(), object.GetStoreRequest{})
	k.ok(err)
	equal(k, "the number of messages", st.Messages, 0)
	equal(k, "a new folder has an id of its own", m.folder(0, "a") != a, true)
}

func folderSpecial(k *kit) {
	m := k.mailbox()
	for _, kind := range []object.FolderKind{object.KindRoot, object.KindInbox, object.KindOutbox, object.KindDeletedItems} {
		id := m.store.SpecialFolder(kind)
		_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: id, Messages: true, Subfolders: true})
		k.fails(err, mapi.NoAccess)
	}
	k.fails(m.move(m.inbox, m.folder(0, "x"), ""), mapi.NoAccess)
	k.fails(m.move(m.store.SpecialFolder(object.KindRoot), 0, "y"), mapi.NoAccess)
}

func folderProps(k *kit) {
	m := k.mailbox()
	id := m.folder(0, "a")
	columns := []mapi.PropTag{tag.Comment, tag.TwigaSubscribed, tag.DisplayName}
	read := func() (comment string, subscribed bool) {
		b := bags(k, m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableHierarchy, IDs: []mapi.ID{id}, Columns: columns}))[0]
		v, ok := b.Get(tag.TwigaSubscribed)
		return b.Text(tag.Comment), !ok || v.Bool()
	}
	set := func(props mapi.Props, gone ...mapi.PropTag) {
		_, err := m.s.SetFolderProps(k.Context(), object.SetFolderPropsRequest{Store: m.guid, Folder: id, Set: props, Delete: gone})
		k.ok(err)
	}
	var props mapi.Props
	props.Set(tag.Comment, mapi.String("über alles"))
	props.Set(tag.TwigaSubscribed, mapi.Bool(false))
	set(props)
	comment, subscribed := read()
	equal(k, "the comment", comment, "über alles")
	equal(k, "subscribed", subscribed, false)
	set(mapi.Props{{Tag: tag.TwigaSubscribed, Value: mapi.Bool(true)}}, tag.Comment)
	comment, subscribed = read()
	equal(k, "the comment", comment, "")
	equal(k, "subscribed", subscribed, true)
	_, err := m.s.SetFolderProps(k.Context(), object.SetFolderPropsRequest{Store: m.guid, Folder: 1 << 40, Set: props})
	k.fails(err, mapi.NotFound)
}

// raisedFolders: what clients see of a folder besides its messages counts as a
// change to these, once they are told.
func raisedFolders(k *kit) {
	m := k.mailbox()
	id := m.folder(0, "a")
	m.fill(id, 2)
	notes := mapi.Props{{Tag: tag.TwigaAnnotations, Value: mapi.Binaries([]byte("/shared/comment\x00x"))}}
	for _, tt := range []struct {
		name   string
		call   func() error
		raises bool
	}{
		{"annotations set", func() error {
			_, err := m.s.SetFolderProps(k.Context(), object.SetFolderPropsRequest{Store: m.guid, Folder: id, Set: notes})
			return err
		}, true},
		{"annotations deleted", func() error {
			_, err := m.s.SetFolderProps(k.Context(), object.SetFolderPropsRequest{Store: m.guid, Folder: id, Delete: []mapi.PropTag{tag.TwigaAnnotations}})
			return err
		}, true},
		{"another property", func() error {
			_, err := m.s.SetFolderProps(k.Context(), object.SetFolderPropsRequest{Store: m.guid, Folder: id, Set: mapi.Props{{Tag: tag.Comment, Value: mapi.String("x")}}})
			return err
		}, false},
		{"asked for", func() error {
			_, err := m.s.RaiseFolder(k.Context(), object.RaiseFolderRequest{Store: m.guid, Folder: id})
			return err
		}, true},
	} {
		before := m.state(id)
		w := k.watchFor(m.s, object.WatchRequest{Events: object.EventsCoarse})
		k.ok(tt.call())
		after := m.state(id)
		equal(k, tt.name+": raised", after.Change > before.Change, tt.raises)
		if tt.raises {
			equal(k, tt.name+": the event", w.until(object.EventContents), object.Event{Kind: object.EventContents, Store: m.guid, Folder: id, Change: after.Change})
		}
		_, items := m.changes(id, before.Change)
		equal(k, tt.name+": messages changed", len(items), 0)
		later := m.fill(id, 1)[0]
		if later.Change <= after.Change {
			k.Errorf("%s: a message that came later has change %d, the folder had %d", tt.name, later.Change, after.Change)
		}
	}
	_, err := m.s.RaiseFolder(k.Context(), object.RaiseFolderRequest{Store: m.guid, Folder: 1 << 40})
	k.fails(err, mapi.NotFound)
	_, err = m.s.RaiseFolder(k.Context(), object.RaiseFolderRequest{Store: m.guid, Folder: m.store.Root})
	k.fails(err, mapi.NotFound)
}

func folderStates(k *kit) {
	m := k.mailbox()
	id := m.folder(0, "a")
	empty := m.state(id)
	equal(k, "the messages", empty.Messages, 0)
	equal(k, "the next UID", empty.UIDNext, 1)
	if empty.UIDValidity == 0 || empty.Change == 0 {
		k.Errorf("state of an empty folder: %+v", empty)
	}
	seen, gone := plain("seen"), plain("gone")
	seen.Flags, gone.Flags = object.FlagSeen, object.FlagDeleted
	m.save(id, seen, gone, plain("new"))
	st := m.state(id)
	equal(k, "the messages", st.Messages, 3)
	equal(k, "the unread", st.Unread, 2)
	equal(k, "the deleted", st.Deleted, 1)
	equal(k, "the next UID", st.UIDNext, 4)
	if st.Change <= empty.Change || st.Size <= 0 {
		k.Errorf("state of a folder with messages: %+v", st)
	}
	resp, err := m.s.FolderStates(k.Context(), object.FolderStatesRequest{Store: m.guid})
	k.ok(err)
	if len(resp.Folders) < int(object.KindSuggested) {
		k.Errorf("%d states of all folders", len(resp.Folders))
	}
	for i, f := range resp.Folders[1:] {
		if f.Folder <= resp.Folders[i].Folder {
			k.Errorf("states out of order: %s after %s", f.Folder, resp.Folders[i].Folder)
		}
	}
	resp, err = m.s.FolderStates(k.Context(), object.FolderStatesRequest{Store: m.guid, Folders: []mapi.ID{id, m.inbox}})
	k.ok(err)
	equal(k, "the first asked", resp.Folders[0].Folder, id)
	_, err = m.s.FolderStates(k.Context(), object.FolderStatesRequest{Store: mapi.GUID{9}})
	k.fails(err, mapi.NotFound, mapi.NoAccess)
}
