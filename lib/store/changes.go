// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
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

// rowsAll and rowsChanged are the same rows for a restricted stream, with what the
// restriction looks at.
const (
	rowsAll     = "WHERE i.folder = ? ORDER BY i.uid"
	rowsChanged = "WHERE i.folder = ? AND i.change > ? ORDER BY +i.uid"
)

// Changes implements object.Journal.
func (s *session) Changes(ctx context.Context, req object.ChangesRequest) iter.Seq2[object.ChangeItem, error] {
	return func(yield func(object.ChangeItem, error) bool) {
		ctx, cancel := s.patient(ctx)
		defer cancel()
		r := changesRun{req: &req, emit: func(i *object.ChangeItem) bool { return yield(*i, nil) }}
		if err := s.changes(ctx, &r); err != nil {
			yield(object.ChangeItem{}, err)
		}
	}
}

// changes answers from memory where nothing has changed, so that the files of
// an idle mailbox stay closed however many look.
func (s *session) changes(ctx context.Context, r *changesRun) error {
	if err := r.check(); err != nil {
		return err
	}
	m, acc, leave, err := s.mailbox(ctx, actChanges, r.req.Store)
	if err != nil {
		return err
	}
	defer leave()
	if err := acc.may(actChanges, r.req.Folder); err != nil {
		return err
	}
	r.store, r.acc = m.guid, acc
	f := m.folder(r.req.Folder)
	if f == nil || f.id == rootID {
		return noFolder(r.req.Folder)
	}
	if r.none(f) {
		r.state(f)
		return nil
	}
	return m.view(ctx, func(c *sqlite.Conn) error { return r.run(ctx, c) })
}

// changesRun is the state of one Changes.
type changesRun struct {
	req   *object.ChangesRequest
	store mapi.GUID
	acc   *access
	where *match.Matcher // nil: all
	list  list
	gone  []object.ChangeItem // that changed, but do not satisfy the restriction
	emit  func(*object.ChangeItem) bool
}

func (r *changesRun) check() error {
	switch r.req.Table {
	case 0, object.TableContents:
	case object.TableAssociated:
		r.list = listAssociated
	default:
		return fmt.Errorf("read changes of table %d: %w", r.req.Table, mapi.InvalidParameter)
	}
	if r.req.Where == nil {
		return nil
	}
	var err error
	if r.where, err = match.Compile(r.req.Where); err != nil {
		return fmt.Errorf("read changes: %w", err)
	}
	return nil
}

func (r *changesRun) run(ctx context.Context, c *sqlite.Conn) error {
	req := r.req
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
	if !r.state(f) || r.none(f) {
		return nil
	}
	if !r.acc.isFull() && r.acc.hides {
		p, err := readPrivacy(c)
		if err != nil {
			return err
		}
		r.emit = p.withoutPrivate(c, req.Since, r.emit)
	}
	more, err := r.changed(ctx, c)
	if err != nil || !more || req.Since == 0 {
		return err
	}
	return r.left(ctx, c)
}

// none says whether nothing has changed in a folder.
func (r *changesRun) none(f *folder) bool {
	return r.req.Since != 0 && r.req.Since >= f.change && r.req.Since >= f.pruned
}

// state gives the folder's state.
func (r *changesRun) state(f *folder) bool {
	state := f.state()
	return r.emit(&object.ChangeItem{Kind: object.ChangeState, State: state, Change: state.Change})
}

// changed gives the messages that are new or changed.
func (r *changesRun) changed(ctx context.Context, c *sqlite.Conn) (more bool, err error) {
	sql, args := itemsChanged, []any{uint64(r.list.of(r.req.Folder)), uint64(r.req.Since)}
	if r.where != nil {
		var need needs
		need.restriction(r.req.Where)
		sql = inFolder.from(need) + rowsChanged
		if r.req.Since == 0 {
			sql, args = inFolder.from(need)+rowsAll, args[:1]
		}
	} else if r.req.Since == 0 {
		sql, args = itemsAll, args[:1]
	}
	rows, err := c.Query(sql, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if r.where != nil {
		return r.matching(ctx, rows)
	}
	return upserts(ctx, rows, r.emit)
}

// matching gives those that satisfy the restriction and notes the others.
func (r *changesRun) matching(ctx context.Context, rows *sqlite.Rows) (more bool, err error) {
	at := row{store: r.store}
	for rows.Next() {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		scanRow(rows, &at)
		at.folder = r.req.Folder
		if !r.where.Match(&at) {
			if r.req.Since != 0 {
				r.gone = append(r.gone, object.ChangeItem{Kind: object.ChangeGone, UID: at.it.uid, ID: at.it.id, Change: at.it.change})
			}
			continue
		}
		out := at.it.upsert(unpackKeywords(at.it.keywords))
		if !r.emit(&out) {
			return false, nil
		}
	}
	return true, rows.Err()
}

// upsert is the item as Changes gives it.
func (it *item) upsert(keywords []string) object.ChangeItem {
	out := object.ChangeItem{Kind: object.ChangeUpsert, UID: it.uid, ID: it.id, Change: it.change, Modified: it.modified,
		Flags: it.flags, Keywords: keywords, Received: mapi.FromFileTime(it.received),
		Saved: mapi.FromFileTime(it.savedTime()), Size: it.content}
	if it.sent != 0 {
		out.Sent = mapi.FromFileTime(it.sent)
	}
	return out
}

// upserts gives messages as they are now.
func upserts(ctx context.Context, rows *sqlite.Rows, emit func(*object.ChangeItem) bool) (more bool, err error) {
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
		out := it.upsert(keywords)
		if !emit(&out) {
			return false, nil
		}
	}
	return true, rows.Err()
}

// left gives messages that left the folder, with those that were noted, by UID.
func (r *changesRun) left(ctx context.Context, c *sqlite.Conn) error {
	rows, err := c.Query(itemsGone, uint64(r.list.of(r.req.Folder)), uint64(r.req.Since))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		out := object.ChangeItem{Kind: object.ChangeGone, UID: mapi.UID(rows.Int(0)), ID: mapi.ID(rows.Int(1)), Change: mapi.Change(rows.Int(2))}
		if !r.noted(out.UID) || !r.emit(&out) {
			return rows.Err()
		}
	}
	r.noted(math.MaxUint32)
	return rows.Err()
}

// noted gives the noted ones up to a UID; false where no more are wanted.
func (r *changesRun) noted(upTo mapi.UID) bool {
	for len(r.gone) > 0 && r.gone[0].UID <= upTo {
		if !r.emit(&r.gone[0]) {
			r.gone = nil
			return false
		}
		r.gone = r.gone[1:]
	}
	return true
}
