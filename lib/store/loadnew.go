// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/object/dump"
	"twiga/lib/sqlite"
)

// loadBatch is how many rows are committed together while nobody sees them.
const loadBatch = 10_000

// loadNew makes a mailbox of a dump: ids, UIDs and change numbers are those of
// the dump. It is made under another name, as every new mailbox is.
func (e *Engine) loadNew(ctx context.Context, as mapi.GUID, d *dump.Decoder) (object.LoadResponse, error) {
	var none object.LoadResponse
	if !d.Header.Whole() || d.Header.Since != 0 {
		return none, fmt.Errorf("make mailbox: the dump has a part of one: %w", mapi.InvalidParameter)
	}
	guid := as
	if guid.IsZero() {
		guid = d.Header.Store
	}
	if guid.IsZero() {
		return none, fmt.Errorf("make mailbox: it has no GUID: %w", mapi.CorruptData)
	}
	if e.exists(guid) {
		return none, fmt.Errorf("make mailbox %s: %w", guid, mapi.AlreadyExists)
	}
	temp := filepath.Join(e.path, mailboxesName, tempPrefix+guid.String())
	if err := os.Mkdir(temp, 0o700); err != nil {
		if os.IsExist(err) {
			return none, fmt.Errorf("make mailbox %s: it is being made: %w", guid, mapi.Busy)
		}
		return none, diskError(err)
	}
	out, err := e.fillFromDump(ctx, filepath.Join(temp, databaseName), guid, d)
	if err == nil {
		err = e.publishMailbox(temp, guid)
	}
	if err != nil {
		_ = os.RemoveAll(temp)
		return none, err
	}
	e.versions.of(guid).Add(1)
	e.wakeQueue(ctx, guid)
	e.fills.nudge(guid)
	return out, nil
}

// publishMailbox gives a mailbox that is ready its name. AlreadyExists.
func (e *Engine) publishMailbox(temp string, guid mapi.GUID) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, err := os.Stat(e.mailboxDir(guid)); err == nil {
		return fmt.Errorf("make mailbox %s: %w", guid, mapi.AlreadyExists)
	}
	err := syncDir(temp)
	if err == nil {
		err = os.Rename(temp, e.mailboxDir(guid))
	}
	if err == nil {
		err = syncDir(filepath.Dir(temp))
	}
	return diskError(err)
}

// wakeQueue has the outgoing queue of a mailbox that was loaded be tried, where
// the mailbox is somebody's; an orphan's sleeps.
func (e *Engine) wakeQueue(ctx context.Context, guid mapi.GUID) {
	m, err := e.acquire(guid)
	if err == nil {
		defer e.leave(m)
		var st object.Store
		if st, err = e.describe(ctx, m); err == nil && st.Owner != "" {
			if err = e.queue.mark(guid); err == nil {
				err = e.loadQueueOf(ctx, e.queue, guid)
			}
		}
	}
	if err != nil {
		log.Error(ctx, codeQueue, "read outgoing queue of mailbox", log.Store(guid.String()), log.Err(err))
	}
}

// fillFromDump makes the database in the schema of the dump, and brings that
// up to date behind the rows.
func (e *Engine) fillFromDump(ctx context.Context, path string, guid mapi.GUID, d *dump.Decoder) (object.LoadResponse, error) {
	var none object.LoadResponse
	c, err := sqlite.Open(path, sqlite.Options{Create: true, CacheKiB: 8 << 10})
	if err != nil {
		return none, err
	}
	defer c.Close()
	if err := c.Migrate(migrations[:d.Header.Schema], migrationFills...); err != nil {
		return none, err
	}
	l := &inserter{c: c, d: d, verb: "INSERT", guid: guid}
	if err := l.fill(ctx); err != nil {
		return none, err
	}
	if err := c.Migrate(migrations, migrationFills...); err != nil {
		return none, err
	}
	if err := c.Update(l.members); err != nil {
		return none, err
	}
	if err := e.markWaiting(guid, c); err != nil {
		return none, err
	}
	return l.result(guid)
}

// fill inserts all rows, many in a transaction.
func (l *inserter) fill(ctx context.Context) error {
	if err := l.c.Begin(); err != nil {
		return err
	}
	defer l.c.Rollback()
	err := rows(ctx, l.d, func(r dump.Row) error {
		if err := l.insert(r); err != nil {
			return err
		}
		if l.batch++; l.batch%loadBatch != 0 {
			return nil
		}
		if err := l.c.Commit(); err != nil {
			return err
		}
		if _, err := l.c.Checkpoint(sqlite.Passive); err != nil {
			return err
		}
		return l.c.Begin()
	})
	if err == nil && l.d.Header.Schema >= blobSchema {
		err = l.refs.write(l.c)
	}
	if err == nil {
		err = l.c.Commit()
	}
	return err
}

// result looks whether the rows make a mailbox, and closes it.
func (l *inserter) result(guid mapi.GUID) (object.LoadResponse, error) {
	n, err := l.c.Int("SELECT (SELECT count(*) FROM mailbox WHERE one = 1) + (SELECT count(*) FROM folder WHERE id = 1)")
	if err == nil && n != 2 {
		err = fmt.Errorf("make mailbox %s: no root: %w", guid, mapi.CorruptData)
	}
	if err == nil {
		err = l.c.Close()
	}
	l.out.Store = guid
	return l.out, err
}
