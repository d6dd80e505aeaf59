// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
	"twiga/lib/store/query"
)

// contentsQuery answers a query of a table of messages.
type contentsQuery struct {
	m      *mailbox
	acc    *access
	req    *object.QueryRequest
	a      *asked
	list   list
	search bool // the folder has what it found
	spool  bool // see only what is in the outgoing queue

	private privacy // where acc hides

	at     *listing
	ranges []mapi.UIDRange
	where  query.Where    // what SQL says of the restriction
	rest   *match.Matcher // what is left of it
	order  string         // the sort order in SQL, "" where it has none
	once   bool           // the statement is one that hardly comes again
	needs  needs          // of a line
	leaf   bool           // lines are more than their rows
	sink   query.Sink
	line   query.Leaf
}

// contents answers from a mailbox.
func (s *session) contents(ctx context.Context, m *mailbox, acc *access, in list, a *asked) error {
	folder := a.req.Folder
	if folder == rootID || folder != 0 && m.folder(folder) == nil {
		return noFolder(folder)
	}
	if folder != 0 {
		if err := acc.mayRead(in.of(folder)); err != nil {
			return err
		}
	}
	q := contentsQuery{m: m, acc: acc, req: a.req, a: a, list: in, spool: s.who.Role == object.RoleSpool}
	if err := q.prepare(); err != nil {
		return err
	}
	ctx, cancel := s.patient(ctx)
	defer cancel()
	return m.view(ctx, func(c *sqlite.Conn) (err error) {
		if acc.hides {
			if q.private, err = readPrivacy(c); err != nil {
				return err
			}
		}
		if a.plan != nil {
			return q.explain(c)
		}
		return q.run(ctx, c)
	})
}

// rangesInSQL is the number of UID ranges up to which a restriction becomes
// SQL, since such a statement is made for each and kept for none.
const rangesInSQL = 8

// prepare decides how the query is answered.
func (q *contentsQuery) prepare() error {
	q.search = q.list == listContents && q.m.isSearch(q.req.Folder)
	columns := sqlColumns
	if q.at = &inFolder; q.search {
		q.at, columns = &inSearch, searchColumns
	}
	if q.ranges = allUIDs; len(q.req.UIDs) > 0 {
		q.ranges = normalise(q.req.UIDs)
	}
	q.where = query.Where{Rest: q.req.Where}
	if len(q.req.IDs) == 0 && len(q.ranges) <= rangesInSQL {
		q.where = query.Split(q.req.Where, columns)
	}
	var err error
	if q.rest, err = match.Compile(q.where.Rest); err != nil {
		return err
	}
	q.order = q.orderBy(columns)
	q.once = q.where.SQL != "" || q.order != "" && len(q.req.Sort) > 1
	for _, t := range q.req.Columns {
		q.needs.tag(t)
	}
	q.needs.restriction(q.a.find)
	q.needs.bag = q.needs.bag || q.acc.hides
	if t := q.shape().Instance(); t != 0 {
		q.needs.loose(t)
	}
	q.sink = q.a.sink(q.appender())
	q.needs.place = q.placeOnly()
	return nil
}

// placeOnly says whether a line tells no more of the item than its UID, and
// nothing else looks at it: what IMAP's FETCH and THREAD ask of many messages.
func (q *contentsQuery) placeOnly() bool {
	return q.needs == needs{summary: true} && q.countable() && !q.leaf && len(q.req.Sort) == 0 && q.a.finder == nil &&
		!slices.ContainsFunc(q.req.Columns, func(t mapi.PropTag) bool { return findComputed(t) >= 0 && t.ID() != tag.InternetArticleNumber.ID() })
}

// orderBy is the sort order in SQL where it has it and one statement gives all
// rows.
func (q *contentsQuery) orderBy(columns query.Columns) string {
	if len(q.req.Sort) == 0 || len(q.req.IDs) > 0 || len(q.ranges) != 1 || q.req.Categories > 0 || query.Counts(q.req.Where) {
		return ""
	}
	order, _ := columns.Order(q.req.Sort, q.at.uid)
	return order
}

// appender is what makes the rows of the answer: the columns of a row as they
// are go without a detour.
func (q *contentsQuery) appender() appendLine {
	place := func(t mapi.PropTag) bool { return query.IsPlace(t) || query.IsInstance(t) }
	q.leaf = q.a.find != nil || q.shape().Instance() != 0 || q.req.Categories > 0 || slices.ContainsFunc(q.req.Columns, place)
	if q.leaf || q.req.MaxCell > 0 {
		return query.NewCells(q.req.Columns, q.req.MaxCell).Append
	}
	columns := plan(q.req.Columns)
	return func(dst []byte, line match.Source) wire.Bag { return appendRow(dst, line.(*row), columns) }
}

func (q *contentsQuery) shape() *query.Shape { return q.a.shape }

func scanRow(r *sqlite.Rows, out *row) {
	out.folder, out.it.list = listOf(mapi.ID(r.Int(0)))
	scanItem(r, 1, &out.it)
	const at = 1 + itemWidth
	out.summary, out.bag, out.recipients, out.attachments = r.Bytes(at), r.Bytes(at+1), r.Bytes(at+2), r.Bytes(at+3)
}

