// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store/recipe"
)

// Check implements object.Maintenance.
func (s *session) Check(ctx context.Context, req object.CheckRequest) iter.Seq2[object.Problem, error] {
	return func(yield func(object.Problem, error) bool) {
		err := s.check(ctx, &req, func(p object.Problem) bool { return yield(p, nil) })
		if err != nil && !errors.Is(err, errEnough) {
			yield(object.Problem{}, err)
		}
	}
}

// check checks a mailbox; where it cannot even be opened, that is the problem.
func (s *session) check(ctx context.Context, req *object.CheckRequest, yield func(object.Problem) bool) error {
	guid, err := s.mayIn(actCheck, req.Store)
	if err != nil {
		return err
	}
	if req.Repair {
		s.audit(ctx, "repair store", guid.String())
	}
	m, err := s.e.acquire(guid)
	if isDamage(err) {
		m, err = s.e.checkUnopened(ctx, guid, req, err, yield)
	}
	if m == nil || err != nil {
		return err
	}
	defer s.e.leave(m)
	c := &checker{m: m, req: req, seen: map[blob.ID]error{}, yield: yield}
	return c.run(ctx)
}

// errEnough ends a check whose caller wants no more.
var errEnough = errors.New("check was ended")

// checker is the state of one check.
type checker struct {
	m     *mailbox
	req   *object.CheckRequest
	seen  map[blob.ID]error // blobs that were looked at
	yield func(object.Problem) bool
	rec   recipe.Recipe
}

func (k *checker) problem(kind, about string, repaired bool, format string, args ...any) error {
	if !k.yield(object.Problem{Store: k.m.guid, Kind: kind, Object: about, Text: fmt.Sprintf(format, args...), Repaired: repaired}) {
		return errEnough
	}
	return nil
}

// run compares the mailbox with itself at one moment; what can be repaired is,
// first, in a transaction.
func (k *checker) run(ctx context.Context) error {
	if k.req.Repair {
		if err := k.repairAll(ctx); err != nil {
			return err
		}
		if err := k.repairSearches(ctx); err != nil {
			return err
		}
	}
	damaged := false
	err := k.m.writable()
	if isDamage(err) {
		return k.problem("integrity", "database", false, "%v", err)
	}
	if err != nil && sqlite.KindOf(err) != sqlite.ReadOnly {
		return err
	}
	err = k.m.view(ctx, func(c *sqlite.Conn) error {
		list, err := c.IntegrityCheck()
		if err != nil {
			return err
		}
		damaged = len(list) > 0
		for _, text := range list {
			if err := k.problem("integrity", "database", false, "%s", text); err != nil {
				return err
			}
		}
		found, err := countProblems(c)
		if err != nil {
			return err
		}
		for _, p := range found {
			if err := k.problem(p.kind, p.object, false, "%s", p.text); err != nil {
				return err
			}
		}
		for _, q := range relations {
			if err := k.relation(c, q.kind, q.object, q.text, q.sql); err != nil {
				return err
			}
		}
		if err := k.leftovers(c); err != nil {
			return err
		}
		if err := k.searches(ctx, c); err != nil {
			return err
		}
		if err := k.references(c); err != nil {
			return err
		}
		return k.bodies(ctx, c)
	})
	if isDamage(err) { // of the file: what else there is cannot be told
		if damaged {
			return nil
		}
		return k.problem("integrity", "database", false, "%v", err)
	}
	return err
}

// searchIDs are the search folders: their items are copies.
const searchIDs = "SELECT s.folder FROM search s JOIN folder f ON f.id = s.folder"

// What does not fit in the table deleted.
const (
	timelessMessages = "SELECT id, uid FROM item WHERE folder >> 56 = 2 AND id NOT IN (SELECT object FROM deleted)"
	timelessFolders  = "SELECT id, parent FROM folder WHERE parent IN (SELECT id FROM folder WHERE kind = 19) AND id NOT IN (SELECT object FROM deleted)"
	deletedNothing   = `SELECT object, origin FROM deleted WHERE object NOT IN (SELECT id FROM item WHERE folder >> 56 = 2)
			AND object NOT IN (SELECT id FROM folder WHERE parent IN (SELECT id FROM folder WHERE kind = 19))`
)

// What does not fit of bodies: those that no message has, and messages that the
// table shared does not have under the body that they name.
const (
	bodiesOfNone = "SELECT id, length(recipe) FROM body WHERE id NOT IN (SELECT ifnull(body, id) FROM message)"
	unshared     = "SELECT id, body FROM message m WHERE body > 0 AND NOT EXISTS (SELECT 1 FROM shared s WHERE s.body = m.body AND s.message = m.id)"
)

