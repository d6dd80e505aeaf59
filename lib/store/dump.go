// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/object/dump"
	"twiga/lib/sqlite"
	"twiga/lib/store/recipe"
)

// The tables that a dump does not carry row by row: the messages come each with
// all of its rows, tombstones since a change, references to blobs follow from
// the bodies, members of search folders from their items, and who shares a body
// from the messages, behind each of which it stands. What was reserved ahead is
// the mailbox's own. The keys of URLs are secrets, and one that was taken back is
// not to come again.
var dumpedApart = []string{"item", "message", "body", "tombstone", "blob", "member", "shared", "ahead", "url_key"}

// dumpedParts are the tables of a part of a mailbox.
var dumpedParts = []string{"mailbox", "folder", "named"}

// errEnoughDump ends a dump whose caller wants no more.
var errEnoughDump = errors.New("dump was ended")

// Dump implements object.Maintenance. A caller who takes longer over one chunk
// than the engine's patience ends it: the mailbox's log grows meanwhile.
func (s *session) Dump(ctx context.Context, req object.DumpRequest) iter.Seq2[object.DumpChunk, error] {
	return func(yield func(object.DumpChunk, error) bool) {
		err := s.view(ctx, actDump, req.Store, func(m *mailbox, _ *access, c *sqlite.Conn) error {
			d := &dumper{m: m, c: c, req: &req, blobs: map[blob.ID]struct{}{}}
			return d.run(ctx, func(b []byte) error {
				began := time.Now()
				switch {
				case !yield(object.DumpChunk{Data: b}, nil):
					return errEnoughDump
				case time.Since(began) > s.e.opt.Patience:
					return fmt.Errorf("dump mailbox: the caller is too slow: %w", mapi.Timeout)
				}
				return ctx.Err()
			})
		})
		if err != nil && !errors.Is(err, errEnoughDump) {
			yield(object.DumpChunk{}, fmt.Errorf("dump store %s: %w", req.Store, err))
		}
	}
}

// dumper writes one moment of a mailbox.
type dumper struct {
	m       *mailbox
	c       *sqlite.Conn
	req     *object.DumpRequest
	enc     *dump.Encoder
	folders map[mapi.ID]bool // those dumped
	finding map[mapi.ID]bool // of them those that are search folders
	tables  [3]int           // item, message, body
	columns [3]int           // how many each has
	blobs   map[blob.ID]struct{}
	rec     recipe.Recipe
}

func (d *dumper) part() bool { return d.req.Folder != 0 || len(d.req.Messages) > 0 }

func (d *dumper) run(ctx context.Context, out func([]byte) error) error {
	if len(d.req.Messages) > object.MaxIDs {
		return fmt.Errorf("read request: %d messages: %w", len(d.req.Messages), mapi.InvalidParameter)
	}
	h := dump.Header{Store: d.m.guid, Since: uint64(d.req.Since), Folder: uint64(d.req.Folder), Messages: len(d.req.Messages) > 0}
	schema, err := d.c.Int("PRAGMA user_version")
	if err != nil {
		return err
	}
	change, pruned, err := d.span()
	if err != nil {
		return err
	}
	if d.req.Since != 0 && (d.req.Since < pruned || d.req.Since > change) {
		return fmt.Errorf("read changes since %d of %d to %d: %w", d.req.Since, pruned, change, mapi.SyncTooOld)
	}
	h.Schema, h.Change = uint64(schema), uint64(change)
	if err := d.chooseFolders(); err != nil {
		return err
	}
	if d.enc, err = dump.NewEncoder(out, h); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{d.smallTables, d.tombstones, d.messages, d.flushBlobs} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return d.enc.End()
}

// span is the mailbox's last change and the one back to which tombstones are there.
func (d *dumper) span() (change, pruned mapi.Change, err error) {
	err = d.c.Row(func(r *sqlite.Rows) { change, pruned = mapi.Change(r.Int(0)), mapi.Change(r.Int(1)) },
		"SELECT max(change, own_change), (SELECT max(pruned) FROM folder) FROM folder WHERE id = 1")
	return change, pruned, err
}

// chooseFolders finds the folders that are asked for.
func (d *dumper) chooseFolders() error {
	top := d.req.Folder
	if top == 0 {
		top = rootID
	}
	rows, err := d.c.Query(`WITH RECURSIVE tree (id) AS (SELECT id FROM folder WHERE id = ?1
		UNION SELECT f.id FROM folder f JOIN tree t ON f.parent = t.id) SELECT id FROM tree`, uint64(top))
	if err != nil {
		return err
	}
	d.folders = map[mapi.ID]bool{}
	for rows.Next() {
		d.folders[mapi.ID(rows.Int(0))] = true
	}
	if err := rows.Close(); err != nil {
		return err
	}
	if len(d.folders) == 0 {
		return noFolder(top)
	}
	return d.chooseSearches()
}

// chooseSearches finds the search folders among them. A part has none: what
// they found lies elsewhere.
func (d *dumper) chooseSearches() error {
	list, err := pairs(d.c, "SELECT folder, state FROM search")
	if err != nil {
		return err
	}
	d.finding = map[mapi.ID]bool{}
	for _, p := range list {
		switch id := mapi.ID(p.id); {
		case id == d.req.Folder:
			return fmt.Errorf("dump folder %s: a search folder: %w", id, mapi.InvalidObject)
		case d.part():
			delete(d.folders, id)
		default:
			d.finding[id] = true
		}
	}
	return nil
}

