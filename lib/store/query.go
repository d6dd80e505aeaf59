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
	"twiga/lib/sqlite"
)

// Query implements object.Tables.
func (s *session) Query(ctx context.Context, req object.QueryRequest) iter.Seq2[wire.Bag, error] {
	return func(yield func(wire.Bag, error) bool) {
		if err := s.query(ctx, &req, func(b wire.Bag) bool { return yield(b, nil) }); err != nil {
			yield(nil, err)
		}
	}
}

// query gives rows to emit until that says false.
func (s *session) query(ctx context.Context, req *object.QueryRequest, emit func(wire.Bag) bool) error {
	if len(req.Columns) > object.MaxColumns || len(req.IDs) > object.MaxIDs || req.Offset < 0 || req.Limit < 0 {
		return fmt.Errorf("query table: %d columns, %d ids, offset %d, limit %d: %w", len(req.Columns), len(req.IDs), req.Offset, req.Limit, mapi.InvalidParameter)
	}
	where, err := match.Compile(req.Where)
	if err != nil {
		return fmt.Errorf("query table: %w", err)
	}
	m, leave, err := s.mailbox(ctx, actRead, req.Store)
	if err != nil {
		return err
	}
	defer leave()
	switch req.Table {
	case object.TableHierarchy:
		return m.queryHierarchy(req, where, emit)
	case object.TableContents:
		if req.Folder != 0 && (req.Folder == rootID || m.folder(req.Folder) == nil) {
			return noFolder(req.Folder)
		}
		q := contentsQuery{m: m, req: req, where: where, columns: plan(req.Columns), emit: emit, skip: req.Offset, spool: s.who.Role == object.RoleSpool}
		ctx, cancel := s.patient(ctx)
		defer cancel()
		return m.view(ctx, func(c *sqlite.Conn) error { return q.run(ctx, c) })
	}
	return fmt.Errorf("query table %d: %w", req.Table, mapi.InvalidParameter)
}