// relations are queries for rows that do not fit to each other: each gives an
// id and a second number.
var relations = []struct{ kind, object, text, sql string }{
	{"folder-parent", "folder", "under folder %d, which is not below the root",
		`SELECT id, parent FROM folder WHERE id NOT IN (
			WITH RECURSIVE tree (id) AS (SELECT 1 UNION SELECT f.id FROM folder f JOIN tree t ON f.parent = t.id AND f.id <> 1)
			SELECT id FROM tree)`},
	{"item-folder", "message", "its folder %d is not there",
		"SELECT id, folder & 72057594037927935 AS f FROM item WHERE f = 1 OR f NOT IN (SELECT id FROM folder) OR folder >> 56 > 2"},
	{"item-message", "message", "item of uid %d, but no message",
		"SELECT i.id, i.uid FROM item i LEFT JOIN message m ON m.id = i.id AND " + placed + " WHERE m.id IS NULL " +
			"AND i.folder NOT IN (" + searchIDs + ")"},
	{"message-item", "message", "message in folder %d, but no item",
		"SELECT m.id, m.folder FROM message m LEFT JOIN item i ON " + placed + " AND i.id = m.id WHERE i.id IS NULL"},
	{"message-body", "message", "no recipe for its %d bytes",
		"SELECT i.id, i.size FROM item i LEFT JOIN message m ON m.id = i.id LEFT JOIN body b ON b.id = ifnull(m.body, i.id) WHERE b.id IS NULL AND (i.content IS NULL OR i.content >= 0)"},
	{"body-message", "message", "body of %d bytes without a message",
		bodiesOfNone},
	{"shared", "message", "body %d, which does not name it", unshared},
	{"change", "message", "change %d was never given",
		"SELECT id, change FROM item WHERE change > (SELECT change FROM folder WHERE id = item.folder & 72057594037927935) OR change < 1"},
	{"id", "message", "id was never given; folder %d",
		"SELECT id, folder FROM message WHERE id >= (SELECT uid_next FROM folder WHERE id = 1)"},
	{"id", "message", "body %d was never given",
		"SELECT id, body FROM message WHERE body >= (SELECT uid_next FROM folder WHERE id = 1)"},
	{"tombstone", "message", "uid %d is gone and there",
		"SELECT t.id, t.uid FROM tombstone t JOIN item i ON i.folder = t.folder AND i.uid = t.uid WHERE t.kind = 0"},
	{"tombstone", "folder", "tombstone of change %d, which was never given",
		"SELECT folder, change FROM tombstone WHERE change > (SELECT change FROM folder WHERE id = 1)"},
	{"deleted", "message", "soft-deleted, but since when is not known (uid %d)", timelessMessages},
	{"deleted", "message", "counts as soft-deleted from folder %d, but is not", deletedNothing},
	{"deleted", "folder", "soft-deleted, but since when is not known (under folder %d)", timelessFolders},
	{"queue", "message", "in the queue, but not flagged so (%d)",
		"SELECT q.message, q.attempts FROM queue q WHERE q.message NOT IN (SELECT id FROM item WHERE flags & 65536 <> 0)"},
	{"queue", "message", "flagged as in the queue, but not there (uid %d)",
		"SELECT id, uid FROM item WHERE flags & 65536 <> 0 AND id NOT IN (SELECT message FROM queue)"},
}

func (k *checker) relation(c *sqlite.Conn, kind, what, text, sql string) error {
	rows, err := c.Query(sql)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := k.problem(kind, fmt.Sprintf("%s %s", what, mapi.ID(rows.Int(0))), false, text, rows.Int(1)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// bodies reads all recipes.
func (k *checker) bodies(ctx context.Context, c *sqlite.Conn) error {
	rows, err := c.Query("SELECT m.id, i.size, i.content, b.recipe, m.recipients, m.attachments FROM message m JOIN item i ON " + placed + " JOIN body b ON b.id = " + bodyOfM)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		size := rows.Int(2)
		if rows.Null(2) {
			size = rows.Int(1)
		}
		id, parts := mapi.ID(rows.Int(0)), bodyParts{size, rows.Bytes(3), rows.Bytes(4), rows.Bytes(5)}
		if kind, text := parts.wrong(); kind != "" {
			if err := k.problem(kind, "message "+id.String(), false, "%s", text); err != nil {
				return err
			}
			continue
		}
		err := eachBlob(&k.rec, parts.body, func(b blob.ID) error { return k.blob(ctx, "message "+id.String(), b) })
		if err != nil {
			return err
		}
	}
	return rows.Err()
}

// bodyParts are the parts of a message's rows that point at each other.
type bodyParts struct {
	size                          int64 // of the content as the item says
	body, recipients, attachments []byte
}

// wrong says what is wrong with them; nothing is "".
func (p *bodyParts) wrong() (kind, text string) {
	_, err1 := unpackRecipients(p.recipients)
	list, err2 := unpackAttachments(p.attachments)
	if err := errors.Join(err1, err2); err != nil {
		return "rows", err.Error()
	}
	for part := range len(list) + 1 {
		b, err := bodyPart(p.body, part)
		if err != nil {
			return "recipe", err.Error()
		}
		if b == nil {
			if part == 0 && p.size >= 0 {
				return "recipe", "none for its content"
			}
			continue
		}
		var r recipe.Recipe
		if err := r.Decode(b); err != nil {
			return "recipe", fmt.Sprintf("part %d: %v", part, err)
		}
		if part == 0 && r.Size != p.size {
			return "recipe", fmt.Sprintf("of %d bytes, content has %d", r.Size, p.size)
		}
	}
	return "", ""
}

// blob looks at a blob once.
func (k *checker) blob(ctx context.Context, about string, id blob.ID) error {
	err, before := k.seen[id]
	if !before {
		if k.req.Blobs {
			err = k.m.e.blobs.Verify(ctx, id)
		} else if b, oerr := k.m.e.blobs.Open(ctx, id); oerr != nil {
			err = oerr
		} else {
			b.Close()
		}
		k.seen[id] = err
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, blob.ErrNotFound):
		return k.problem("blob-missing", about, false, "blob %s", id)
	}
	return k.problem("blob-damaged", about, false, "%v", err)
}
