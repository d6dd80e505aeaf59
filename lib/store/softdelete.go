// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"errors"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// discard removes a message: for good, or, where that is asked for and such
// messages are kept, so that it can be restored. Associated messages are not
// kept.
func (t *tx) discard(f *folder, it *item, soft bool) error {
	if soft && t.keeps(it.list) {
		return t.softDelete(f, it)
	}
	return t.deleteItem(f, it)
}

// keeps says whether soft-deleted messages of a list are kept.
func (t *tx) keeps(l list) bool { return t.m.e.opt.SoftDelete > 0 && l == listContents }

// softDelete moves a message to the list of its folder's soft-deleted ones: its
// row among the items alone, so that it costs no more than to delete it. What else
// there is of it stays as it is, as large as it is: see placed.
func (t *tx) softDelete(f *folder, it *item) error {
	if err := t.m.e.deleted.mark(t.m.guid, t.now); err != nil {
		return err
	}
	if err := t.removeItem(f, it); err != nil {
		return err
	}
	if it.flags&object.FlagSubmitted != 0 {
		if err := t.dequeue(it.id); err != nil {
			return err
		}
	}
	next := *it
	next.list, next.change, next.flags = listDeleted, t.root().change, it.flags&^object.FlagSubmitted
	if err := next.insert(t.c, f.id); err != nil {
		return err
	}
	t.counted(f, &next, 1)
	return t.noteDeleted(it.id, f.id)
}

// noteDeleted remembers when an object was soft-deleted, and where it was.
func (t *tx) noteDeleted(object, origin mapi.ID) error {
	return t.c.Exec("INSERT INTO deleted (object, at, origin) VALUES (?, ?, ?)", uint64(object), mapi.FileTime(t.now), uint64(origin))
}

// deletedAt is when a message was soft-deleted, 0 where that is not known.
func deletedAt(c *sqlite.Conn, id mapi.ID) (at uint64, err error) {
	err = c.Row(func(r *sqlite.Rows) { at = uint64(r.Int(0)) }, "SELECT at FROM deleted WHERE object = ?", uint64(id))
	if errors.Is(err, sqlite.ErrNoRow) {
		err = nil
	}
	return at, err
}
