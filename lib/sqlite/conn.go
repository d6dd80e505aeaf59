// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// PageSize is the page size of new databases in bytes.
const PageSize = 4096

// maxKeptArgs is the size of arguments in bytes above which a statement is
// prepared for one use, since a prepared one keeps room for its arguments.
const maxKeptArgs = 64 << 10

// Options say how to open a database.
type Options struct {
	Create   bool          // make the file (mode 0600) where it is missing
	ReadOnly bool          // the connection only reads
	CacheKiB int           // page cache; 0 is 256
	Busy     time.Duration // how long to wait for another process's lock
	WAL      *WAL          // of the connection that writes; nil: its commits wait for the file
}

// Conn is one connection. It is not safe for concurrent use.
type Conn struct {
	c      *sqlite3.SQLiteConn
	handle handle // c's
	path   string
	stmts  map[string]*stmt
	args   []driver.NamedValue // scratch
	link   *walLink            // with the WAL file; nil is none
	soft   bool                // the transaction's commit does not wait for the disk
}

// Open opens the database of that path.
func Open(path string, o Options) (*Conn, error) {
	if err := configure(); err != nil {
		return nil, err
	}
	if o.Create {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open database: %w", osError(err))
		}
		f.Close()
	}
	// unix-excl: this process alone has the database, by a lock that it takes
	// once. The index of the log lies in memory then and not in a -shm file,
	// and a transaction makes no system calls for locks (sqlite.org/vfs.html).
	// So does ours, which is that one for all but the WAL of who writes.
	c := &Conn{path: path, stmts: map[string]*stmt{}}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		fmt.Sprintf("?mode=rw&vfs=%s&_mutex=no&_busy_timeout=%d&_synchronous=FULL", vfsName, o.Busy.Milliseconds())
	if o.WAL != nil {
		c.link = newWALLink(o.WAL)
		dsn += "&" + c.link.parameter()
	}
	dc, h, err := connect(dsn)
	if err != nil {
		c.link.free()
		return nil, fmt.Errorf("open database %s: %w", path, classify(err))
	}
	c.c, c.handle = dc.(*sqlite3.SQLiteConn), h
	if err := c.setUp(o); err != nil {
		c.Close()
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return c, nil
}

func (c *Conn) setUp(o Options) error {
	cache := o.CacheKiB
	if cache == 0 {
		cache = 256
	}
	script := fmt.Sprintf("PRAGMA cache_size=-%d; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA wal_autocheckpoint=0;", cache)
	if o.ReadOnly {
		return c.Script(script + "PRAGMA query_only=1;")
	}
	return c.Script(fmt.Sprintf("PRAGMA page_size=%d; PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=-1;", PageSize) + script)
}

// Path is the path that the connection was opened with.
func (c *Conn) Path() string { return c.path }

// Close ends the connection. The last one of a database copies the WAL into
// the database and removes it.
func (c *Conn) Close() error {
	var first error
	for _, s := range c.stmts {
		if err := s.s.Close(); err != nil && first == nil {
			first = classify(err)
		}
	}
	c.stmts = nil
	if err := c.c.Close(); err != nil && first == nil {
		first = classify(err)
	}
	c.link.free()
	c.link = nil
	return first
}

// Script runs statements without parameters, in order.
func (c *Conn) Script(sql string) error {
	_, err := c.c.ExecContext(context.Background(), sql, nil)
	return classify(err)
}

// stmt is a prepared statement and the rows of its use.
type stmt struct {
	s    *sqlite3.SQLiteStmt
	rows Rows
}

func (c *Conn) prepare(sql string) (*stmt, error) {
	if s := c.stmts[sql]; s != nil {
		return s, nil
	}
	ds, err := c.c.Prepare(sql)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", sql, classify(err))
	}
	s := &stmt{s: ds.(*sqlite3.SQLiteStmt)}
	c.stmts[sql] = s
	return s, nil
}

// bind puts the arguments into the scratch list. Integers of any width,
// booleans, strings, byte strings and nil are arguments.
func (c *Conn) bind(args []any) (size int, err error) {
	c.args = c.args[:0]
	for i, a := range args {
		v, n, err := bindable(a)
		if err != nil {
			return 0, fmt.Errorf("bind parameter %d: %w", i+1, err)
		}
		size += n
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return size, nil
}

func bindable(a any) (driver.Value, int, error) {
	switch v := a.(type) {
	case nil, int64, float64, bool:
		return v, 0, nil
	case int:
		return int64(v), 0, nil
	case uint8:
		return int64(v), 0, nil
	case uint32:
		return int64(v), 0, nil
	case uint64:
		return int64(v), 0, nil
	case string:
		return v, len(v), nil
	case []byte:
		if v == nil {
			return nil, 0, nil
		}
		return v, len(v), nil
	}
	return nil, 0, fmt.Errorf("type %T", a)
}

// Exec runs one statement that gives no rows.
func (c *Conn) Exec(sql string, args ...any) error {
	size, err := c.bind(args)
	if err != nil {
		return err
	}
	if size > maxKeptArgs {
		return c.execOnce(sql)
	}
	s, err := c.prepare(sql)
	if err != nil {
		return err
	}
	r, err := s.s.QueryContext(context.Background(), c.args)
	if err != nil {
		return fmt.Errorf("run %q: %w", sql, classify(err))
	}
	if err := r.Close(); err != nil {
		return fmt.Errorf("run %q: %w", sql, classify(err))
	}
	return nil
}

// execOnce runs a statement with big arguments, keeping nothing of it.
func (c *Conn) execOnce(sql string) error {
	ds, err := c.c.Prepare(sql)
	if err != nil {
		return fmt.Errorf("prepare %q: %w", sql, classify(err))
	}
	_, err = ds.(*sqlite3.SQLiteStmt).ExecContext(context.Background(), c.args)
	if cerr := ds.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("run %q: %w", sql, classify(err))
	}
	return nil
}

// ErrNoRow is what Row gives where the query has none.
var ErrNoRow = errors.New("no row")

// Row runs a query and hands its first row to scan; ErrNoRow where there is none.
func (c *Conn) Row(scan func(*Rows), sql string, args ...any) error {
	rows, err := c.Query(sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if rows.Err() != nil {
			return rows.Err()
		}
		return ErrNoRow
	}
	scan(rows)
	return nil
}

// Int runs a query whose answer is one number; 0 where it has no row.
func (c *Conn) Int(sql string, args ...any) (int64, error) {
	var n int64
	err := c.Row(func(r *Rows) { n = r.Int(0) }, sql, args...)
	if errors.Is(err, ErrNoRow) {
		err = nil
	}
	return n, err
}
