// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"strings"

	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
	"twiga/lib/store/query"
)

// explanation is the text of a plan, a line a fact.
type explanation struct{ text strings.Builder }

func (p *explanation) line(format string, args ...any) { fmt.Fprintf(&p.text, format+"\n", args...) }

// Explain implements object.Tables.
func (s *session) Explain(ctx context.Context, req object.QueryRequest) (object.ExplainResponse, error) {
	a, err := ask(&req)
	if err != nil {
		return object.ExplainResponse{}, err
	}
	a.plan = &explanation{}
	a.sink = func(append appendLine) query.Sink {
		a.window = query.NewWindow(req.Offset, req.Limit, append, func(wire.Bag) bool { return false })
		return a.window
	}
	if err := s.answer(ctx, a); err != nil {
		return object.ExplainResponse{}, err
	}
	return object.ExplainResponse{Plan: a.plan.text.String()}, nil
}

// memory explains a query of a table whose rows are made all at once.
func (p *explanation) memory(a *asked, rows int) {
	p.line("rows: %d, made in memory", rows)
	p.line("where, on each: %s", query.Describe(a.req.Where))
	p.sorted(a)
}

// sorted explains an order that is made in memory.
func (p *explanation) sorted(a *asked) {
	if len(a.req.Sort) > 0 {
		p.line("order, in memory: %s", query.DescribeSort(a.req.Sort))
	}
	switch n := a.keep(); {
	case a.req.Categories > 0:
		p.line("groups: %d keys, expanded to depth %d, %d toggled", a.req.Categories, a.req.Expanded, len(a.req.Toggled))
	case n > 0 && len(a.req.Sort) > 0:
		p.line("kept: the first %d", n)
	}
	if t := a.shape.Instance(); t != 0 {
		p.line("instances: a row for each value of %s", query.Name(t))
	}
}

// explain tells how a table of messages is answered.
func (q *contentsQuery) explain(c *sqlite.Conn) error {
	p := q.a.plan
	if q.where.SQL != "" {
		p.line("where, in SQL: %s %v", q.where.SQL, q.where.Args)
	}
	p.line("where, on the row: %s", query.Describe(q.where.Rest))
	arranged := len(q.req.Sort) > 0 && q.order == ""
	need := q.keyNeeds()
	if !arranged {
		if q.order != "" {
			p.line("order, in SQL: %s", q.order)
		}
		need = q.needs
		need.restriction(q.where.Rest)
	}
	p.line("reads: %s", need)
	if arranged {
		p.sorted(q.a)
		p.line("reads, of each line: %s", q.needs)
	}
	if len(q.req.IDs) > 0 {
		p.line("rows: by %d ids", len(q.req.IDs))
		return q.explainSQL(c, q.at.from(need)+q.at.byID, q.idArgs(q.req.IDs[0]))
	}
	p.line("rows: by %d ranges of UIDs", len(q.ranges))
	if len(q.ranges) == 0 {
		return nil
	}
	if q.order != "" {
		sql, args := q.inOrder(need)
		return q.explainSQL(c, sql, args)
	}
	sql, args := q.inRange(q.at.from(need), q.ranges[0])
	return q.explainSQL(c, sql+q.at.order, args)
}

// explainSQL adds SQLite's own plan.
func (q *contentsQuery) explainSQL(c *sqlite.Conn, sql string, args []any) error {
	rows, err := c.QueryOnce("EXPLAIN QUERY PLAN "+sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		q.a.plan.line("SQL: %s", rows.Text(3))
	}
	return rows.Err()
}

// String names the parts of a message that are read.
func (n needs) String() string {
	out := "item"
	if n.place {
		out = "place"
	}
	for _, part := range []struct {
		read bool
		name string
	}{{n.summary, "summary"}, {n.bag, "bag"}, {n.subs, "recipients and attachments"}} {
		if part.read {
			out += ", " + part.name
		}
	}
	return out
}