func (q *contentsQuery) run(ctx context.Context, c *sqlite.Conn) error {
	if q.a.finder != nil && q.countable() {
		return q.runCounted(ctx, c)
	}
	return q.lines(ctx, c)
}

// lines gives all lines to the sink.
func (q *contentsQuery) lines(ctx context.Context, c *sqlite.Conn) error {
	if len(q.req.Sort) > 0 && q.order == "" {
		return q.arranged(ctx, c)
	}
	need := q.needs
	need.restriction(q.where.Rest)
	give := func(r *row) bool { return !q.rest.Match(r) || q.give(r) }
	if q.order != "" {
		return q.ordered(ctx, c, need, give)
	}
	return q.each(ctx, c, need, give)
}

// give gives the lines of a row to the sink; false where no more are wanted.
func (q *contentsQuery) give(r *row) bool {
	if !q.leaf {
		return q.sink.Pass() || q.sink.Take(r)
	}
	n := 0
	for of := range q.shape().Instances(r) {
		if !q.giveLeaf(of, r, n) {
			return false
		}
		n++
	}
	return true
}

func (q *contentsQuery) giveLeaf(of match.Source, r *row, number int) bool {
	if q.sink.Pass() {
		return true
	}
	q.line = query.Leaf{Source: of, ID: int64(r.it.id), Number: number, Depth: q.req.Categories}
	return q.sink.Take(&q.line)
}

