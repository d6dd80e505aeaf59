// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/object/dump"
	"twiga/lib/sqlite"
)

// loadOnTop brings a mailbox that was loaded from one dump to the state of the
// next, whose Since is the change number of the first.
func (s *session) loadOnTop(ctx context.Context, store mapi.GUID, d *dump.Decoder) (object.LoadResponse, error) {
	m, _, leave, err := s.mailbox(ctx, actCheck, store)
	if err != nil {
		return object.LoadResponse{}, err
	}
	defer leave()
	switch {
	case !d.Header.Whole() || d.Header.Since == 0:
		return object.LoadResponse{}, fmt.Errorf("continue store %s: the dump is no increment: %w", store, mapi.InvalidParameter)
	case d.Header.Schema != uint64(len(migrations)):
		return object.LoadResponse{}, fmt.Errorf("continue store %s: schema version %d, the mailbox has %d: %w", store, d.Header.Schema, len(migrations), mapi.Version)
	}
	l := &onTop{inserter: inserter{d: d, verb: "INSERT", guid: m.guid}}
	err = m.exclusively(ctx, func(c *sqlite.Conn) error {
		l.c = c
		now, err := c.Int("SELECT max(change, own_change) FROM folder WHERE id = 1")
		if err != nil {
			return err
		}
		if uint64(now) != d.Header.Since {
			return fmt.Errorf("continue store %s: it is at change %d, the dump begins at %d: %w", store, now, d.Header.Since, mapi.ObjectChanged)
		}
		return l.run(ctx)
	})
	if err != nil {
		return object.LoadResponse{}, err
	}
	s.e.wakeQueue(ctx, m.guid)
	l.out.Store = m.guid
	return l.out, nil
}

// exclusively runs a transaction that changes folders behind the back of what
// is kept in memory, which is read anew.
func (m *mailbox) exclusively(ctx context.Context, f func(*sqlite.Conn) error) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	c, err := m.begins()
	if err != nil {
		return err
	}
	if err := c.Begin(); err != nil {
		return err
	}
	defer c.Rollback()
	if err := protect(ctx, func() error { return f(c) }); err != nil {
		return err
	}
	err = m.commit(c, false)
	if err != nil && !errors.Is(err, sqlite.ErrNotOnDisk) {
		return err
	}
	m.version.Add(1)
	m.committed(ctx, c)
	m.shorten(ctx)
	return errors.Join(err, m.reload(c))
}

// reload reads what is kept in memory anew, and tells who watches. It wants
// m.writing.
func (m *mailbox) reload(c *sqlite.Conn) error {
	fresh := mailbox{e: m.e, guid: m.guid}
	if err := fresh.load(c); err != nil {
		return err
	}
	if err := m.e.markWaiting(m.guid, c); err != nil {
		return err
	}
	m.stateMu.Lock()
	m.kind, m.owner, m.limits.known = fresh.kind, fresh.owner, false
	m.folders, m.buried, m.special, m.receive = fresh.folders, fresh.buried, fresh.special, fresh.receive
	m.searches, m.acting = fresh.searches, fresh.acting
	m.stateMu.Unlock()
	m.day, m.ahead = fresh.day, fresh.ahead
	m.signed.Store(fresh.signed.Load())
	m.names.forget()
	m.version.Add(1)
	m.e.fills.nudge(m.guid)
	root := fresh.folders[rootID]
	events := []object.Event{{Kind: object.EventHierarchy, Store: m.guid, Folder: rootID, Change: root.change}}
	for id, f := range fresh.folders {
		if id != rootID {
			events = append(events, object.Event{Kind: object.EventContents, Store: m.guid, Folder: id, Change: f.change})
		}
	}
	m.e.hub.Publish(events...)
	return nil
}

// onTop applies an increment.
type onTop struct {
	inserter
	emptied map[int]bool // small tables that were emptied before their first row
}

func (l *onTop) run(ctx context.Context) error {
	l.emptied = map[int]bool{}
	if err := l.emptySmall(); err != nil {
		return err
	}
	if err := rows(ctx, l.d, l.apply); err != nil {
		return err
	}
	if err := l.dropHomeless(); err != nil {
		return err
	}
	if err := l.members(); err != nil {
		return err
	}
	return l.refs.write(l.c)
}

// emptySmall empties the tables that a dump has whole.
func (l *onTop) emptySmall() error {
	names, err := l.c.Tables()
	if err != nil {
		return err
	}
	for _, name := range names {
		switch name {
		case "mailbox", "item", "message", "body", "tombstone", "blob", "member", "shared":
			continue
		}
		if err := l.c.Exec("DELETE FROM " + name); err != nil {
			return err
		}
	}
	return nil
}

