// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store/recipe"
)

// contentSize is the size of a message's MIME by its recipe, -1 where it has
// none or none that can be read.
func contentSize(body []byte) int64 {
	part, err := bodyPart(body, 0)
	if part == nil || err != nil {
		return -1
	}
	var r recipe.Recipe
	if r.Decode(part) != nil {
		return -1
	}
	return r.Size
}

// bodies makes the sizes those of the recipes, and takes away what cannot be
// read: such a message stays, without the part that is lost.
func (f *fixer) bodies() error {
	gone, err := pairs(f.c, bodiesOfNone)
	if err != nil {
		return err
	}
	for _, p := range gone {
		if err := f.c.Exec("DELETE FROM body WHERE id = ?", p.id); err != nil {
			return err
		}
		f.note("body-message", "message", p.id, "body of %d bytes without a message; removed", p.n)
	}
	for after := int64(0); ; {
		list, err := f.wrongBodies(after)
		if err != nil || len(list) == 0 {
			return err
		}
		for i := range list {
			if err := f.fixBody(&list[i]); err != nil {
				return err
			}
			after = list[i].id
		}
	}
}

// wrongBody is a message whose rows do not fit to each other.
type wrongBody struct {
	id         int64
	kind, text string
	parts      bodyParts
}

// wrongBatch is how many of them are in memory.
const wrongBatch = 100

// wrongBodies are the next such messages behind an id.
func (f *fixer) wrongBodies(after int64) ([]wrongBody, error) {
	rows, err := f.c.Query(`SELECT m.id, ifnull(i.content, i.size), b.recipe, m.recipients, m.attachments FROM message m
		JOIN item i ON `+placed+withBody+`WHERE m.id > ? ORDER BY m.id`, after)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []wrongBody
	for rows.Next() && len(out) < wrongBatch {
		w := wrongBody{id: rows.Int(0), parts: bodyParts{rows.Int(1), rows.Bytes(2), rows.Bytes(3), rows.Bytes(4)}}
		if w.kind, w.text = w.parts.wrong(); w.kind != "" {
			out = append(out, w)
		}
	}
	return out, rows.Err()
}

func (f *fixer) fixBody(w *wrongBody) error {
	done := "the size is set"
	if w.kind == "rows" {
		done = "removed"
		if _, err := unpackRecipients(w.parts.recipients); err != nil {
			w.parts.recipients = nil
		}
		if _, err := unpackAttachments(w.parts.attachments); err != nil {
			w.parts.attachments = nil
		}
		err := f.c.Exec("UPDATE message SET recipients = ?, attachments = ? WHERE id = ?", w.parts.recipients, w.parts.attachments, w.id)
		if err != nil {
			return err
		}
		if w.kind, _ = w.parts.wrong(); w.kind == "" {
			f.note("rows", "message", w.id, "%s; removed", w.text)
			return nil
		}
	}
	size := contentSize(w.parts.body)
	readable := w.parts
	if readable.size = size; w.parts.body != nil {
		if kind, _ := readable.wrong(); kind != "" || size < 0 && w.parts.size >= 0 {
			done, size = "its content is lost, the message stays", -1
			if err := f.loseBody(mapi.ID(w.id)); err != nil {
				return err
			}
		}
	} else {
		done = "its content is lost, the message stays"
	}
	change, err := f.change()
	if err != nil {
		return err
	}
	err = f.c.Exec(`UPDATE item AS i SET change = ?2, content = ?3, size = CASE WHEN ?3 >= 0 THEN ?3 ELSE
		(SELECT length(ifnull(bag, '')) + length(ifnull(recipients, '')) + length(ifnull(attachments, '')) FROM message WHERE id = ?1) END
		`+byID, w.id, change, size)
	f.note("recipe", "message", w.id, "%s; %s", w.text, done)
	return err
}

// loseBody takes its body from a message; others that share it are looked at by
// themselves.
func (f *fixer) loseBody(id mapi.ID) error {
	old, err := bodyOf(f.c, id)
	if err == nil {
		err = f.c.Exec("UPDATE message SET body = ? WHERE id = ?", noBody, uint64(id))
	}
	if err == nil {
		_, err = dropBody(f.c, id, old)
	}
	return err
}

// shared makes the table of those who share bodies what their rows say.
func (f *fixer) shared() error {
	list, err := pairs(f.c, unshared)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, p := range list {
		f.note("shared", "message", p.id, "has body %d, which did not name it; it does now", p.n)
	}
	return f.c.Exec("INSERT OR IGNORE INTO shared (body, message) SELECT body, id FROM message WHERE body > 0")
}

// tombstones removes those of messages that are there.
func (f *fixer) tombstones() error {
	list, err := pairs(f.c, "SELECT t.id, t.uid FROM tombstone t JOIN item i ON i.folder = t.folder AND i.uid = t.uid WHERE t.kind = 0")
	if err != nil {
		return err
	}
	for _, p := range list {
		f.note("tombstone", "message", p.id, "uid %d was gone and there; it is there", p.n)
	}
	if len(list) == 0 {
		return nil
	}
	return f.c.Exec("DELETE FROM tombstone WHERE kind = 0 AND EXISTS (SELECT 1 FROM item i WHERE i.folder = tombstone.folder AND i.uid = tombstone.uid)")
}

