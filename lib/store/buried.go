// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// Soft-deleted folders are buried: they lie as they were, with all that is in
// them, below the folder of KindRecoverable, and nothing but TableSoftDeletedFolders,
// RestoreFolder and a purge finds them. Their bytes count as soft-deleted.

// recoverableName is the name of the folder that holds them; nobody sees it.
const recoverableName = "Recoverable"

// buriedIn lists the folder that holds soft-deleted folders and all below.
func buriedIn(folders map[mapi.ID]*folder) []*folder {
	var out []*folder
	for _, f := range folders {
		if f.kind == object.KindRecoverable {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		return nil
	}
	below := map[mapi.ID][]*folder{}
	for _, f := range folders {
		if f.id != f.parent {
			below[f.parent] = append(below[f.parent], f)
		}
	}
	for i := 0; i < len(out) && len(out) <= len(folders); i++ {
		out = append(out, below[out[i].id]...)
	}
	return out
}

// bury takes soft-deleted folders out of sight after the folders were read.
func (m *mailbox) bury() {
	for _, f := range buriedIn(m.folders) {
		f.buried = true
		delete(m.folders, f.id)
		m.buried[f.id] = f
		if f.kind != object.KindGeneric {
			delete(m.special, f.kind)
		}
	}
}

// buriedFolders is a copy of the list of those folders, in no order.
func (m *mailbox) buriedFolders() []*folder {
	m.stateMu.RLock()
	defer m.stateMu.RUnlock()
	out := make([]*folder, 0, len(m.buried))
	for _, f := range m.buried {
		out = append(out, f)
	}
	return out
}

// lookBuried is a buried folder as it is now, nil where there is none.
func (t *tx) lookBuried(id mapi.ID) *folder {
	f, ok := t.part[id]
	if !ok {
		f, ok = t.base[id]
	}
	if !ok {
		t.m.stateMu.RLock()
		f = t.m.buried[id]
		t.m.stateMu.RUnlock()
	}
	if f == nil || !f.buried {
		return nil
	}
	return f
}

// editBuried is a buried folder to be changed.
func (t *tx) editBuried(id mapi.ID) (*folder, error) {
	f := t.lookBuried(id)
	if f == nil {
		return nil, noFolder(id)
	}
	if t.part[id] != f {
		f2 := *f
		f = &f2
		t.part[id] = f
	}
	return f, nil
}

// editAny is a folder to be changed, buried or not.
func (t *tx) editAny(id mapi.ID) (*folder, error) {
	if f, err := t.editBuried(id); err == nil {
		return f, nil
	}
	return t.edit(id)
}

// buried gives all buried folders as they are now, in no order.
func (t *tx) buried(yield func(*folder) bool) {
	for _, list := range []map[mapi.ID]*folder{t.part, t.base} {
		for id, f := range list {
			if _, over := t.part[id]; f == nil || !f.buried || over && t.part[id] != f {
				continue
			}
			if !yield(f) {
				return
			}
		}
	}
	for _, f := range t.m.buriedFolders() {
		_, over := t.part[f.id]
		_, over2 := t.base[f.id]
		if !over && !over2 && !yield(f) {
			return
		}
	}
}

// recoverable is the folder that holds soft-deleted folders, made on first need.
func (t *tx) recoverable() mapi.ID {
	for f := range t.buried {
		if f.kind == object.KindRecoverable {
			return f.id
		}
	}
	f := folder{id: t.nextID(), parent: rootID, kind: object.KindRecoverable, name: recoverableName, next: 1, fresh: true, buried: true}
	f.uidValidity, f.own = t.nextValidity(), t.nextChange()
	f.change = f.own
	t.part[f.id] = &f
	return f.id
}

// countBuried counts a message of a buried folder for the mailbox.
func (t *tx) countBuried(it *item, sign int) {
	root := t.root()
	root.recoverableSize += int64(sign) * it.size
	if it.list == listDeleted {
		root.recoverable += uint32(sign)
	}
	root.wide = true
}

// countTree moves a folder's counters between those of the mailbox and those
// of what is soft-deleted: with sign -1 to the latter.
func (t *tx) countTree(f *folder, sign int) error {
	associated := int64(0)
	if f.associated > 0 {
		err := t.c.Row(func(r *sqlite.Rows) { associated = r.Int(0) }, "SELECT sum(size) FROM item WHERE folder = ?", uint64(listAssociated.of(f.id)))
		if err != nil {
			return err
		}
	}
	root, s := t.root(), uint32(sign)
	root.total += s * f.total
	root.unread += s * f.unread
	root.deleted += s * f.deleted
	root.associated += s * f.associated
	root.size += int64(sign) * (f.size + associated)
	root.recoverableSize -= int64(sign) * (f.size + associated)
	root.wide = true
	return nil
}

// softDeleteTree buries a folder and what is below; it was seen that it may go.
// Search folders, which hold nothing, go for good.
func (t *tx) softDeleteTree(byParent map[mapi.ID][]*folder, id mapi.ID) error {
	if f, err := t.look(id); err != nil || f.search {
		return errors.Join(err, t.deleteTree(byParent, id))
	}
	if err := t.m.e.deleted.mark(t.m.guid, t.now); err != nil {
		return err
	}
	if err := t.searchBuried(id); err != nil {
		return err
	}
	var walk func(mapi.ID) error
	walk = func(id mapi.ID) error {
		f, err := t.edit(id)
		if err != nil {
			return err
		}
		f.buried, f.wide = true, true
		if err := t.countTree(f, -1); err != nil {
			return err
		}
		if err := t.folderGone(f); err != nil { // each: who follows may know it elsewhere
			return err
		}
		f.own = t.root().change
		for _, child := range byParent[id] {
			below := walk
			if child.search {
				below = func(id mapi.ID) error { return t.deleteTree(byParent, id) }
			}
			if err := below(child.id); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(id); err != nil {
		return err
	}
	f := t.part[id]
	origin := f.parent
	f.parent = t.recoverable()
	return t.noteDeleted(id, origin)
}

// origin is where a soft-deleted folder was; NotFound where it is none.
func (t *tx) origin(id mapi.ID) (mapi.ID, error) {
	f := t.lookBuried(id)
	if f == nil || f.kind == object.KindRecoverable {
		return 0, noFolder(id)
	}
	out := mapi.ID(0)
	err := t.c.Row(func(r *sqlite.Rows) { out = mapi.ID(r.Int(0)) }, "SELECT origin FROM deleted WHERE object = ?", uint64(id))
	if err != nil {
		return 0, fmt.Errorf("find soft-deleted folder %s: it is part of another: %w", id, mapi.NotFound)
	}
	return out, nil
}

// querySoftDeletedFolders gives the soft-deleted folders with the parents that
// they had, or those below one of them.
func (m *mailbox) querySoftDeletedFolders(ctx context.Context, acc *access, a *asked) error {
	all := map[mapi.ID]*folder{}
	for _, f := range m.buriedFolders() {
		all[f.id] = f
	}
	var rows []match.Source
	if top := a.req.Folder; top != 0 {
		if f := all[top]; f == nil || f.kind == object.KindRecoverable || !acc.sees(f) {
			return noFolder(top)
		}
		for _, r := range treeRows(all, top, acc, a.req.Depth, false) {
			r.store = m.guid
			rows = append(rows, &r)
		}
		return a.memory(rows, -1)
	}
	err := m.view(ctx, func(c *sqlite.Conn) error {
		found, err := c.Query("SELECT object, at, origin FROM deleted ORDER BY at, object")
		if err != nil {
			return err
		}
		for found.Next() {
			if f := all[mapi.ID(found.Int(0))]; f != nil && acc.sees(f) {
				r := softDeletedRow(f, all, uint64(found.Int(1)), mapi.ID(found.Int(2)))
				r.acc, r.store = acc, m.guid
				rows = append(rows, r)
			}
		}
		return found.Close()
	})
	if err != nil {
		return err
	}
	return a.memory(rows, -1)
}

func softDeletedRow(f *folder, all map[mapi.ID]*folder, at uint64, origin mapi.ID) *folderRow {
	out := *f
	out.parent = origin
	out.props = wire.AppendChanged(nil, f.props, mapi.Props{{Tag: tag.DeletedOn, Value: mapi.Raw(mapi.PtypTime, at, nil)}}, nil)
	for _, o := range all {
		if o.parent == f.id {
			return &folderRow{f: &out, subfolders: true}
		}
	}
	return &folderRow{f: &out}
}