func (l *onTop) apply(r dump.Row) error {
	t := &l.d.Tables[r.Table]
	row := namedRow{t.Columns, r.Values}
	var err error
	switch t.Name {
	case "mailbox":
		return nil // the owner and the GUID are its own
	case "tombstone":
		if row.int("kind") == goneMessage {
			err = l.remove(row.int("folder"), row.int("uid"), row.int("id"))
		}
		if err == nil {
			err = l.c.Exec("DELETE FROM tombstone WHERE folder = ? AND change = ?", row.int("folder"), row.int("change"))
		}
	case "item":
		err = l.replace(row.int("folder"), row.int("uid"), row.int("id"))
	}
	if err == nil {
		err = l.insert(r)
	}
	return err
}

// remove takes a message away that left a place, unless another is there. From
// a search folder its copy goes alone.
func (l *onTop) remove(folder, uid, id int64) error {
	n, err := l.c.Int("SELECT count(*) FROM item WHERE folder = ? AND uid = ? AND id = ?", folder, uid, id)
	if err != nil || n == 0 {
		return err
	}
	if err := l.c.Exec("DELETE FROM item WHERE folder = ? AND uid = ?", folder, uid); err != nil {
		return err
	}
	if n, err = l.c.Int("SELECT count(*) FROM message m WHERE id = ?1 AND ?2 IN (m.folder, m.folder | 144115188075855872) AND uid = ?3", id, folder, uid); err != nil || n == 0 {
		return err
	}
	return l.removeRows(id)
}

// replace makes room for a message, wherever it was, or for its copy in a
// search folder.
func (l *onTop) replace(folder, uid, id int64) error {
	if err := l.c.Exec("DELETE FROM item WHERE folder = ? AND uid = ?", folder, uid); err != nil {
		return err
	}
	n, err := l.c.Int("SELECT count(*) FROM search WHERE folder = ?", folder) // the dump has this table first
	if err != nil || n > 0 {
		return err
	}
	if err := l.c.Exec("DELETE FROM item AS i "+byID+" AND i.id = ?1", id); err != nil {
		return err
	}
	return l.removeRows(id)
}

func (l *onTop) removeRows(id int64) error {
	body, err := dropMessage(l.c, mapi.ID(id))
	_ = eachBlob(&l.rec, body, func(id blob.ID) error { l.refs.add(id, -1); return nil })
	return err
}

// dropHomeless removes the messages of folders that are gone, and those that
// were soft-deleted and are purged, of which no tombstones tell.
func (l *onTop) dropHomeless() error {
	purged, err := pairs(l.c, "SELECT folder, uid FROM item WHERE folder >= ? AND id NOT IN (SELECT object FROM deleted)", uint64(listDeleted.of(0)))
	if err != nil {
		return err
	}
	homeless, err := pairs(l.c, "SELECT folder, uid FROM item WHERE folder & 0xffffffffffffff NOT IN (SELECT id FROM folder)")
	if err != nil {
		return err
	}
	for _, p := range append(purged, homeless...) {
		id, err := l.c.Int("SELECT id FROM item WHERE folder = ? AND uid = ?", p.id, p.n)
		if err == nil && id != 0 {
			err = l.remove(p.id, p.n, id)
		}
		if err != nil {
			return err
		}
	}
	// Of folders that were restored, and what was pruned.
	if err := l.c.Exec(`DELETE FROM tombstone WHERE kind = ? AND id IN (SELECT id FROM folder) AND id NOT IN (
		WITH RECURSIVE buried (id) AS (SELECT id FROM folder WHERE kind = ? UNION SELECT f.id FROM folder f JOIN buried b ON f.parent = b.id)
		SELECT id FROM buried)`, goneFolder, uint8(object.KindRecoverable)); err != nil {
		return err
	}
	if err := l.c.Exec("DELETE FROM tombstone WHERE change <= (SELECT pruned FROM folder f WHERE f.id = tombstone.folder & 0xffffffffffffff)"); err != nil {
		return err
	}
	for _, table := range []string{"item", "tombstone"} {
		if err := l.c.Exec("DELETE FROM " + table + " WHERE folder & 0xffffffffffffff NOT IN (SELECT id FROM folder)"); err != nil {
			return err
		}
	}
	return nil
}

// pair is an id and a second number.
type pair struct{ id, n int64 }

// pairs reads a query of two numbers whole.
func pairs(c *sqlite.Conn, sql string, args ...any) ([]pair, error) {
	rows, err := c.Query(sql, args...)
	if err != nil {
		return nil, err
	}
	var out []pair
	for rows.Next() {
		out = append(out, pair{rows.Int(0), rows.Int(1)})
	}
	return out, rows.Close()
}

// namedRow finds values by the names of their columns.
type namedRow struct {
	columns []string
	values  []any
}

func (r namedRow) value(name string) any {
	for i, c := range r.columns {
		if c == name {
			return r.values[i]
		}
	}
	return nil
}

func (r namedRow) int(name string) int64 {
	n, _ := r.value(name).(int64)
	return n
}

func (r namedRow) bytes(name string) []byte {
	switch v := r.value(name).(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	return nil
}

func (r namedRow) text(name string) string { return string(r.bytes(name)) }
