// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// The unary plus keeps the order by uid from choosing the index: what changed
// is found by the change number and is little.
const (
	itemsAll     = "SELECT " + itemColumns + " FROM item WHERE folder = ? ORDER BY uid"
	itemsChanged = "SELECT " + itemColumns + " FROM item WHERE folder = ? AND change > ? ORDER BY +uid"
	itemsGone    = "SELECT uid, id, change FROM tombstone WHERE folder = ? AND change > ? AND kind = 0 ORDER BY +uid"
)

// Changes implements object.Journal.
func (s *session) Changes(ctx context.Context, req object.ChangesRequest) iter.Seq2[object.ChangeItem, error] {
	return func(yield func(object.ChangeItem, error) bool) {
		ctx, cancel := s.patient(ctx)
		defer cancel()
		err := s.view(ctx, actChanges, req.Store, func(_ *mailbox, c *sqlite.Conn) error {
			return changes(ctx, c, &req, func(i *object.ChangeItem) bool { return yield(*i, nil) })
		})
		if err != nil {
			yield(object.ChangeItem{}, err)
		}
	}
}

func changes(ctx context.Context, c *sqlite.Conn, req *object.ChangesRequest, emit func(*object.ChangeItem) bool) error {
	var f *folder
	err := c.Row(func(r *sqlite.Rows) { f = scanFolder(r) }, "SELECT "+folderColumns+" FROM folder WHERE id = ?", uint64(req.Folder))
	if errors.Is(err, sqlite.ErrNoRow) || err == nil && f.id == rootID {
		return noFolder(req.Folder)
	}
	if err != nil {
		return err
	}
	if req.Since != 0 && req.Since < f.pruned {
		return fmt.Errorf("read changes of folder %s since %d: %w", f.id, req.Since, mapi.SyncTooOld)
	}
	if !emit(&object.ChangeItem{Kind: object.ChangeState, State: f.state(), Change: f.state().Change}) || req.Since >= f.change && req.Since != 0 {
		return nil
	}
	var rows *sqlite.Rows
	if req.Since == 0 {
		rows, err = c.Query(itemsAll, uint64(req.Folder))
	} else {
		rows, err = c.Query(itemsChanged, uint64(req.Folder), uint64(req.Since))
	}
	if err != nil {
		return err
	}
	more, err := upserts(ctx, rows, emit)
	if err != nil || !more || req.Since == 0 {
		return err
	}
	return gone(ctx, c, req, emit)
}

// upserts gives messages as they are now. It closes the rows.
func upserts(ctx context.Context, rows *sqlite.Rows, emit func(*object.ChangeItem) bool) (more bool, err error) {
	defer rows.Close()
	var it item
	var packed string
	var keywords []string
	for rows.Next() {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		scanItem(rows, 0, &it)
		if it.keywords != packed {
			packed, keywords = it.keywords, unpackKeywords(it.keywords)
		}
		out := object.ChangeItem{Kind: object.ChangeUpsert, UID: it.uid, ID: it.id, Change: it.change, Flags: it.flags,
			Keywords: keywords, Received: mapi.FromFileTime(it.received), Size: it.content}
		if !emit(&out) {
			return false, nil
		}
	}
	return true, rows.Err()
}

// gone gives messages that left the folder.
func gone(ctx context.Context, c *sqlite.Conn, req *object.ChangesRequest, emit func(*object.ChangeItem) bool) error {
	rows, err := c.Query(itemsGone, uint64(req.Folder), uint64(req.Since))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		out := object.ChangeItem{Kind: object.ChangeGone, UID: mapi.UID(rows.Int(0)), ID: mapi.ID(rows.Int(1)), Change: mapi.Change(rows.Int(2))}
		if !emit(&out) {
			return nil
		}
	}
	return rows.Err()
}
