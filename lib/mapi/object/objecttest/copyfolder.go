// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"fmt"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func copyFolderCases() []testCase {
	return []testCase{
		{"a folder is copied", copyFolderWithin},
		{"a folder is moved", copyFolderMove},
		{"a folder goes to another store", copyFolderAcross},
		{"a guest's copy has what the guest may read", copyFolderRights},
		{"a copy that cannot be", copyFolderFails},
	}
}

// makeTree makes a folder with messages, properties and a subfolder.
func (m *mailbox) makeTree() (top, below mapi.ID) {
	m.Helper()
	top = m.folder(0, "tree")
	below = m.folder(top, "below")
	m.fill(top, 120)
	m.saveAssociated(top, plain("view"))
	m.fill(below, 2)
	_, err := m.s.SetFolderProps(m.Context(), object.SetFolderPropsRequest{Store: m.guid, Folder: top, Set: mapi.Props{{Tag: tag.Comment, Value: mapi.String("a comment")}}})
	m.ok(err)
	return top, below
}

// copyFolder copies and wants the progress to end.
func (k *kit) copyFolder(s object.Session, req object.CopyFolderRequest) {
	k.Helper()
	list := all(k, s.CopyFolder(k.Context(), req))
	if len(list) == 0 || list[len(list)-1].Done != list[len(list)-1].Total {
		k.Errorf("progress ends with %+v", list)
	}
}

// below is a folder by the names of its path below the top.
func (m *mailbox) below(parent mapi.ID, names ...string) mapi.ID {
	m.Helper()
	for _, name := range names {
		at := parent
		for _, r := range m.hierarchy(0) {
			if r.parent == at && r.name == name {
				parent = r.id
			}
		}
		if at == parent {
			m.Fatalf("there is no folder %q", name)
		}
	}
	return parent
}

// holdsTree wants a copy of what tree makes.
func (m *mailbox) holdsTree(top mapi.ID, subfolders bool) {
	m.Helper()
	st := m.state(top)
	equal(m.kit, "the messages", st.Messages, 120)
	equal(m.kit, "the associated", st.Associated, 1)
	b := bags(m.kit, m.s.Query(m.Context(), object.QueryRequest{Store: m.guid, Table: object.TableHierarchy, IDs: []mapi.ID{top}, Columns: []mapi.PropTag{tag.Comment, tag.Subfolders, tag.TwigaCopying}}))[0]
	equal(m.kit, "the comment", b.Text(tag.Comment), "a comment")
	equal(m.kit, "it has subfolders", b.Int(tag.Subfolders) != 0, subfolders)
	if _, marked := b.Get(tag.TwigaCopying); marked {
		m.Error("the copy is still marked")
	}
	i := 0
	for _, b := range bags(m.kit, m.s.Query(m.Context(), object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: top, Columns: []mapi.PropTag{tag.Subject}})) {
		i++
		equal(m.kit, "the subject", b.Text(tag.Subject), fmt.Sprintf("message %d", i))
	}
	for p, err := range m.admin.Check(m.Context(), object.CheckRequest{Store: m.guid}) {
		m.Errorf("check: %+v, %v", p, err)
	}
}

func copyFolderWithin(k *kit) {
	m := k.mailbox()
	top, below := m.makeTree()
	root := m.store.SpecialFolder(object.KindRoot)
	k.copyFolder(m.s, object.CopyFolderRequest{Store: m.guid, Folder: top, ToParent: root, Name: "copy", Subfolders: true})
	m.holdsTree(m.below(root, "copy"), true)
	equal(k, "messages of the subfolder", m.state(m.below(root, "copy", "below")).Messages, 2)
	m.holdsTree(top, true)
	k.copyFolder(m.s, object.CopyFolderRequest{Store: m.guid, Folder: top, ToParent: below, Name: "alone"})
	m.holdsTree(m.below(below, "alone"), false)
	_, err := collect(m.s.CopyFolder(k.Context(), object.CopyFolderRequest{Store: m.guid, Folder: m.inbox, ToParent: top, Name: "inbox"}))
	k.ok(err)
	row, _ := m.row(m.below(top, "inbox"))
	equal(k, "the copy's kind", row.kind, object.KindGeneric)
}

func copyFolderMove(k *kit) {
	m := k.mailbox()
	top, below := m.makeTree()
	to := m.folder(0, "to")
	before := m.state(below)
	k.copyFolder(m.s, object.CopyFolderRequest{Store: m.guid, Folder: top, ToParent: to, Name: "moved", Move: true})
	equal(k, "the state", m.state(below), before)
	row, _ := m.row(top)
	equal(k, "the parent", row.parent, to)
	equal(k, "the name", row.name, "moved")
}

func copyFolderAcross(k *kit) {
	m, other := k.mailbox(), k.mailbox()
	top, below := m.makeTree()
	m.discard(below, one(1))
	archive := k.role(object.RoleArchive)
	root := other.store.SpecialFolder(object.KindRoot)
	k.copyFolder(archive, object.CopyFolderRequest{Store: m.guid, Folder: top, ToStore: other.guid, ToParent: root, Subfolders: true})
	other.holdsTree(other.below(root, "tree"), true)
	m.holdsTree(top, true)
	k.copyFolder(archive, object.CopyFolderRequest{Store: m.guid, Folder: top, ToStore: other.guid, ToParent: root, Name: "moved", Move: true})
	other.holdsTree(other.below(root, "moved"), true)
	equal(k, "messages of the subfolder", other.state(other.below(root, "moved", "below")).Messages, 1)
	for _, id := range []mapi.ID{top, below} {
		if _, there := m.row(id); there {
			k.Errorf("folder %s is still there", id)
		}
	}
	for p, err := range k.admin.Check(k.Context(), object.CheckRequest{Store: m.guid}) {
		k.Errorf("check: %+v, %v", p, err)
	}
}

