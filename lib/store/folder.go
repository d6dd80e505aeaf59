// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// rootID is the folder that all others lie under. Its row counts for the whole
// mailbox: change is the last change number given, next the next id,
// uidValidity the last one given, total and size the sums.
const rootID mapi.ID = 1

// folder is a folder's row. What the mailbox's state holds is never changed;
// a transaction works on copies.
type folder struct {
	id, parent  mapi.ID
	kind        object.FolderKind
	uidValidity uint32
	next        uint64 // the next UID
	change      mapi.Change
	own         mapi.Change // of the folder itself, not of its contents
	pruned      mapi.Change // tombstones up to here are gone
	total       uint32
	unread      uint32
	deleted     uint32
	size        int64
	name, class string
	props       wire.Bag

	fresh bool // has no row yet
	wide  bool // more than counters differ from the row
}

func (f *folder) state() object.FolderState {
	return object.FolderState{
		Folder: f.id, UIDValidity: f.uidValidity, UIDNext: mapi.UID(f.next), Change: max(f.change, 1),
		Messages: f.total, Unread: f.unread, Deleted: f.deleted, Size: f.size,
	}
}

const folderColumns = "id, parent, kind, uid_validity, uid_next, change, own_change, pruned, total, unread, deleted, size, name, class, props"

func scanFolder(r *sqlite.Rows) *folder {
	return &folder{
		id: mapi.ID(r.Int(0)), parent: mapi.ID(r.Int(1)), kind: object.FolderKind(r.Int(2)),
		uidValidity: uint32(r.Int(3)), next: uint64(r.Int(4)), change: mapi.Change(r.Int(5)), own: mapi.Change(r.Int(6)),
		pruned: mapi.Change(r.Int(7)), total: uint32(r.Int(8)), unread: uint32(r.Int(9)), deleted: uint32(r.Int(10)),
		size: r.Int(11), name: r.Text(12), class: r.Text(13), props: wire.Bag(r.Bytes(14)),
	}
}

// save writes what a transaction made of the folder.
func (f *folder) save(c *sqlite.Conn) error {
	if !f.fresh && !f.wide {
		return c.Exec("UPDATE folder SET uid_next = ?, change = ?, total = ?, unread = ?, deleted = ?, size = ? WHERE id = ?",
			f.next, uint64(f.change), f.total, f.unread, f.deleted, f.size, uint64(f.id))
	}
	if f.fresh {
		return c.Exec("INSERT INTO folder ("+folderColumns+") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", f.row()...)
	}
	return c.Exec(`UPDATE folder SET parent = ?2, kind = ?3, uid_validity = ?4, uid_next = ?5, change = ?6, own_change = ?7,
		pruned = ?8, total = ?9, unread = ?10, deleted = ?11, size = ?12, name = ?13, class = ?14, props = ?15 WHERE id = ?1`, f.row()...)
}

func (f *folder) row() []any {
	return []any{uint64(f.id), uint64(f.parent), uint8(f.kind), f.uidValidity, f.next, uint64(f.change), uint64(f.own),
		uint64(f.pruned), f.total, f.unread, f.deleted, f.size, f.name, f.class, []byte(f.props)}
}

// count adds a message's share to the counters, or with sign -1 takes it off.
func (f *folder) count(flags object.Flags, size int64, sign int) {
	f.total += uint32(sign)
	f.size += int64(sign) * size
	f.countFlags(flags, sign)
}

func (f *folder) countFlags(flags object.Flags, sign int) {
	if flags&object.FlagSeen == 0 {
		f.unread += uint32(sign)
	}
	if flags&object.FlagDeleted != 0 {
		f.deleted += uint32(sign)
	}
}