// deleted makes the table of what is soft-deleted fit to that: what has no time
// counts from now, a folder as one of the top.
func (f *fixer) deleted() error {
	for _, what := range []struct{ object, find, add string }{
		{"message", timelessMessages, "SELECT id, ?1, folder & 72057594037927935 FROM item WHERE id IN (SELECT id FROM (" + timelessMessages + "))"},
		{"folder", timelessFolders, "SELECT id, ?1, (SELECT max(id) FROM folder WHERE kind = 1 OR id = 1) FROM folder WHERE id IN (SELECT id FROM (" + timelessFolders + "))"},
	} {
		list, err := pairs(f.c, what.find)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			continue
		}
		for _, p := range list {
			f.note("deleted", what.object, p.id, "was soft-deleted, but since when was not known; counts from now")
		}
		if err := f.c.Exec("INSERT OR REPLACE INTO deleted (object, at, origin) "+what.add, mapi.FileTime(time.Now())); err != nil {
			return err
		}
	}
	list, err := pairs(f.c, deletedNothing)
	if err != nil {
		return err
	}
	for _, p := range list {
		if err := f.c.Exec("DELETE FROM deleted WHERE object = ?", p.id); err != nil {
			return err
		}
		f.note("deleted", "message", p.id, "counted as soft-deleted from folder %d, but was not; removed", p.n)
	}
	return nil
}

// queue makes entries and flags the same: what has only one of both is not
// sent, and stays in the Outbox.
func (f *fixer) queue() error {
	low, err := pairs(f.c, "SELECT id, uid FROM item WHERE change < 1")
	if err != nil {
		return err
	}
	for _, p := range low {
		if err := f.rewrite(p.id, "flags = flags"); err != nil {
			return err
		}
		f.note("change", "message", p.id, "uid %d had no change number; it has one now", p.n)
	}
	flag := uint32(object.FlagSubmitted)
	list, err := pairs(f.c, "SELECT message, attempts FROM queue WHERE message NOT IN (SELECT id FROM item WHERE flags & ? <> 0)", flag)
	if err != nil {
		return err
	}
	for _, p := range list {
		if err := f.c.Exec("DELETE FROM queue WHERE message = ?", p.id); err != nil {
			return err
		}
		f.note("queue", "message", p.id, "was in the queue, but not flagged so; taken out")
	}
	list, err = pairs(f.c, "SELECT id, uid FROM item WHERE flags & ? <> 0 AND id NOT IN (SELECT message FROM queue)", flag)
	if err != nil {
		return err
	}
	for _, p := range list {
		if err := f.rewrite(p.id, "flags = flags & ~65536"); err != nil {
			return err
		}
		f.note("queue", "message", p.id, "was flagged as in the queue, but not there (uid %d); the flag is removed", p.n)
	}
	return nil
}

// rewrite changes an item and gives it a change number.
func (f *fixer) rewrite(id int64, set string) error {
	change, err := f.change()
	if err != nil {
		return err
	}
	return f.c.Exec("UPDATE item AS i SET change = ?2, "+set+" "+byID, id, change)
}

// smallTables removes rows about what is gone.
func (f *fixer) smallTables() error {
	for _, l := range leftovers {
		list, err := pairs(f.c, "SELECT "+l.of+", 0 FROM "+l.table+" WHERE "+l.where)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			continue
		}
		for _, p := range list {
			f.note("leftover", l.about, p.id, "was in the table %s, but gone; removed", l.table)
		}
		if err := f.c.Exec("DELETE FROM " + l.table + " WHERE " + l.where); err != nil {
			return err
		}
	}
	return nil
}

// blobs counts the references anew.
func (f *fixer) blobs() error {
	wrong, err := wrongRefs(f.c)
	if err != nil {
		return err
	}
	for _, w := range wrong {
		if err := f.c.Exec("DELETE FROM blob WHERE id = ?", w.id[:]); err != nil {
			return err
		}
		if w.has > 0 {
			if err := (blobRefs{w.id: w.has}).write(f.c); err != nil {
				return err
			}
		}
		f.fixed = append(f.fixed, finding{"blob-refs", "blob " + w.id.String(), w.String() + "; set"})
	}
	return nil
}

// raise makes the root's numbers larger than those that may have been lost, and
// has everybody who follows changes begin anew.
func (f *fixer) raise() error {
	const margin = 1000
	if err := f.c.Exec("UPDATE folder SET change = change + ?, uid_next = uid_next + ? WHERE id = 1", margin, margin); err != nil {
		return err
	}
	if err := f.c.Exec("UPDATE folder SET uid_next = uid_next + ? WHERE id <> 1 AND uid_next < ?", margin, int64(maxUID-margin)); err != nil {
		return err
	}
	var now mapi.Change
	err := f.c.Row(func(r *sqlite.Rows) { now = mapi.Change(r.Int(0)) }, "SELECT change FROM folder WHERE id = 1")
	if err != nil {
		return err
	}
	return f.c.Exec("UPDATE folder SET pruned = ?1, change = ?1", uint64(now))
}
