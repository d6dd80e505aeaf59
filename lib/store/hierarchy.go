// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store/acl"
)

// folderComputed are the properties of folders that come from their rows, in
// the order of their tags.
var folderComputed = []struct {
	tag mapi.PropTag
	of  func(*folderRow) mapi.Value
}{
	{tag.Access, func(r *folderRow) mapi.Value { return mapi.Int32(int32(acl.Access(r.acc.of(r.f)))) }},
	{tag.DisplayName, func(r *folderRow) mapi.Value { return mapi.String(r.f.name) }},
	{tag.Depth, func(r *folderRow) mapi.Value { return mapi.Int32(int32(r.depth)) }},
	{tag.FolderType, func(r *folderRow) mapi.Value {
		if r.search {
			return mapi.Int32(int32(mapi.FolderSearch))
		}
		return mapi.Int32(int32(mapi.FolderGeneric))
	}},
	{tag.ContentCount, func(r *folderRow) mapi.Value { return mapi.Int32(int32(r.f.total)) }},
	{tag.ContentUnreadCount, func(r *folderRow) mapi.Value { return mapi.Int32(int32(r.f.unread)) }},
	{tag.Subfolders, func(r *folderRow) mapi.Value { return mapi.Bool(r.subfolders) }},
	{tag.ContainerClass, func(r *folderRow) mapi.Value { return mapi.String(r.f.class) }},
	{tag.AssociatedContentCount, func(r *folderRow) mapi.Value { return mapi.Int32(int32(r.f.associated)) }},
	{tag.SourceKey, func(r *folderRow) mapi.Value { return mapi.Binary(mapi.SourceKey(r.store, r.f.id)) }},
	{tag.ParentSourceKey, func(r *folderRow) mapi.Value { return mapi.Binary(mapi.SourceKey(r.store, r.f.parent)) }},
	{tag.ChangeKey, func(r *folderRow) mapi.Value { return mapi.Binary(mapi.ChangeXID(r.store, r.f.own).Bytes()) }},
	{tag.PredecessorChangeList, func(r *folderRow) mapi.Value {
		return mapi.Binary(mapi.Predecessors{mapi.ChangeXID(r.store, r.f.own)}.Bytes())
	}},
	{tag.Rights, func(r *folderRow) mapi.Value { return mapi.Int32(int32(r.acc.of(r.f))) }},
	{tag.DeletedCountTotal, func(r *folderRow) mapi.Value { return mapi.Int32(int32(r.f.recoverable)) }},
	{tag.FolderId, func(r *folderRow) mapi.Value { return mapi.Int64(int64(r.f.id)) }},
	{tag.ParentFolderId, func(r *folderRow) mapi.Value { return mapi.Int64(int64(r.f.parent)) }},
	{tag.InternetArticleNumberNext, func(r *folderRow) mapi.Value { return mapi.Int32(int32(r.f.next)) }},
	{tag.ChangeNumber, func(r *folderRow) mapi.Value { return mapi.Int64(int64(max(r.f.own, r.f.change))) }},
	{tag.TwigaFolderKind, func(r *folderRow) mapi.Value { return mapi.Int32(int32(r.f.kind)) }},
	{tag.TwigaUIDValidity, func(r *folderRow) mapi.Value { return mapi.Int32(int32(r.f.uidValidity)) }},
	{tag.TwigaFolderSize, func(r *folderRow) mapi.Value { return mapi.Int64(r.f.size) }},
	{tag.TwigaDeletedCount, func(r *folderRow) mapi.Value { return mapi.Int32(int32(r.f.deleted)) }},
}

// folderRow is a folder as tables and restrictions see it.
type folderRow struct {
	f          *folder
	subfolders bool
	depth      int // below the top of the table, from 1
	search     bool
	acc        *access // of who asks
	store      mapi.GUID
}

// Get implements match.Source.
func (r *folderRow) Get(t mapi.PropTag) (mapi.Value, bool) {
	for i := range folderComputed {
		c := &folderComputed[i]
		if c.tag == t || c.tag.ID() == t.ID() && t.Type() == mapi.PtypUnspecified {
			return c.of(r), true
		}
	}
	return r.f.props.Get(t)
}

func isFolderComputed(t mapi.PropTag) bool {
	for i := range folderComputed {
		if folderComputed[i].tag.ID() == t.ID() {
			return true
		}
	}
	return false
}

// queryHierarchy answers from memory.
func (m *mailbox) queryHierarchy(acc *access, a *asked) error {
	top := a.req.Folder
	if top == 0 {
		top = rootID
	}
	if a.req.Table == object.TableSoftDeletedFolders && a.req.Folder == 0 {
		top = m.specialID(object.KindRecoverable)
	}
	if f := m.folder(top); top != 0 && (f == nil || top != rootID && !acc.sees(f)) {
		return noFolder(top)
	}
	var rows []match.Source
	var only map[mapi.ID]bool
	if len(a.req.IDs) > 0 {
		only = make(map[mapi.ID]bool, len(a.req.IDs))
		for _, id := range a.req.IDs {
			only[id] = true
		}
	}
	for _, r := range treeRows(m.allFolders(), top, acc, a.req.Depth, a.req.Table == object.TableHierarchy) {
		if only == nil || only[r.f.id] {
			r.search, r.store = m.isSearch(r.f.id), m.guid
			rows = append(rows, &r)
		}
	}
	return a.memory(rows, -1)
}

// treeRows are the folders under one that are seen, each parent before its
// children, siblings by id, down to a depth (0 is all). What holds soft-deleted
// folders is left out where that is wanted.
func treeRows(folders map[mapi.ID]*folder, top mapi.ID, acc *access, depth int, hide bool) []folderRow {
	children := map[mapi.ID][]*folder{}
	for _, f := range folders {
		if f.id != rootID && !(hide && f.kind == object.KindRecoverable) {
			children[f.parent] = append(children[f.parent], f)
		}
	}
	out := make([]folderRow, 0, len(folders))
	var walk func(mapi.ID, int)
	walk = func(id mapi.ID, level int) {
		list := children[id]
		slices.SortFunc(list, func(a, b *folder) int { return cmp.Compare(a.id, b.id) })
		for _, f := range list {
			if acc.sees(f) {
				out = append(out, folderRow{f: f, subfolders: slices.ContainsFunc(children[f.id], acc.sees), depth: level, acc: acc})
			}
			if level != depth {
				walk(f.id, level+1)
			}
		}
	}
	walk(top, 1)
	return out
}

// states gives counters from memory, in the order asked, else by id.
func (m *mailbox) states(acc *access, ids []mapi.ID) []object.FolderState {
	m.stateMu.RLock()
	defer m.stateMu.RUnlock()
	var out []object.FolderState
	for _, id := range ids {
		if f := m.folders[id]; f != nil && id != rootID && acc.sees(f) {
			out = append(out, f.state())
		}
	}
	if len(ids) > 0 {
		return out
	}
	for id, f := range m.folders {
		if id != rootID && acc.sees(f) {
			out = append(out, f.state())
		}
	}
	slices.SortFunc(out, func(a, b object.FolderState) int { return cmp.Compare(a.Folder, b.Folder) })
	return out
}
