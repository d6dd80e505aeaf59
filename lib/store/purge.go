// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// PurgeDeleted implements object.Maintenance.
func (s *session) PurgeDeleted(ctx context.Context, req object.PurgeDeletedRequest) (object.PurgeDeletedResponse, error) {
	m, acc, leave, err := s.mailbox(ctx, actPurge, req.Store)
	if err != nil {
		return object.PurgeDeletedResponse{}, err
	}
	defer leave()
	if !acc.owns() {
		return object.PurgeDeletedResponse{}, mapi.NoAccess
	}
	return m.purge(ctx, req.Folder, req.Before)
}

// purgeLoop purges now and then what was soft-deleted long enough ago, until
// the engine closes.
func (e *Engine) purgeLoop(ctx context.Context) {
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			e.PurgeOld(ctx, now)
		}
	}
}

// PurgeOld removes for good what was soft-deleted longer ago, as seen from a
// moment, than such messages and folders are kept. The engine does it every
// hour by itself.
func (e *Engine) PurgeOld(ctx context.Context, now time.Time) {
	before := now.Add(-max(e.opt.SoftDelete, 0))
	for _, guid := range e.deleted.due(before) {
		if ctx.Err() != nil {
			return
		}
		out, err := e.purgeMailbox(ctx, guid, before)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Warn(ctx, codePurge, "remove soft-deleted messages", log.Store(guid.String()), log.Err(err))
		case out.Messages+out.Folders > 0:
			log.Info(ctx, codePurge, "soft-deleted messages are removed", log.Store(guid.String()),
				slog.Int64("messages", out.Messages), slog.Int64("folders", out.Folders), slog.Int64("bytes", out.Bytes))
		}
	}
}

func (e *Engine) purgeMailbox(ctx context.Context, guid mapi.GUID, before time.Time) (object.PurgeDeletedResponse, error) {
	m, leave, err := e.visit(guid)
	if mapi.CodeOf(err) == mapi.NotFound {
		e.deleted.set(guid, time.Time{})
		return object.PurgeDeletedResponse{}, nil
	}
	if err != nil {
		return object.PurgeDeletedResponse{}, err
	}
	defer leave()
	return m.purge(ctx, 0, before)
}

// purge removes what was soft-deleted before a moment, or all, a batch in each
// transaction so that others get their turn.
func (m *mailbox) purge(ctx context.Context, folder mapi.ID, before time.Time) (object.PurgeDeletedResponse, error) {
	p := purging{folder: folder, before: math.MaxInt64}
	if !before.IsZero() {
		p.before = int64(mapi.FileTime(before))
	}
	var out object.PurgeDeletedResponse
	for {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		if err := m.update(ctx, p.batch); err != nil {
			return out, err
		}
		out.Messages += p.done.Messages
		out.Folders += p.done.Folders
		out.Bytes += p.done.Bytes
		if p.done.Messages+p.done.Folders == 0 {
			return out, nil
		}
	}
}

// purging is the state of one purge.
type purging struct {
	folder mapi.ID
	before int64
	done   object.PurgeDeletedResponse // of the last batch
	left   int                         // messages that the batch may still remove
	begun  bool
}

// batch removes some of what is to go; nothing where all is gone.
func (p *purging) batch(t *tx) error {
	p.done, p.left = object.PurgeDeletedResponse{}, purgeBatch
	list, err := p.next(t)
	if err != nil {
		return err
	}
	for _, id := range list {
		if p.left <= 0 {
			break
		}
		if t.lookBuried(id) != nil {
			err = p.folderTree(t, id)
		} else {
			err = p.message(t, id)
		}
		if err != nil {
			return err
		}
	}
	return t.markOldest()
}

// next lists objects that are to go.
func (p *purging) next(t *tx) ([]mapi.ID, error) {
	sql, args := "SELECT object FROM deleted WHERE at < ? ORDER BY at, object LIMIT ?", []any{p.before, purgeBatch}
	if p.folder != 0 {
		if _, err := t.look(p.folder); err == nil {
			sql, args = "SELECT d.object FROM item i JOIN deleted d ON d.object = i.id WHERE i.folder = ? AND d.at < ? LIMIT ?",
				[]any{uint64(listDeleted.of(p.folder)), p.before, purgeBatch}
		} else if t.lookBuried(p.folder) != nil {
			sql, args = "SELECT object FROM deleted WHERE object = ? AND at < ?", []any{uint64(p.folder), p.before}
		} else if p.begun {
			return nil, nil
		} else {
			return nil, noFolder(p.folder)
		}
	}
	p.begun = true
	rows, err := t.c.Query(sql, args...)
	if err != nil {
		return nil, err
	}
	var out []mapi.ID
	for rows.Next() {
		out = append(out, mapi.ID(rows.Int(0)))
	}
	return out, rows.Close()
}

// message removes a soft-deleted message.
func (p *purging) message(t *tx, id mapi.ID) error {
	var key mapi.ID
	var it item
	err := t.c.Row(func(r *sqlite.Rows) {
		key = mapi.ID(r.Int(0))
		scanItem(r, 1, &it)
	}, placeOf, uint64(id))
	if err != nil {
		return fmt.Errorf("purge message %s: %w", id, err)
	}
	at, l := listOf(key)
	it.list = l
	f, err := t.editAny(at)
	if err != nil {
		return err
	}
	return p.item(t, f, &it)
}

func (p *purging) item(t *tx, f *folder, it *item) error {
	p.left--
	p.done.Messages++
	p.done.Bytes += it.size
	return t.deleteItem(f, it)
}

// folderTree removes a soft-deleted folder, what is below first, as far as the
// batch goes.
func (p *purging) folderTree(t *tx, id mapi.ID) error {
	for f := range t.buried {
		if f.parent == id && p.left > 0 {
			if err := p.folderTree(t, f.id); err != nil {
				return err
			}
		}
	}
	f, err := t.editBuried(id)
	if err != nil {
		return err
	}
	for _, l := range folderLists {
		if p.left <= 0 {
			return nil
		}
		items, err := someItems(t.c, l.of(id), 0, p.left)
		if err != nil {
			return err
		}
		for i := range items {
			if err := p.item(t, f, &items[i]); err != nil {
				return err
			}
		}
	}
	if p.left <= 0 {
		return nil
	}
	p.done.Folders++
	if err := t.clearTombstones(id); err != nil {
		return err
	}
	if err := t.c.Exec("DELETE FROM deleted WHERE object = ?", uint64(id)); err != nil {
		return err
	}
	return t.remove(id)
}

// markOldest has the mailbox's mark tell what is left.
func (t *tx) markOldest() error {
	var oldest time.Time
	err := t.c.Row(func(r *sqlite.Rows) {
		if !r.Null(0) {
			oldest = mapi.FromFileTime(uint64(r.Int(0)))
		}
	}, "SELECT min(at) FROM deleted")
	t.after(func() { t.m.e.deleted.set(t.m.guid, oldest) })
	return err
}