func copyFolderFails(k *kit) {
	m := k.mailbox()
	top, below := m.makeTree()
	root := m.store.SpecialFolder(object.KindRoot)
	full := k.mailbox(func(u *directory.User) { u.Quota = directory.Quota{Hard: 1000} })
	archive := k.role(object.RoleArchive)
	for _, tt := range []struct {
		name string
		s    object.Session
		req  object.CopyFolderRequest
		want mapi.Code
	}{
		{"no such folder", m.s, object.CopyFolderRequest{Folder: 1 << 40, ToParent: root}, mapi.NotFound},
		{"no such parent", m.s, object.CopyFolderRequest{Folder: top, ToParent: 1 << 40}, mapi.NotFound},
		{"no such parent of a move", m.s, object.CopyFolderRequest{Folder: top, ToParent: 1 << 40, Move: true}, mapi.NotFound},
		{"the name is there", m.s, object.CopyFolderRequest{Folder: top, ToParent: root}, mapi.AlreadyExists},
		{"the name of a move is there", m.s, object.CopyFolderRequest{Folder: below, ToParent: root, Name: "TREE", Move: true}, mapi.AlreadyExists},
		{"below itself", m.s, object.CopyFolderRequest{Folder: top, ToParent: below, Subfolders: true}, mapi.FolderCycle},
		{"moved below itself", m.s, object.CopyFolderRequest{Folder: top, ToParent: below, Move: true}, mapi.FolderCycle},
		{"a standard folder is moved", m.s, object.CopyFolderRequest{Folder: m.inbox, ToParent: top, Move: true}, mapi.NoAccess},
		{"a standard folder leaves the store", archive, object.CopyFolderRequest{Folder: m.inbox, ToStore: full.guid, ToParent: full.store.SpecialFolder(object.KindRoot), Name: "x", Move: true}, mapi.NoAccess},
		{"no room", archive, object.CopyFolderRequest{Folder: top, ToStore: full.guid, ToParent: full.store.SpecialFolder(object.KindRoot)}, mapi.QuotaExceeded},
		{"no such store", archive, object.CopyFolderRequest{Folder: top, ToStore: mapi.GUID{7}, ToParent: root}, mapi.NotFound},
		{"no right", k.role(object.RoleDelivery), object.CopyFolderRequest{Folder: top, ToParent: root}, mapi.NoAccess},
	} {
		tt.req.Store = m.guid
		_, err := collect(tt.s.CopyFolder(k.Context(), tt.req))
		if got := mapi.CodeOf(err); got != tt.want {
			k.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
	// A copy that broke off goes on where it was.
	none := directory.Quota{Hard: -1}
	_, err := k.admin.SetUser(k.Context(), object.SetUserRequest{Name: full.user.Name, Changes: directory.Changes{Quota: &none}})
	k.ok(err)
	k.copyFolder(archive, object.CopyFolderRequest{Store: m.guid, Folder: top, ToStore: full.guid, ToParent: full.store.SpecialFolder(object.KindRoot)})
	full.holdsTree(full.below(full.store.SpecialFolder(object.KindRoot), "tree"), false)
}

// copyFolderRights: what a guest may not read does not come, and nothing moves
// where not all may.
func copyFolderRights(k *kit) {
	owner := k.mailbox()
	top := owner.folder(0, "shared")
	owner.save(top, plain("open"), private(plain("secret")))
	const all = mapi.RightFolderVisible | mapi.RightReadAny | mapi.RightFolderOwner | mapi.RightDeleteAny
	for _, tt := range []struct {
		name   string
		rights mapi.Rights
		move   bool
		want   mapi.Code
	}{
		{"copy", mapi.RightFolderVisible | mapi.RightReadAny, false, 0},
		{"copy without reading", mapi.RightFolderVisible, false, mapi.NoAccess},
		{"move without deleting", all &^ mapi.RightDeleteAny, true, mapi.NoAccess},
		{"move by who is not its owner", all &^ mapi.RightFolderOwner, true, mapi.NoAccess},
		{"move of what is private", all, true, mapi.NoAccess},
	} {
		g := owner.guest(top, tt.rights)
		root := g.store.SpecialFolder(object.KindRoot)
		before := len(g.hierarchy(0))
		req := object.CopyFolderRequest{Store: owner.guid, Folder: top, ToStore: g.guid, ToParent: root, Move: tt.move}
		_, err := collect(g.s.CopyFolder(k.Context(), req))
		if got := mapi.CodeOf(err); got != tt.want {
			k.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
		if tt.want == 0 {
			equal(k, "what came", g.state(g.below(root, "shared")).Messages, 1)
		} else if len(g.hierarchy(0)) != before {
			k.Errorf("%s: a folder came", tt.name)
		}
	}
	equal(k, "what is left", owner.state(top).Messages, 2)
}
