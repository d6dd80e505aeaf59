// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"sync"

	"twiga/lib/directory"
	"twiga/lib/sqlite"
)

// accountsMax is how many accounts are kept in memory.
const accountsMax = 10_000

// accounts keeps what logons asked for while the directory stays as it is.
type accounts struct {
	mu      sync.RWMutex // guards what follows
	version uint64
	byName  map[string]row
}

func (a *accounts) get(version uint64, name string) (row, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.version != version {
		return row{}, false
	}
	e, ok := a.byName[name]
	return e, ok
}

func (a *accounts) put(version uint64, name string, e row) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byName == nil || a.version != version || len(a.byName) >= accountsMax {
		a.version, a.byName = version, map[string]row{}
	}
	a.byName[name] = e
}

// account finds who logs on. The version is taken before the database is read:
// what is newer than it is forgotten once more than needed.
func (d *DB) account(name string) (row, error) {
	name, version := d.fold(name), d.version.Load()
	if e, ok := d.accounts.get(version, name); ok {
		return e, nil
	}
	var e row
	err := d.view(func(c *sqlite.Conn) (err error) {
		e, err = find(c, byName, name, directory.Kind.HasMailbox)
		return err
	})
	if err == nil {
		d.accounts.put(version, name, e)
	}
	return e, err
}
