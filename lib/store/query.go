// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"iter"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
	"twiga/lib/store/query"
)

// Query implements object.Tables.
func (s *session) Query(ctx context.Context, req object.QueryRequest) iter.Seq2[wire.Bag, error] {
	return func(yield func(wire.Bag, error) bool) {
		a, err := ask(&req)
		if err == nil {
			a.sink = func(append appendLine) query.Sink {
				a.window = query.NewWindow(req.Offset, req.Limit, append, func(b wire.Bag) bool { return yield(b, nil) })
				return a.window
			}
			err = s.answer(ctx, a)
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// FindRow implements object.Tables.
func (s *session) FindRow(ctx context.Context, req object.FindRowRequest) (object.FindRowResponse, error) {
	find, err := match.Compile(req.Find)
	if err != nil {
		return object.FindRowResponse{}, fmt.Errorf("find row: %w", err)
	}
	a, err := ask(&req.Query)
	if err != nil {
		return object.FindRowResponse{}, err
	}
	a.find = req.Find
	a.sink = func(append appendLine) query.Sink {
		a.finder = query.NewFinder(find, req.Query.Offset, req.Backward, append)
		return a.finder
	}
	if err := s.answer(ctx, a); err != nil {
		return object.FindRowResponse{}, err
	}
	f := a.finder
	return object.FindRowResponse{Found: f.Found, Position: f.Position, Count: f.Count, Row: f.Row}, nil
}

// appendLine makes the answer's row of a table's line.
type appendLine = func([]byte, match.Source) wire.Bag

// asked is a query that was checked, and what takes the lines.
type asked struct {
	req   *object.QueryRequest
	shape *query.Shape
	where *match.Matcher
	find  mapi.Restriction // what the sink looks at beside the columns

	sink   func(appendLine) query.Sink
	window *query.Window // one of these is the sink, once it was made
	finder *query.Finder
	plan   *explanation // nil: answer it; else say how
}

func ask(req *object.QueryRequest) (*asked, error) {
	shape, err := query.NewShape(req)
	if err != nil {
		return nil, err
	}
	where, err := match.Compile(req.Where)
	if err != nil {
		return nil, fmt.Errorf("query table: %w", err)
	}
	return &asked{req: req, shape: shape, where: where}, nil
}

// keep is how many lines are looked at, where that is known: 0 is all.
func (a *asked) keep() int {
	if a.window == nil || a.req.Limit == 0 {
		return 0
	}
	return a.req.Offset + a.req.Limit
}

// messageLists are the tables of messages and where those lie.
var messageLists = map[object.TableKind]list{
	object.TableContents:    listContents,
	object.TableAssociated:  listAssociated,
	object.TableSoftDeleted: listDeleted,
}

// answer gives the lines of a table to the sink.
func (s *session) answer(ctx context.Context, a *asked) error {
	req := a.req
	if rows := smallTables[req.Table]; rows != nil {
		list, err := rows(s, ctx, req)
		if err != nil {
			return err
		}
		return a.props(list)
	}
	m, acc, leave, err := s.mailbox(ctx, actRead, req.Store)
	if err != nil {
		return err
	}
	defer leave()
	switch req.Table {
	case object.TableHierarchy:
		return m.queryHierarchy(acc, a)
	case object.TableSoftDeletedFolders:
		return m.querySoftDeletedFolders(ctx, acc, a)
	}
	if in, ok := messageLists[req.Table]; ok {
		return s.contents(ctx, m, acc, in, a)
	}
	return fmt.Errorf("query table %d: %w", req.Table, mapi.InvalidParameter)
}