// byPlace puts ids into the order of folder and UID; missing ones are left out.
func (q *contentsQuery) byPlace(ctx context.Context, c *sqlite.Conn, ids []mapi.ID) ([]mapi.ID, error) {
	type place struct{ folder, uid, id int64 }
	list := make([]place, 0, len(ids))
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := c.Row(func(r *sqlite.Rows) { list = append(list, place{r.Int(0), r.Int(1), int64(id)}) }, q.at.place, q.idArgs(id)...)
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

// newRow is a row to scan into. That of a search folder finds out on demand
// where the message is.
func (q *contentsQuery) newRow(c *sqlite.Conn) row {
	r := row{store: q.m.guid}
	if q.search {
		r.home = func(id mapi.ID) (folder mapi.ID) {
			_ = c.Row(func(r *sqlite.Rows) { folder, _ = listOf(mapi.ID(r.Int(0))) }, inFolder.place, uint64(id))
			return folder
		}
	}
	return r
}

// each gives the rows that the request names, by folder and UID.
func (q *contentsQuery) each(ctx context.Context, c *sqlite.Conn, need needs, f func(*row) bool) error {
	r := q.newRow(c)
	if len(q.req.IDs) > 0 {
		ids, err := q.byPlace(ctx, c, q.req.IDs)
		if err != nil {
			return err
		}
		sql := q.at.from(need) + q.at.byID
		for _, id := range ids {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			more, err := q.rows(ctx, c, &r, f, sql, q.idArgs(id)...)
			if err != nil || !more {
				return err
			}
		}
		return nil
	}
	for _, u := range q.ranges {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		sql, args := q.inRange(q.at.from(need), u)
		more, err := q.rows(ctx, c, &r, f, sql+q.at.order, args...)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// idArgs are the parameters of listing.byID and listing.place.
func (q *contentsQuery) idArgs(id mapi.ID) []any {
	if q.search {
		return []any{uint64(id), uint64(q.req.Folder)}
	}
	return []any{uint64(id)}
}

// inRange is the statement for a range of UIDs with what SQL says of the
// restriction.
func (q *contentsQuery) inRange(from string, u mapi.UIDRange) (sql string, args []any) {
	sql, args = from+q.at.within, []any{uint64(q.list.of(q.req.Folder))}
	if u != allUIDs[0] || q.order == "" {
		sql += q.at.uids
		args = append(args, uint32(u.First), uint32(u.Last))
	}
	if q.where.SQL != "" {
		sql += " AND " + q.where.SQL
		args = append(args, q.where.Args...)
	}
	return sql, args
}

// ordered gives the rows in the order that SQL has.
func (q *contentsQuery) ordered(ctx context.Context, c *sqlite.Conn, need needs, f func(*row) bool) error {
	sql, args := q.inOrder(need)
	r := q.newRow(c)
	_, err := q.rows(ctx, c, &r, f, sql, args...)
	return err
}

// inOrder is the statement for the rows in the order that SQL has. Where
// nothing but SQL chooses, it also cuts the window out.
func (q *contentsQuery) inOrder(need needs) (sql string, args []any) {
	from, order := q.at.from(need), " ORDER BY "+q.order
	if q.a.window == nil || q.req.Limit == 0 || !q.countable() {
		sql, args = q.inRange(from, q.ranges[0])
		return sql + order, args
	}
	q.a.window.Skipped()
	const window = " LIMIT ? OFFSET ?"
	if q.req.Offset == 0 && strings.HasPrefix(q.order, indexedOrder) {
		sql, args = q.inRange(from, q.ranges[0])
		return sql + order + window, append(args, q.req.Limit, q.req.Offset)
	}
	// Which rows the window shows is found first: of those before it nothing
	// but their places is read, off the index alone where it has the order.
	sql, args = q.inRange(uidsOfItems, q.ranges[0])
	sql = strings.Replace(from, fromItems, "FROM ("+sql+order+window+") w CROSS JOIN item i ON i.folder = ? AND i.uid = w.uid ", 1)
	return sql + order, append(args, q.req.Limit, q.req.Offset, uint64(q.list.of(q.req.Folder)))
}

// lookEvery is after how many rows a query sees whether it is still wanted.
const lookEvery = 64

// rows runs one query; false where f wants no more.
func (q *contentsQuery) rows(ctx context.Context, c *sqlite.Conn, r *row, f func(*row) bool, sql string, args ...any) (bool, error) {
	run := c.Query
	if q.once {
		run = c.QueryOnce
	}
	rows, err := run(sql, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for n := 1; rows.Next(); n++ {
		if n%lookEvery == 0 && ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		scanRow(rows, r)
		if q.list == listDeleted {
			if r.deletedAt, err = deletedAt(c, r.it.id); err != nil {
				return false, err
			}
		}
		if q.visible(r) && !f(r) {
			return false, nil
		}
	}
	return true, rows.Err()
}

// visible says whether a row is among those that the request names and the
// session may see.
func (q *contentsQuery) visible(r *row) bool {
	switch {
	case q.spool && r.it.flags&object.FlagSubmitted == 0,
		r.it.list != q.list || q.req.Folder != 0 && r.folder != q.req.Folder,
		q.req.Folder == 0 && (q.m.folder(r.folder) == nil || !q.acc.reads(q.list.of(r.folder))), // nil: soft-deleted with its folder
		q.acc.hides && q.private.marks(r.bag):
		return false
	case len(q.req.IDs) == 0 || len(q.req.UIDs) == 0:
		return true
	}
	return slices.ContainsFunc(q.req.UIDs, func(u mapi.UIDRange) bool { return u.First <= r.it.uid && r.it.uid <= u.Last })
}

// hides says whether visible may leave out rows of the folder.
func (q *contentsQuery) hides() bool { return q.spool || q.acc.hides }

// countable says whether SQL alone knows which rows there are.
func (q *contentsQuery) countable() bool {
	return q.where.Rest == nil && !q.hides() && len(q.req.IDs) == 0 && q.shape().Instance() == 0 && q.req.Categories == 0
}

// runCounted looks for a row only as far as it takes to find it.
func (q *contentsQuery) runCounted(ctx context.Context, c *sqlite.Conn) error {
	total := int64(0)
	for _, u := range q.ranges {
		sql, args := q.inRange(q.at.count, u)
		if u == allUIDs[0] && q.where.SQL == "" && q.list == listContents && !q.search {
			sql, args = "SELECT total FROM folder WHERE id = ?", []any{uint64(q.req.Folder)}
		}
		rows, err := c.QueryOnce(sql, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			total += rows.Int(0)
		}
		if err := rows.Close(); err != nil {
			return err
		}
	}
	q.a.finder.Counted()
	err := q.lines(ctx, c)
	q.a.finder.Count = int(total)
	return err
}

// arranged makes keys of the matching rows first, then reads the rows of those
// lines that are asked for: of a large folder only keys are in memory.
func (q *contentsQuery) arranged(ctx context.Context, c *sqlite.Conn) error {
	arranger, err := query.NewArranger(q.shape(), q.a.keep())
	if err != nil {
		return err
	}
	seen := uint64(0)
	err = q.each(ctx, c, q.keyNeeds(), func(r *row) bool {
		if q.rest.Match(r) {
			seen++
			arranger.Add(r, uint64(r.it.id), seen, r.it.flags&object.FlagSeen == 0)
		}
		return arranger.Full() == nil
	})
	if err == nil {
		err = arranger.Full()
	}
	if err != nil {
		return err
	}
	q.once = false
	sql := q.at.from(q.needs) + q.at.byID
	r := q.newRow(c)
	for line := range arranger.Lines {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case q.sink.Pass():
			continue
		case line.Header != nil:
			if !q.sink.Take(line.Header) {
				return nil
			}
			continue
		}
		more, err := q.rows(ctx, c, &r, func(r *row) bool { return q.giveLine(r, line.Instance) }, sql, q.idArgs(mapi.ID(line.Ref))...)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// giveLine gives one line to the sink that was not passed.
func (q *contentsQuery) giveLine(r *row, number int) bool {
	if !q.leaf {
		return q.sink.Take(r)
	}
	q.line = query.Leaf{Source: q.shape().InstanceOf(r, number), ID: int64(r.it.id), Number: number, Depth: q.req.Categories}
	return q.sink.Take(&q.line)
}

// keyNeeds are what choosing and sorting look at.
func (q *contentsQuery) keyNeeds() needs {
	n := needs{bag: q.acc.hides}
	n.restriction(q.where.Rest)
	for _, k := range q.req.Sort {
		n.loose(k.Tag)
	}
	if t := q.shape().Instance(); t != 0 {
		n.loose(t)
	}
	return n
}
