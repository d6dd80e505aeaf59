// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// contentsQuery answers a query of a contents table.
type contentsQuery struct {
	m       *mailbox
	req     *object.QueryRequest
	where   *match.Matcher
	columns []column
	emit    func(wire.Bag) bool
	skip    int
	given   int
	spool   bool // see only what is in the outgoing queue
	buf     []byte
}

// The queries of rows by UID range; what they read beside the item follows
// from what is asked for.
const (
	fromItem    = "SELECT i.folder, " + itemOfI + ", NULL, NULL, NULL, NULL FROM item i "
	fromSummary = "SELECT i.folder, " + itemOfI + ", m.summary, NULL, NULL, NULL FROM item i JOIN message m ON m.id = i.id "
	fromBag     = "SELECT i.folder, " + itemOfI + ", m.summary, m.bag, NULL, NULL FROM item i JOIN message m ON m.id = i.id "
	fromAll     = "SELECT i.folder, " + itemOfI + ", m.summary, m.bag, m.recipients, m.attachments FROM item i JOIN message m ON m.id = i.id "
	itemOfI     = "i.uid, i.id, i.change, i.flags, i.received, i.sent, i.size, i.content, i.class, i.keywords"
	byRange     = "WHERE i.folder = ? AND i.uid >= ? AND i.uid <= ? ORDER BY i.uid"
	byID        = "WHERE i.folder = (SELECT folder FROM message WHERE id = ?1) AND i.uid = (SELECT uid FROM message WHERE id = ?1)"
)

func (n needs) from() string {
	switch {
	case n.subs:
		return fromAll
	case n.bag:
		return fromBag
	case n.summary:
		return fromSummary
	}
	return fromItem
}

func scanRow(r *sqlite.Rows, out *row) {
	out.folder = mapi.ID(r.Int(0))
	scanItem(r, 1, &out.it)
	out.summary, out.bag, out.recipients, out.attachments = r.Bytes(11), r.Bytes(12), r.Bytes(13), r.Bytes(14)
}

func (q *contentsQuery) run(ctx context.Context, c *sqlite.Conn) error {
	var need needs
	for _, col := range q.columns {
		need.tag(col.tag)
	}
	whereNeeds := needs{}
	whereNeeds.restriction(q.req.Where)
	if len(q.req.Sort) > 0 {
		return q.sorted(ctx, c, need, whereNeeds)
	}
	need = needs{need.summary || whereNeeds.summary, need.bag || whereNeeds.bag, whereNeeds.subs}
	return q.each(ctx, c, need, func(r *row) bool { return !q.where.Match(r) || q.give(r) })
}

// give emits a row behind the offset; false where no more are wanted.
func (q *contentsQuery) give(r *row) bool {
	if q.skip > 0 {
		q.skip--
		return true
	}
	q.buf = appendRow(q.buf[:0], r, q.columns)
	q.given++
	return q.emit(q.buf) && q.given != q.req.Limit
}

// byPlace puts ids into the order of folder and UID; missing ones are left out.
func byPlace(ctx context.Context, c *sqlite.Conn, ids []mapi.ID) ([]mapi.ID, error) {
	type place struct{ folder, uid, id int64 }
	list := make([]place, 0, len(ids))
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := c.Row(func(r *sqlite.Rows) { list = append(list, place{r.Int(0), r.Int(1), int64(id)}) },
			"SELECT folder, uid FROM message WHERE id = ?", uint64(id))
		if err != nil && !errors.Is(err, sqlite.ErrNoRow) {
			return nil, err
		}
	}
	slices.SortFunc(list, func(a, b place) int { return cmp.Or(cmp.Compare(a.folder, b.folder), cmp.Compare(a.uid, b.uid)) })
	out := make([]mapi.ID, len(list))
	for i, p := range list {
		out[i] = mapi.ID(p.id)
	}
	return slices.Compact(out), nil
}

// each gives the rows that the request names, by folder and UID.
func (q *contentsQuery) each(ctx context.Context, c *sqlite.Conn, need needs, f func(*row) bool) error {
	var r row
	if len(q.req.IDs) > 0 {
		ids, err := byPlace(ctx, c, q.req.IDs)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			more, err := q.rows(ctx, c, &r, f, need.from()+byID, uint64(id))
			if err != nil || !more {
				return err
			}
		}
		return nil
	}
	ranges := normalise(q.req.UIDs)
	if len(q.req.UIDs) == 0 {
		ranges = allUIDs
	}
	for _, u := range ranges {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		more, err := q.rows(ctx, c, &r, f, need.from()+byRange, uint64(q.req.Folder), uint32(u.First), uint32(u.Last))
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// lookEvery is after how many rows a query sees whether it is still wanted.
const lookEvery = 64

// rows runs one query; false where f wants no more.
func (q *contentsQuery) rows(ctx context.Context, c *sqlite.Conn, r *row, f func(*row) bool, sql string, args ...any) (bool, error) {
	rows, err := c.Query(sql, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for n := 1; rows.Next(); n++ {
		if n%lookEvery == 0 && ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		scanRow(rows, r)
		if q.visible(r) && !f(r) {
			return false, nil
		}
	}
	return true, rows.Err()
}

// visible says whether a row is among those that the request names.
func (q *contentsQuery) visible(r *row) bool {
	if q.req.Folder != 0 && r.folder != q.req.Folder || q.spool && r.it.flags&object.FlagSubmitted == 0 {
		return false
	}
	if len(q.req.IDs) == 0 || len(q.req.UIDs) == 0 {
		return true
	}
	return slices.ContainsFunc(q.req.UIDs, func(u mapi.UIDRange) bool { return u.First <= r.it.uid && r.it.uid <= u.Last })
}

// sorted makes the keys of all matching rows first, then reads the rows of
// those that are asked for: of a large folder only keys are in memory.
func (q *contentsQuery) sorted(ctx context.Context, c *sqlite.Conn, need, whereNeeds needs) error {
	type entry struct {
		key []byte
		id  mapi.ID
		uid mapi.UID
	}
	for _, k := range q.req.Sort {
		whereNeeds.loose(k.Tag)
	}
	var list []entry
	sorter := match.NewSorter(q.req.Sort)
	err := q.each(ctx, c, whereNeeds, func(r *row) bool {
		if q.where.Match(r) {
			list = append(list, entry{sorter.Key(nil, r), r.it.id, r.it.uid})
		}
		return true
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b entry) int {
		if d := bytes.Compare(a.key, b.key); d != 0 {
			return d
		}
		return int(int64(a.uid) - int64(b.uid))
	})
	list = list[min(q.skip, len(list)):]
	q.skip = 0
	var r row
	for _, e := range list {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		more, err := q.rows(ctx, c, &r, q.give, need.from()+byID, uint64(e.id))
		if err != nil || !more {
			return err
		}
	}
	return nil
}
