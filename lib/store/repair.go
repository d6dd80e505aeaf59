// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// lostName is the name of the folder for what belongs nowhere.
const lostName = "Lost and found"

// repairAll repairs what can be: the file, then rows that do not fit to each
// other, then counters. Each thing is told when it is done.
func (k *checker) repairAll(ctx context.Context) error {
	if err := k.repairFile(ctx); err != nil {
		return err
	}
	err := k.repairRows(ctx)
	if isDamage(err) { // the schema is not what it should be
		if err = k.readAnew(ctx, err.Error()); err == nil {
			err = k.repairRows(ctx)
		}
	}
	return err
}

func (k *checker) repairRows(ctx context.Context) error {
	fixed, err := k.fix(ctx)
	if err != nil {
		return err
	}
	for _, p := range fixed {
		if err := k.problem(p.kind, p.object, true, "%s", p.text); err != nil {
			return err
		}
	}
	if err := k.repair(ctx); err != nil {
		return err
	}
	return k.m.e.loadQueueOfAnew(ctx, k.m.guid)
}

func (k *checker) fix(ctx context.Context) (fixed []finding, err error) {
	err = k.m.exclusively(ctx, func(c *sqlite.Conn) error {
		f := &fixer{c: c}
		err := f.run()
		fixed = f.fixed
		return err
	})
	return fixed, err
}

// fixer makes the rows of a mailbox fit to each other. It leaves counters to
// who comes after.
type fixer struct {
	c     *sqlite.Conn
	fixed []finding
	lost  mapi.ID // the folder for what belongs nowhere, once it is made
}

func (f *fixer) note(kind, what string, id int64, format string, args ...any) {
	f.fixed = append(f.fixed, finding{kind, what + " " + mapi.ID(id).String(), fmt.Sprintf(format, args...)})
}