// smallTables writes the tables that are small beside the messages, whole.
func (d *dumper) smallTables(ctx context.Context) error {
	names, err := d.c.Tables()
	if err != nil {
		return err
	}
	for _, name := range names {
		if slices.Contains(dumpedApart, name) || d.part() && !slices.Contains(dumpedParts, name) ||
			name == "folder" && len(d.req.Messages) > 0 {
			continue
		}
		if err := d.table(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// announce writes a table's name and columns.
func (d *dumper) announce(name string) (table, columns int, err error) {
	list, err := d.c.Columns(name)
	if err != nil {
		return 0, 0, err
	}
	table, err = d.enc.Table(dump.Table{Name: name, Columns: list})
	return table, len(list), err
}

func (d *dumper) table(ctx context.Context, name string) error {
	table, columns, err := d.announce(name)
	if err != nil {
		return err
	}
	rows, err := d.c.Query("SELECT * FROM " + name)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if name == "folder" && !d.folders[mapi.ID(rows.Int(0))] && d.part() {
			continue
		}
		if err := d.row(ctx, table, rows, 0, columns); err != nil {
			return err
		}
	}
	return rows.Err()
}

// row writes some of the columns of a query's row.
func (d *dumper) row(ctx context.Context, table int, rows *sqlite.Rows, at, columns int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	values := make([]any, columns)
	for i := range values {
		values[i] = rows.Value(at + i)
	}
	return d.enc.Row(table, values...)
}

// tombstones writes what is gone, of a whole mailbox.
func (d *dumper) tombstones(ctx context.Context) error {
	if d.part() {
		return nil
	}
	table, columns, err := d.announce("tombstone")
	if err != nil {
		return err
	}
	for _, key := range d.lists() {
		rows, err := d.c.Query("SELECT * FROM tombstone WHERE folder = ? AND change > ?", uint64(key), uint64(d.req.Since))
		if err != nil {
			return err
		}
		for rows.Next() && err == nil {
			err = d.row(ctx, table, rows, 0, columns)
		}
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lists are all lists of the folders, in order.
func (d *dumper) lists() []mapi.ID {
	var out []mapi.ID
	for id := range d.folders {
		for l := listContents; l <= listDeleted; l++ {
			out = append(out, l.of(id))
		}
	}
	slices.Sort(out)
	return out
}

// The queries of messages with all of their rows.
const (
	dumpOf     = "SELECT i.*, m.*, b.* FROM item i LEFT JOIN message m ON m.id = i.id" + withBody
	dumpCopies = "SELECT i.*, m.*, b.* FROM item i LEFT JOIN message m ON 0 LEFT JOIN body b ON 0 " // of a search folder
	dumpOne    = dumpOf + byID
)

// messages writes each message's rows one behind the other, its item first.
func (d *dumper) messages(ctx context.Context) error {
	for i, name := range []string{"item", "message", "body"} {
		var err error
		if d.tables[i], d.columns[i], err = d.announce(name); err != nil {
			return err
		}
	}
	if len(d.req.Messages) > 0 {
		return d.someMessages(ctx)
	}
	for _, key := range d.lists() {
		of := dumpOf
		if id, _ := listOf(key); d.finding[id] {
			of = dumpCopies
		}
		query, args := of+"WHERE i.folder = ? ORDER BY i.uid", []any{uint64(key)}
		if d.req.Since != 0 {
			query, args = of+"WHERE i.folder = ? AND i.change > ? ORDER BY +i.uid", append(args, uint64(d.req.Since))
		}
		if _, err := d.query(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

func (d *dumper) someMessages(ctx context.Context) error {
	for _, id := range d.req.Messages {
		n, err := d.query(ctx, dumpOne, uint64(id))
		if err != nil {
			return err
		}
		if n == 0 {
			return noMessage(id)
		}
	}
	return nil
}

func (d *dumper) query(ctx context.Context, sql string, args ...any) (n int, err error) {
	rows, err := d.c.Query(sql, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
		at := 0
		for i := range d.tables {
			if i == 0 || !rows.Null(at) {
				if err := d.row(ctx, d.tables[i], rows, at, d.columns[i]); err != nil {
					return n, err
				}
			}
			at += d.columns[i]
		}
		if err := d.needs(ctx, rows.Bytes(at-1)); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

// needs notes the blobs of a body; a damaged one names none.
func (d *dumper) needs(ctx context.Context, body []byte) error {
	_ = eachBlob(&d.rec, body, func(id blob.ID) error { d.blobs[id] = struct{}{}; return nil })
	if len(d.blobs) < maxNeeds {
		return nil
	}
	return d.flushBlobs(ctx)
}

// maxNeeds is how many different blobs are gathered before they are named.
const maxNeeds = 4096

// flushBlobs names the blobs that are there; their grace time starts anew, so
// that they can be read for as long. One that is lost is not asked for.
func (d *dumper) flushBlobs(ctx context.Context) error {
	list := make([]object.BlobID, 0, len(d.blobs))
	for id := range d.blobs {
		err := d.m.e.blobs.Renew(ctx, id)
		if err == nil {
			list = append(list, object.BlobID(id))
		} else if !errors.Is(err, blob.ErrNotFound) {
			return err
		}
	}
	clear(d.blobs)
	slices.SortFunc(list, func(a, b object.BlobID) int { return slices.Compare(a[:], b[:]) })
	return d.enc.Blobs(list)
}
