// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"context"
	"fmt"
	"iter"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// Deletions are remembered so long, and so many.
const (
	tombstoneAge = 90 * 24 * time.Hour
	tombstoneMax = 10_000
)

// bury remembers that an entry was deleted, and forgets the oldest.
func (t *tx) bury(e *row) error {
	now := t.d.now()
	if err := t.Exec("INSERT INTO tombstone (version, id, kind, at) VALUES (?, ?, ?, ?)", t.version, e.ID[:], uint8(e.Kind), now.Unix()); err != nil {
		return err
	}
	pruned, err := t.Int("SELECT max(version) FROM tombstone WHERE at < ?", now.Add(-tombstoneAge).Unix())
	if err != nil {
		return err
	}
	full, err := t.Int("SELECT version FROM tombstone ORDER BY version DESC LIMIT 1 OFFSET ?", tombstoneMax)
	if pruned = max(pruned, full); err != nil || pruned == 0 {
		return err
	}
	if err := t.Exec("UPDATE directory SET pruned = ? WHERE one = 1", pruned); err != nil {
		return err
	}
	return t.Exec("DELETE FROM tombstone WHERE version <= ?", pruned)
}

// Changes implements directory.Directory. It reads in batches: what changes
// meanwhile may be among them, and will be again the next time.
func (d *DB) Changes(ctx context.Context, since uint64) iter.Seq2[directory.Change, error] {
	return func(yield func(directory.Change, error) bool) {
		first := directory.Change{Kind: directory.ChangeVersion}
		err := d.view(func(c *sqlite.Conn) error {
			var pruned uint64
			err := c.Row(func(r *sqlite.Rows) { first.Version, pruned = uint64(r.Int(0)), uint64(r.Int(1)) },
				"SELECT version, pruned FROM directory WHERE one = 1")
			if err == nil && since != 0 && (since < pruned || since > first.Version) {
				err = fmt.Errorf("read changes of the directory since %d: %w", since, mapi.SyncTooOld)
			}
			return err
		})
		if !yield(first, err) || err != nil || since == first.Version {
			return
		}
		if d.upserts(ctx, since, yield) && since != 0 {
			d.gone(ctx, since, yield)
		}
	}
}

// upserts gives the entries that are new or changed; false to stop.
func (d *DB) upserts(ctx context.Context, since uint64, yield func(directory.Change, error) bool) bool {
	var last mapi.GUID
	for i := range last {
		last[i] = 0xff
	}
	for {
		var batch []row
		err := d.view(func(c *sqlite.Conn) (err error) {
			batch, err = list(c, "SELECT "+columns+" FROM account WHERE version > ? OR version = ? AND id > ? ORDER BY version, id LIMIT ?",
				since, since, last[:], listBatch)
			return err
		})
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			yield(directory.Change{}, err)
			return false
		}
		for i := range batch {
			e := batch[i].entry()
			if !yield(directory.Change{Kind: directory.ChangeUpsert, Version: e.Version, Entry: e}, nil) {
				return false
			}
			since, last = e.Version, e.ID
		}
		if len(batch) < listBatch {
			return true
		}
	}
}

// gone gives the entries that were deleted.
func (d *DB) gone(ctx context.Context, since uint64, yield func(directory.Change, error) bool) {
	var list []directory.Change
	err := d.view(func(c *sqlite.Conn) error {
		rows, err := c.Query("SELECT version, id, kind FROM tombstone WHERE version > ? ORDER BY version, id", since)
		if err != nil {
			return err
		}
		for rows.Next() {
			ch := directory.Change{Kind: directory.ChangeGone, Version: uint64(rows.Int(0))}
			copy(ch.Entry.ID[:], rows.Bytes(1))
			ch.Entry.Kind = directory.Kind(rows.Int(2))
			list = append(list, ch)
		}
		return rows.Close()
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		yield(directory.Change{}, err)
		return
	}
	for _, ch := range list {
		if !yield(ch, nil) {
			return
		}
	}
}
