// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// Tombstones have no time of their own. Instead each day's first transaction
// notes the change number that the mailbox had before: all up to it are older
// than that day.

const (
	daySeconds = 24 * 60 * 60
	pruneBatch = 1000      // tombstones that one transaction removes
	pruneEvery = time.Hour // of one mailbox
	pruneLook  = 5 * time.Minute
)

func dayOf(t time.Time) int64 { return t.Unix() / daySeconds }

// noteEpoch writes the entry of the day, once a day.
func (t *tx) noteEpoch() error {
	day := dayOf(t.now)
	if day <= t.m.day {
		return nil
	}
	before := t.m.folder(rootID).change
	if err := t.c.Exec("INSERT OR IGNORE INTO epoch (day, change) VALUES (?, ?)", day, uint64(before)); err != nil {
		return err
	}
	t.done.after = append(t.done.after, func() { t.m.day = day })
	return nil
}

// pruneLoop looks after the mailboxes that have files open until the engine closes.
func (e *Engine) pruneLoop(ctx context.Context) {
	tick := time.NewTicker(pruneLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for _, m := range e.activeMailboxes() {
				if now.UnixNano()-m.pruned.Load() >= int64(pruneEvery) {
					e.prune(ctx, m.guid, now)
				}
			}
		}
	}
}

// prune removes the tombstones of a mailbox that are too old.
func (e *Engine) prune(ctx context.Context, guid mapi.GUID, now time.Time) {
	m, leave, err := e.visit(guid)
	if err != nil {
		return // closed or removed meanwhile
	}
	defer leave()
	m.pruned.Store(now.UnixNano())
	if err := m.pruneTombstones(ctx); err != nil && ctx.Err() == nil {
		log.Warn(ctx, codePrune, "forget old deletions", log.Store(guid.String()), log.Err(err))
	}
}

// pruneTombstones removes the tombstones that are older than
// Options.TombstoneAge; who asks for changes from before gets SyncTooOld.
func (m *mailbox) pruneTombstones(ctx context.Context) error {
	return m.pruneBefore(ctx, time.Now().Add(-m.e.opt.TombstoneAge))
}

// pruneBefore removes the tombstones of changes from before a moment's day, in
// transactions of bounded size.
func (m *mailbox) pruneBefore(ctx context.Context, before time.Time) error {
	if m.e.opt.TombstoneAge < 0 {
		return nil
	}
	upTo, err := m.changeAt(ctx, dayOf(before))
	if err != nil || upTo == 0 {
		return err
	}
	for more := true; more && err == nil; {
		err = m.update(ctx, func(t *tx) error {
			left, err := t.pruneTombstones(upTo, pruneBatch)
			more = left == 0
			return err
		})
	}
	return err
}

// changeAt is the last change that is surely from before a day, 0 where no
// tombstone is so old. The entry that tells it is the oldest that is needed.
func (m *mailbox) changeAt(ctx context.Context, day int64) (upTo mapi.Change, err error) {
	err = m.view(ctx, func(c *sqlite.Conn) error {
		n, err := c.Int("SELECT coalesce((SELECT change FROM epoch WHERE day <= ? ORDER BY day DESC LIMIT 1), 0)", day)
		if err != nil || n == 0 {
			return err
		}
		folder, _, err := nextTombstones(c, 0, mapi.Change(n))
		if folder != 0 {
			upTo = mapi.Change(n)
		}
		return err
	})
	return upTo, err
}

// nextTombstones is the first list behind another that has tombstones up to a
// change, and the first of them; 0 where there is none. It goes from list to
// list, whatever they hold.
func nextTombstones(c *sqlite.Conn, after mapi.ID, upTo mapi.Change) (folder mapi.ID, first mapi.Change, err error) {
	for {
		err = c.Row(func(r *sqlite.Rows) { folder, first = mapi.ID(r.Int(0)), mapi.Change(r.Int(1)) },
			"SELECT folder, change FROM tombstone WHERE folder > ? ORDER BY folder, change LIMIT 1", uint64(after))
		switch {
		case errors.Is(err, sqlite.ErrNoRow):
			return 0, 0, nil
		case err != nil:
			return 0, 0, err
		case first <= upTo:
			return folder, first, nil
		}
		after = folder
	}
}

// pruneTombstones removes tombstones up to a change, oldest first in each
// list, and says how many less than the limit there were.
func (t *tx) pruneTombstones(upTo mapi.Change, limit int) (left int, err error) {
	var at mapi.ID
	for limit > 0 {
		if at, _, err = nextTombstones(t.c, at, upTo); err != nil || at == 0 {
			break
		}
		n, last, err := t.pruneList(at, upTo, limit)
		if err != nil {
			return 0, err
		}
		id, _ := listOf(at)
		if f, err := t.editAny(id); err == nil && f.pruned < last { // else the folder is gone itself
			f.pruned, f.wide = last, true
		}
		limit -= n
	}
	if err != nil || limit == 0 {
		return limit, err
	}
	if err := t.c.Exec("DELETE FROM epoch WHERE change < ?", uint64(upTo)); err != nil {
		return 0, err
	}
	return limit, t.c.Exec("DELETE FROM source WHERE id NOT IN (SELECT id FROM message)")
}

// pruneList removes tombstones of one list, and says how many and up to which.
func (t *tx) pruneList(at mapi.ID, upTo mapi.Change, limit int) (n int, last mapi.Change, err error) {
	err = t.c.Row(func(r *sqlite.Rows) { n, last = int(r.Int(0)), mapi.Change(r.Int(1)) },
		"SELECT count(*), max(change) FROM (SELECT change FROM tombstone WHERE folder = ? AND change <= ? ORDER BY change LIMIT ?)",
		uint64(at), uint64(upTo), limit)
	if err == nil {
		err = t.c.Exec("DELETE FROM tombstone WHERE folder = ? AND change <= ?", uint64(at), uint64(last))
	}
	if err != nil {
		return 0, 0, fmt.Errorf("prune tombstones of list %s: %w", at, err)
	}
	return n, last, nil
}
