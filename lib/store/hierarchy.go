// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"cmp"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// folderComputed are the properties of folders that come from their rows, in
// the order of their tags.
var folderComputed = []struct {
	tag mapi.PropTag
	of  func(*folderRow) mapi.Value
}{
	{tag.DisplayName, func(r *folderRow) mapi.Value { return mapi.String(r.f.name) }},
	{tag.ContentCount, func(r *folderRow) mapi.Value { return mapi.Int32(int32(r.f.total)) }},
	{tag.ContentUnreadCount, func(r *folderRow) mapi.Value { return mapi.Int32(int32(r.f.unread)) }},
	{tag.Subfolders, func(r *folderRow) mapi.Value { return mapi.Bool(r.subfolders) }},
	{tag.ContainerClass, func(r *folderRow) mapi.Value { return mapi.String(r.f.class) }},
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
func (m *mailbox) queryHierarchy(req *object.QueryRequest, where *match.Matcher, emit func(wire.Bag) bool) error {
	top := req.Folder
	if top == 0 {
		top = rootID
	}
	if m.folder(top) == nil {
		return noFolder(top)
	}
	list := treeRows(m.allFolders(), top)
	if len(req.IDs) > 0 {
		list = slices.DeleteFunc(list, func(r folderRow) bool { return !slices.Contains(req.IDs, r.f.id) })
	}
	list = slices.DeleteFunc(list, func(r folderRow) bool { return !where.Match(&r) })
	sortFolders(list, req.Sort)
	list = list[min(req.Offset, len(list)):]
	if req.Limit > 0 {
		list = list[:min(req.Limit, len(list))]
	}
	tags := slices.Clone(req.Columns)
	slices.SortStableFunc(tags, func(a, b mapi.PropTag) int { return cmp.Compare(a.ID(), b.ID()) })
	tags = slices.CompactFunc(tags, func(a, b mapi.PropTag) bool { return a.ID() == b.ID() })
	var buf []byte
	for i := range list {
		buf = append(buf[:0], wire.BagVersion)
		for _, t := range tags {
			if v, ok := list[i].Get(t); ok {
				buf = wire.AppendProp(buf, t.WithType(v.Type()), v)
			}
		}
		if !emit(buf) {
			return nil
		}
	}
	return nil
}

// treeRows are the folders under one, each parent before its children,
// siblings by id.
func treeRows(folders map[mapi.ID]*folder, top mapi.ID) []folderRow {
	children := map[mapi.ID][]*folder{}
	for _, f := range folders {
		if f.id != rootID {
			children[f.parent] = append(children[f.parent], f)
		}
	}
	out := make([]folderRow, 0, len(folders))
	var walk func(mapi.ID)
	walk = func(id mapi.ID) {
		list := children[id]
		slices.SortFunc(list, func(a, b *folder) int { return cmp.Compare(a.id, b.id) })
		for _, f := range list {
			out = append(out, folderRow{f, len(children[f.id]) > 0})
			walk(f.id)
		}
	}
	walk(top)
	return out
}

func sortFolders(list []folderRow, order mapi.SortOrder) {
	if len(order) == 0 {
		return
	}
	sorter := match.NewSorter(order)
	keys := map[mapi.ID][]byte{}
	for i := range list {
		keys[list[i].f.id] = sorter.Key(nil, &list[i])
	}
	slices.SortStableFunc(list, func(a, b folderRow) int { return bytes.Compare(keys[a.f.id], keys[b.f.id]) })
}

// states gives counters from memory, in the order asked, else by id.
func (m *mailbox) states(ids []mapi.ID) []object.FolderState {
	m.stateMu.RLock()
	defer m.stateMu.RUnlock()
	var out []object.FolderState
	for _, id := range ids {
		if f := m.folders[id]; f != nil && id != rootID {
			out = append(out, f.state())
		}
	}
	if len(ids) > 0 {
		return out
	}
	for id, f := range m.folders {
		if id != rootID {
			out = append(out, f.state())
		}
	}
	slices.SortFunc(out, func(a, b object.FolderState) int { return cmp.Compare(a.Folder, b.Folder) })
	return out
}
