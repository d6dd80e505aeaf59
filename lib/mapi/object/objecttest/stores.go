// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func storeCases() []testCase {
	return []testCase{
		{"a store is described", storeGet},
		{"the standard folders are there", storeSpecial},
		{"their names are the user's language", storeLanguage},
		{"a store is found sound", storeCheck},
	}
}

func storeGet(k *kit) {
	m := k.mailbox(func(u *directory.User) { u.Quota = directory.Quota{Warn: 10, Soft: 20, Hard: -1} })
	equal(k, "the kind", m.store.Kind, object.StorePrivate)
	equal(k, "the owner", m.store.Owner, m.user.Name)
	equal(k, "the owner's id", m.store.OwnerID, m.user.ID)
	equal(k, "the guid", m.store.GUID, m.user.Store)
	equal(k, "the warning limit", m.store.Limits.Warn, 10)
	if m.store.Limits.Hard >= 0 {
		k.Errorf("hard limit is %d, want none", m.store.Limits.Hard)
	}
	m.fill(m.inbox, 3)
	for name, req := range map[string]object.GetStoreRequest{"own": {}, "by GUID": {GUID: m.guid}, "by name": {User: m.user.Name}} {
		for who, s := range map[string]object.Session{"user": m.s, "admin": k.admin} {
			if name == "own" && who == "admin" {
				continue
			}
			st, err := s.GetStore(k.Context(), req)
			if err != nil || st.GUID != m.guid || st.Messages != 3 || st.Size <= 0 || st.Change <= m.store.Change {
				k.Errorf("%s store, asked by the %s: %+v, %v", name, who, st, err)
			}
		}
	}
	_, err := k.admin.GetStore(k.Context(), object.GetStoreRequest{GUID: mapi.GUID{1}})
	k.fails(err, mapi.NotFound)
	_, err = k.admin.GetStore(k.Context(), object.GetStoreRequest{User: "nobody"})
	k.fails(err, mapi.NotFound)
}

// folderRow is a row of a hierarchy table.
type folderRow struct {
	id, parent mapi.ID
	name       string
	kind       object.FolderKind
}

// hierarchy lists the folders.
func (m *mailbox) hierarchy(top mapi.ID) []folderRow {
	m.Helper()
	var out []folderRow
	for _, b := range bags(m.kit, m.s.Query(m.Context(), object.QueryRequest{
		Store: m.guid, Table: object.TableHierarchy, Folder: top,
		Columns: []mapi.PropTag{tag.FolderId, tag.ParentFolderId, tag.DisplayName, tag.TwigaFolderKind},
	})) {
		out = append(out, folderRow{
			id: mapi.ID(b.Int(tag.FolderId)), parent: mapi.ID(b.Int(tag.ParentFolderId)),
			name: b.Text(tag.DisplayName), kind: object.FolderKind(b.Int(tag.TwigaFolderKind)),
		})
	}
	return out
}

func storeSpecial(k *kit) {
	m := k.mailbox()
	rows := map[mapi.ID]folderRow{}
	for _, r := range m.hierarchy(0) {
		if _, twice := rows[r.id]; twice {
			k.Errorf("folder %s is listed twice", r.id)
		}
		if _, seen := rows[r.parent]; !seen && r.parent != m.store.Root {
			k.Errorf("folder %q comes before its parent %s", r.name, r.parent)
		}
		rows[r.id] = r
	}
	for kind := object.KindRoot; kind <= object.KindSuggested; kind++ {
		id := m.store.SpecialFolder(kind)
		if id == 0 || rows[id].kind != kind || rows[id].name == "" {
			k.Errorf("standard folder of kind %d: id %s, row %+v", kind, id, rows[id])
		}
	}
	equal(k, "the parent of Conflicts", rows[m.store.SpecialFolder(object.KindConflicts)].parent, m.store.SpecialFolder(object.KindSyncIssues))
	equal(k, "the Inbox", rows[m.inbox].name, "Inbox")
}

func storeLanguage(k *kit) {
	for language, want := range map[string]string{"de": "Posteingang", "fr": "Boîte de réception", "nl": "Postvak IN", "xx": "Inbox"} {
		m := k.mailbox(func(u *directory.User) { u.Language = language })
		for _, r := range m.hierarchy(0) {
			if r.id == m.inbox && r.name != want {
				k.Errorf("Inbox in language %s is %q, want %q", language, r.name, want)
			}
		}
	}
}

func storeCheck(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 5)
	folder := m.folder(0, "some")
	_, err := m.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: m.inbox, UIDs: one(2), ToFolder: folder, Move: true})
	k.ok(err)
	for _, p := range all(k, k.admin.Check(k.Context(), object.CheckRequest{Store: m.guid, Blobs: true})) {
		k.Errorf("check finds %+v", p)
	}
}
