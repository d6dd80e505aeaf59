// SPDX-License-Identifier: AGPL-3.0-or-later

// Package dbdir keeps the directory in a SQLite database of its own.
package dbdir

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// Limits of what an entry holds.
const (
	maxAddress = 254 // bytes, RFC 5321 4.5.3.1.3 without the brackets
	maxAliases = 1000
	maxText    = 1024
	maxList    = 10_000 // who may send as somebody
)

// DB is a directory in a database. It is the only writer of it.
type DB struct {
	domain  string
	policy  directory.Policy
	now     func() time.Time
	changed func()
	version atomic.Uint64
	hashing chan struct{} // holds as many as may hash at once
	dummy   string        // is compared for users who are not there

	iterations int    // of new keys for SCRAM; 0 is none
	saltKey    []byte // makes salts of names

	verified verified
	accounts accounts
	keyed    keyed
	lockouts lockouts
	groups   groups

	giveBack *time.Timer // gives the memory of hashes back to the system

	writing sync.Mutex // guards w; taken before reading
	w       *sqlite.Conn
	reading sync.Mutex // guards r; taken after the lock of groups
	r       *sqlite.Conn
}

// Options are settings of a DB.
type Options struct {
	DefaultDomain string           // completes names and addresses without a domain
	Policy        directory.Policy // of passwords
	LogonCache    time.Duration    // how long a password that was right is not hashed again; 0 is never
	Iterations    int              // of the keys for SCRAM-SHA-256; 0 keeps none, and forgets those that are there

	// Changed, where it is set, is called after each change that Version counts.
	Changed func()

	// Now is the clock; time.Now where it is nil.
	Now func() time.Time
}

var (
	_ directory.Directory = (*DB)(nil)
	_ directory.Proofs    = (*DB)(nil)
)

// Open opens or makes the directory's database.
func Open(path string, o Options) (*DB, error) {
	w, err := sqlite.Open(path, sqlite.Options{Create: true, Busy: time.Second})
	if err != nil {
		return nil, coded(err)
	}
	d := &DB{domain: strings.ToLower(o.DefaultDomain), policy: o.Policy, now: o.Now, iterations: o.Iterations, w: w, hashing: make(chan struct{}, maxHashing)}
	if d.now == nil {
		d.now = time.Now
	}
	if d.changed = o.Changed; d.changed == nil {
		d.changed = func() {}
	}
	d.verified.start(o.LogonCache)
	d.giveBack = time.AfterFunc(giveBackAfter, debug.FreeOSMemory) // start hashes too
	if err := d.start(path); err != nil {
		d.Close()
		return nil, fmt.Errorf("open directory: %w", coded(err))
	}
	return d, nil
}

func (d *DB) start(path string) error {
	if err := d.w.Migrate(migrations); err != nil {
		return err
	}
	v, err := d.w.Int("SELECT version FROM directory WHERE one = 1")
	if err != nil {
		return err
	}
	d.version.Store(uint64(v))
	if err := indexWords(d.w); err != nil {
		return err
	}
	if d.dummy, err = hashPassword(mapi.NewGUID().String()); err != nil {
		return err
	}
	if err := d.startKeys(); err != nil {
		return err
	}
	d.r, err = sqlite.Open(path, sqlite.Options{ReadOnly: true, Busy: time.Second})
	return err
}

// Close closes the database.
func (d *DB) Close() error {
	d.giveBack.Stop()
	var first error
	if d.r != nil {
		first = d.r.Close()
	}
	if err := d.w.Close(); err != nil && first == nil {
		first = err
	}
	return first
}

// Version implements directory.Directory; it is kept in memory.
func (d *DB) Version(context.Context) (uint64, error) { return d.version.Load(), nil }

// fold completes and folds a login name or an address.
func (d *DB) fold(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if name != "" && !strings.Contains(name, "@") && d.domain != "" {
		name += "@" + d.domain
	}
	return name
}

// checkAddress says whether a folded name or address can be kept.
func checkAddress(a string) error {
	at := strings.IndexByte(a, '@')
	bad := at < 1 || at == len(a)-1 || len(a) > maxAddress || strings.ContainsAny(a[at+1:], "@/\\") ||
		strings.ContainsRune(a, utf8.RuneError) // what is not UTF-8 was folded into one name
	if bad || strings.ContainsFunc(a, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return fmt.Errorf("check address %q: %w", a, mapi.InvalidParameter)
	}
	return nil
}

// coded gives database errors the codes of the model.
func coded(err error) error {
	if err == nil || mapi.CodeOf(err) != mapi.GeneralFailure {
		return err
	}
	switch sqlite.KindOf(err) {
	case sqlite.Full:
		return fmt.Errorf("%w: %w", err, mapi.NotEnoughDisk)
	case sqlite.ReadOnly:
		return fmt.Errorf("%w: %w", err, mapi.StoreFull)
	case sqlite.Busy:
		return fmt.Errorf("%w: %w", err, mapi.Busy)
	case sqlite.Constraint:
		return fmt.Errorf("%w: %w", err, mapi.AlreadyExists)
	}
	if errors.Is(err, sqlite.ErrNewer) {
		return fmt.Errorf("%w: %w", err, mapi.Version)
	}
	return err
}

// tx is a change of the directory, which makes the given version of it.
type tx struct {
	*sqlite.Conn
	d       *DB
	version uint64
	teams   bool // who is in which group may have changed
}

// update runs f in a transaction and counts the version up.
func (d *DB) update(f func(t *tx) error) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	t := tx{Conn: d.w, d: d}
	err := d.w.Update(func() error {
		err := d.w.Row(func(r *sqlite.Rows) { t.version = uint64(r.Int(0)) },
			"UPDATE directory SET version = version + 1 WHERE one = 1 RETURNING version")
		if err != nil {
			return err
		}
		return f(&t)
	})
	if err != nil {
		return coded(err)
	}
	if t.teams {
		d.groups.generation.Add(1) // before the version, by which answers are kept
	}
	d.version.Store(t.version)
	d.changed()
	if _, err := d.w.Checkpoint(sqlite.Passive); err != nil {
		return nil // it is committed; the next one tries again
	}
	return nil
}

// view reads.
func (d *DB) view(f func(c *sqlite.Conn) error) error {
	d.reading.Lock()
	defer d.reading.Unlock()
	return coded(d.r.View(func() error { return f(d.r) }))
}
