// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
	"twiga/lib/store/acl"
)

// rootID is the folder that all others lie under. Its row counts for the whole
// mailbox: change is the last change number given, next the next id,
// uidValidity the last one given, total and size the sums. In memory own is the
// last change to the tree, and pruned counts for the tombstones of folders.
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
	acl         acl.List

	associated      uint32 // associated messages; their bytes count for the root's size alone
	recoverable     uint32 // soft-deleted messages
	recoverableSize int64  // and their bytes; of the root, those of soft-deleted folders too

	fresh    bool // has no row yet
	wide     bool // more than the counters of the contents differ from the row
	relisted bool // the permission list differs from its rows
	search   bool // a search folder: it has a row in the table search
	buried   bool // lies below the folder for soft-deleted folders, or is that
}

func (f *folder) state() object.FolderState {
	return object.FolderState{
		Folder: f.id, UIDValidity: f.uidValidity, UIDNext: mapi.UID(f.next), Change: max(f.change, 1),
		Messages: f.total, Unread: f.unread, Deleted: f.deleted, Size: f.size,
		Associated: f.associated, Recoverable: f.recoverable,
	}
}

const folderColumns = "id, parent, kind, uid_validity, uid_next, change, own_change, pruned, total, unread, deleted, size, name, class, props, associated, recoverable, recoverable_size"

func scanFolder(r *sqlite.Rows) *folder {
	return &folder{
		id: mapi.ID(r.Int(0)), parent: mapi.ID(r.Int(1)), kind: object.FolderKind(r.Int(2)),
		uidValidity: uint32(r.Int(3)), next: uint64(r.Int(4)), change: mapi.Change(r.Int(5)), own: mapi.Change(r.Int(6)),
		pruned: mapi.Change(r.Int(7)), total: uint32(r.Int(8)), unread: uint32(r.Int(9)), deleted: uint32(r.Int(10)),
		size: r.Int(11), name: r.Text(12), class: r.Text(13), props: wire.Bag(r.Bytes(14)),
		associated: uint32(r.Int(15)), recoverable: uint32(r.Int(16)), recoverableSize: r.Int(17),
	}
}

// save writes what a transaction made of the folder.
func (f *folder) save(c *sqlite.Conn) error {
	if !f.fresh && !f.wide {
		return c.Exec("UPDATE folder SET uid_next = ?, change = ?, total = ?, unread = ?, deleted = ?, size = ? WHERE id = ?",
			f.next, uint64(f.change), f.total, f.unread, f.deleted, f.size, uint64(f.id))
	}
	if f.fresh {
		return c.Exec("INSERT INTO folder ("+folderColumns+") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", f.row()...)
	}
	return c.Exec(`UPDATE folder SET parent = ?2, kind = ?3, uid_validity = ?4, uid_next = ?5, change = ?6, own_change = ?7,
		pruned = ?8, total = ?9, unread = ?10, deleted = ?11, size = ?12, name = ?13, class = ?14, props = ?15,
		associated = ?16, recoverable = ?17, recoverable_size = ?18 WHERE id = ?1`, f.row()...)
}

func (f *folder) row() []any {
	return []any{uint64(f.id), uint64(f.parent), uint8(f.kind), f.uidValidity, f.next, uint64(f.change), uint64(f.own),
		uint64(f.pruned), f.total, f.unread, f.deleted, f.size, f.name, f.class, []byte(f.props),
		f.associated, f.recoverable, f.recoverableSize}
}

// count adds a message's share to the counters, or with sign -1 takes it off.
func (f *folder) count(it *item, sign int) {
	switch it.list {
	case listContents:
		f.total += uint32(sign)
		f.size += int64(sign) * it.size
	case listAssociated:
		f.associated += uint32(sign)
		f.wide = true
	case listDeleted:
		f.recoverable += uint32(sign)
		f.recoverableSize += int64(sign) * it.size
		f.wide = true
	}
	f.countFlags(it, sign)
}

// countFlags counts those of the contents.
func (f *folder) countFlags(it *item, sign int) {
	if it.list != listContents {
		return
	}
	if it.flags&object.FlagSeen == 0 {
		f.unread += uint32(sign)
	}
	if it.flags&object.FlagDeleted != 0 {
		f.deleted += uint32(sign)
	}
}
