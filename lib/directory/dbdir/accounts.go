// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"sync"

	"twiga/lib/directory"
	"twiga/lib/sqlite"
)

// accountsMax is how many accounts are kept in memory.
const accountsMax = 10_000

// accounts keeps what logons and deliveries asked for while the directory stays
// as it is.
type accounts struct {
	mu      sync.RWMutex // guards what follows
	version uint64
	found   map[question]row
}

// question is a query and what it looks for.
type question struct{ sql, arg string }

func (a *accounts) get(version uint64, q question) (row, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.version != version {
		return row{}, false
	}
	e, ok := a.found[q]
	return e, ok
}

func (a *accounts) put(version uint64, q question, e row) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.found == nil || a.version != version || len(a.found) >= accountsMax {
		a.version, a.found = version, map[question]row{}
	}
	a.found[q] = e
}

// account finds who logs on.
func (d *DB) account(name string) (row, error) { return d.ask(question{byName, d.fold(name)}) }

// ask finds an entry with a mailbox. The version is taken before the database is
// read: what is newer than it is forgotten once more than needed.
func (d *DB) ask(q question) (row, error) {
	version := d.version.Load()
	if e, ok := d.accounts.get(version, q); ok {
		return e, nil
	}
	var e row
	err := d.view(func(c *sqlite.Conn) (err error) {
		e, err = find(c, q.sql, q.arg, directory.Kind.HasMailbox)
		return err
	})
	if err == nil {
		d.accounts.put(version, q, e)
	}
	return e, err
}
