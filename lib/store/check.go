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
		m, leave, err := s.mailbox(ctx, actCheck, req.Store)
		if err != nil {
			yield(object.Problem{}, err)
			return
		}
		defer leave()
		c := &checker{m: m, req: &req, seen: map[blob.ID]error{}, yield: func(p object.Problem) bool { return yield(p, nil) }}
		err = c.run(ctx)
		if err != nil && !errors.Is(err, errEnough) {
			yield(object.Problem{}, err)
		}
	}
}

// errEnough ends a check whose caller wants no more.
var errEnough = errors.New("check was ended")

// checker is the state of one check.
type checker struct {
	m     *mailbox
	req   *object.CheckRequest
	seen  map[blob.ID]error // blobs that were looked at
	yield func(object.Problem) bool
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
		if err := k.repair(ctx); err != nil {
			return err
		}
	}
	return k.m.view(ctx, func(c *sqlite.Conn) error {
		list, err := c.IntegrityCheck()
		if err != nil {
			return err
		}
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
		return k.bodies(ctx, c)
	})
}

// relations are queries for rows that do not fit to each other: each gives an
// id and a second number.
var relations = []struct{ kind, object, text, sql string }{
	{"folder-parent", "folder", "under folder %d, which is not below the root",
		`SELECT id, parent FROM folder WHERE id NOT IN (
			WITH RECURSIVE tree (id) AS (SELECT 1 UNION SELECT f.id FROM folder f JOIN tree t ON f.parent = t.id AND f.id <> 1)
			SELECT id FROM tree)`},
	{"item-folder", "message", "its folder %d is not there",
		"SELECT id, folder FROM item WHERE folder = 1 OR folder NOT IN (SELECT id FROM folder)"},
	{"item-message", "message", "item of uid %d, but no message",
		"SELECT i.id, i.uid FROM item i LEFT JOIN message m ON m.id = i.id AND m.folder = i.folder AND m.uid = i.uid WHERE m.id IS NULL"},
	{"message-item", "message", "message in folder %d, but no item",
		"SELECT m.id, m.folder FROM message m LEFT JOIN item i ON i.folder = m.folder AND i.uid = m.uid AND i.id = m.id WHERE i.id IS NULL"},
	{"message-body", "message", "no recipe for its %d bytes",
		"SELECT i.id, i.size FROM item i LEFT JOIN body b ON b.id = i.id WHERE b.id IS NULL AND (i.content IS NULL OR i.content >= 0)"},
	{"body-message", "message", "body %d without a message",
		"SELECT id, id FROM body WHERE id NOT IN (SELECT id FROM message)"},
	{"change", "message", "change %d was never given",
		"SELECT id, change FROM item WHERE change > (SELECT change FROM folder WHERE id = item.folder) OR change < 1"},
	{"id", "message", "id was never given; folder %d",
		"SELECT id, folder FROM message WHERE id >= (SELECT uid_next FROM folder WHERE id = 1)"},
	{"tombstone", "message", "uid %d is gone and there",
		"SELECT t.id, t.uid FROM tombstone t JOIN item i ON i.folder = t.folder AND i.uid = t.uid WHERE t.kind = 0"},
	{"tombstone", "folder", "tombstone of change %d, which was never given",
		"SELECT folder, change FROM tombstone WHERE change > (SELECT change FROM folder WHERE id = 1)"},
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
	rows, err := c.Query("SELECT m.id, i.size, i.content, b.recipe, m.recipients, m.attachments FROM message m JOIN item i ON i.folder = m.folder AND i.uid = m.uid JOIN body b ON b.id = m.id")
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
		if err := k.body(ctx, mapi.ID(rows.Int(0)), size, rows.Bytes(3), rows.Bytes(4), rows.Bytes(5)); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (k *checker) body(ctx context.Context, id mapi.ID, size int64, body, recipients, attachments []byte) error {
	about := "message " + id.String()
	_, err1 := unpackRecipients(recipients)
	list, err2 := unpackAttachments(attachments)
	if err := errors.Join(err1, err2); err != nil {
		return k.problem("rows", about, false, "%v", err)
	}
	for part := range len(list) + 1 {
		b, err := bodyPart(body, part)
		if err != nil {
			return k.problem("recipe", about, false, "%v", err)
		}
		var r recipe.Recipe
		if b == nil {
			if part == 0 && size >= 0 {
				return k.problem("recipe", about, false, "none for its content")
			}
			continue
		}
		if err := r.Decode(b); err != nil {
			return k.problem("recipe", about, false, "part %d: %v", part, err)
		}
		if part == 0 && r.Size != size {
			if err := k.problem("recipe", about, false, "of %d bytes, content has %d", r.Size, size); err != nil {
				return err
			}
		}
		for bid := range r.Blobs {
			if err := k.blob(ctx, about, bid); err != nil {
				return err
			}
		}
	}
	return nil
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