func (f *fixer) run() error {
	for _, step := range []func() error{
		f.numbers, f.folders, f.items, f.messages, f.smallTables, f.shared, f.bodies, f.tombstones, f.deleted, f.queue, f.blobs,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// change gives a change number.
func (f *fixer) change() (int64, error) {
	if err := f.c.Exec("UPDATE folder SET change = change + 1 WHERE id = 1"); err != nil {
		return 0, err
	}
	return f.c.Int("SELECT change FROM folder WHERE id = 1")
}

// numbers raises the last numbers given to those that are there.
func (f *fixer) numbers() error {
	var id, next, top, change int64
	err := f.c.Row(func(r *sqlite.Rows) { next, change = r.Int(0), r.Int(1) }, "SELECT uid_next, change FROM folder WHERE id = 1")
	if err != nil {
		return err
	}
	err = f.c.Row(func(r *sqlite.Rows) { id, top = r.Int(0), r.Int(1) },
		`SELECT max((SELECT ifnull(max(id), 0) FROM folder), (SELECT ifnull(max(id), 0) FROM message), (SELECT ifnull(max(id), 0) FROM item),
		(SELECT ifnull(max(id), 0) FROM body), (SELECT ifnull(max(body), 0) FROM message)),
		max((SELECT max(max(change, own_change)) FROM folder), (SELECT ifnull(max(change), 0) FROM item), (SELECT ifnull(max(change), 0) FROM tombstone))`)
	if err != nil {
		return err
	}
	if id >= next {
		f.note("id", "folder", 1, "id %d was never given, up to %d are now", id, id)
	}
	if top > change {
		f.note("change", "folder", 1, "change %d was never given, up to it are now", top)
	}
	return f.c.Exec("UPDATE folder SET uid_next = max(uid_next, ?), change = max(change, ?) WHERE id = 1", id+1, top)
}

// lostFolder is the folder for what belongs nowhere, made on first need.
func (f *fixer) lostFolder() (mapi.ID, error) {
	if f.lost != 0 {
		return f.lost, nil
	}
	parent, err := f.c.Int("SELECT id FROM folder WHERE kind = ? ORDER BY id", uint8(object.KindRoot))
	if err != nil {
		return 0, err
	}
	parent = max(parent, int64(rootID))
	id, err := f.c.Int("SELECT id FROM folder WHERE parent = ? AND name = ?", parent, lostName)
	if err != nil {
		return 0, err
	}
	if id == 0 {
		if id, err = f.newFolder(parent, lostName); err != nil {
			return 0, err
		}
	}
	f.lost = mapi.ID(id)
	return f.lost, nil
}

// newFolder makes a folder; the root gives id, change and UIDVALIDITY.
func (f *fixer) newFolder(parent int64, name string) (int64, error) {
	change, err := f.change()
	if err != nil {
		return 0, err
	}
	if err := f.c.Exec("UPDATE folder SET uid_next = uid_next + 1, uid_validity = uid_validity + 1 WHERE id = 1"); err != nil {
		return 0, err
	}
	var root *folder
	err = f.c.Row(func(r *sqlite.Rows) { root = scanFolder(r) }, "SELECT "+folderColumns+" FROM folder WHERE id = 1")
	if err != nil {
		return 0, err
	}
	n := folder{id: mapi.ID(root.next - 1), parent: mapi.ID(parent), name: name, class: "IPF.Note", next: 1,
		change: mapi.Change(change), own: mapi.Change(change), uidValidity: root.uidValidity, fresh: true}
	return int64(n.id), n.save(f.c)
}

// folders puts those that hang nowhere into the folder for such.
func (f *fixer) folders() error {
	list, err := pairs(f.c, `SELECT id, parent FROM folder WHERE id NOT IN (
		WITH RECURSIVE tree (id) AS (SELECT 1 UNION SELECT f.id FROM folder f JOIN tree t ON f.parent = t.id AND f.id <> 1) SELECT id FROM tree)
		AND (parent NOT IN (SELECT id FROM folder) OR parent = id)`)
	if err != nil {
		return err
	}
	if len(list) == 0 { // a circle: any of it is where it is opened
		list, err = pairs(f.c, `SELECT id, parent FROM folder WHERE id NOT IN (
			WITH RECURSIVE tree (id) AS (SELECT 1 UNION SELECT f.id FROM folder f JOIN tree t ON f.parent = t.id AND f.id <> 1) SELECT id FROM tree) LIMIT 1`)
		if err != nil || len(list) == 0 {
			return err
		}
	}
	lost, err := f.lostFolder()
	if err != nil {
		return err
	}
	for _, p := range list {
		change, err := f.change()
		if err != nil {
			return err
		}
		if err := f.c.Exec("UPDATE folder SET parent = ?, own_change = ?, name = name || ' ' || id WHERE id = ?", uint64(lost), change, p.id); err != nil {
			return err
		}
		f.note("folder-parent", "folder", p.id, "was under folder %d, which is not there; put under %q", p.n, lostName)
	}
	return f.folders() // what is left are circles
}

// items removes rows of lists that have no message, and puts those of folders
// that are gone where they can be found.
func (f *fixer) items() error {
	rows, err := f.c.Query(`SELECT i.id, i.uid, i.folder FROM item i LEFT JOIN message m ON m.id = i.id AND ` + placed + `
		WHERE m.id IS NULL AND i.folder NOT IN (` + searchIDs + ")")
	if err != nil {
		return err
	}
	var list [][3]int64
	for rows.Next() {
		list = append(list, [3]int64{rows.Int(0), rows.Int(1), rows.Int(2)})
	}
	if err := rows.Close(); err != nil {
		return err
	}
	for _, p := range list {
		change, err := f.change()
		if err == nil {
			err = f.c.Exec("DELETE FROM item WHERE folder = ? AND uid = ?", p[2], p[1])
		}
		if err == nil {
			err = f.c.Exec("INSERT INTO tombstone (folder, change, uid, id, kind) VALUES (?, ?, ?, ?, ?)", p[2], change, p[1], p[0], goneMessage)
		}
		if err != nil {
			return err
		}
		f.note("item-message", "message", p[0], "had an item of uid %d and no message; it is lost, the item is removed", p[1])
	}
	homeless, err := pairs(f.c, "SELECT id, folder & 72057594037927935 AS f FROM item WHERE f = 1 OR f NOT IN (SELECT id FROM folder) OR folder >> 56 > 2")
	if err != nil {
		return err
	}
	for _, p := range homeless {
		lost, uid, err := f.lostUID()
		if err != nil {
			return err
		}
		change, err := f.change()
		if err == nil {
			err = f.c.Exec(`UPDATE item AS i SET folder = ?2, uid = ?3, change = ?4 `+byID,
				p.id, uint64(lost), uid, change)
		}
		if err == nil {
			err = f.c.Exec("UPDATE message SET folder = ?, uid = ? WHERE id = ?", uint64(lost), uid, p.id)
		}
		if err != nil {
			return err
		}
		f.note("item-folder", "message", p.id, "was in folder %d, which is not there; put into %q", p.n, lostName)
	}
	return nil
}

// lostUID gives a UID of the folder for what belongs nowhere.
func (f *fixer) lostUID() (mapi.ID, int64, error) {
	lost, err := f.lostFolder()
	if err != nil {
		return 0, 0, err
	}
	uid, err := f.c.Int("SELECT max((SELECT uid_next FROM folder WHERE id = ?1), ifnull((SELECT max(uid) + 1 FROM item WHERE folder = ?1), 1))", uint64(lost))
	return lost, max(uid, 1), err
}

// messages puts those that are in no list back into theirs. What only lists
// know is lost: flags, keywords and the time of arrival.
func (f *fixer) messages() error {
	rows, err := f.c.Query(`SELECT m.id, m.folder, m.uid FROM message m LEFT JOIN item i ON ` + placed + ` AND i.id = m.id WHERE i.id IS NULL`)
	if err != nil {
		return err
	}
	var list [][3]int64
	for rows.Next() {
		list = append(list, [3]int64{rows.Int(0), rows.Int(1), rows.Int(2)})
	}
	if err := rows.Close(); err != nil {
		return err
	}
	for _, p := range list {
		if err := f.putBack(mapi.ID(p[0]), mapi.ID(p[1]), p[2]); err != nil {
			return err
		}
	}
	return nil
}

func (f *fixer) putBack(id, key mapi.ID, uid int64) error {
	at, l := listOf(key)
	deleted, err := f.c.Int("SELECT count(*) FROM deleted WHERE object = ?", uint64(id))
	if err != nil {
		return err
	}
	if l == listContents && deleted > 0 {
		key = listDeleted.of(at)
	}
	known, err := f.c.Int("SELECT count(*) FROM folder WHERE id = ? AND id <> 1", uint64(at))
	if err != nil {
		return err
	}
	taken, err := f.c.Int("SELECT count(*) FROM item WHERE folder = ? AND uid = ?", uint64(key), uid)
	if err != nil {
		return err
	}
	where := "its place"
	if known == 0 || taken > 0 || uid < 1 || uid > maxUID || key>>listShift > mapi.ID(listDeleted) {
		if key, uid, err = f.lostUID(); err != nil {
			return err
		}
		where = lostName
		if err := f.c.Exec("UPDATE message SET folder = ?, uid = ? WHERE id = ?", uint64(key), uid, uint64(id)); err != nil {
			return err
		}
	}
	p, err := readPrepared(f.c, &item{id: id})
	if err != nil || p == nil {
		return err
	}
	it := itemOf(p)
	it.id, it.uid = id, mapi.UID(uid)
	change, err := f.change()
	if err != nil {
		return err
	}
	it.change = mapi.Change(change)
	// A tombstone of the place would tell of a message that is there.
	if err := f.c.Exec("DELETE FROM tombstone WHERE folder = ? AND uid = ? AND kind = 0", uint64(key), uid); err != nil {
		return err
	}
	if err := it.insert(f.c, key); err != nil {
		return err
	}
	f.note("message-item", "message", int64(id), "was in no list; put back into %s, unread", where)
	return nil
}

// itemOf makes an item of what the other rows of a message know.
func itemOf(p *prepared) item {
	it := item{content: -1}
	if v, ok := wire.Bag(p.bag).Get(tag.MessageDeliveryTime); ok {
		it.received = v.Num()
	}
	it.class = classColumn(wire.Bag(p.bag).Text(tag.MessageClass))
	if list, err := unpackAttachments(p.attachments); err == nil && len(list) > 0 {
		it.flags |= object.FlagHasAttachment
	}
	it.content = contentSize(p.body)
	if it.size = it.content; it.content < 0 {
		it.size = int64(len(p.bag) + len(p.recipients) + len(p.attachments))
	}
	return it
}
