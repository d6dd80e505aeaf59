// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func open(t testing.TB) *Conn {
	t.Helper()
	c, err := Open(filepath.Join(t.TempDir(), "a?b #c.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestRoundTrip(t *testing.T) {
	c := open(t)
	if err := c.Script("CREATE TABLE x (a INTEGER PRIMARY KEY, b BLOB, c TEXT)"); err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("z"), maxKeptArgs+1)
	for i, b := range [][]byte{nil, {}, []byte("k"), big} {
		if err := c.Exec("INSERT INTO x VALUES (?, ?, ?)", i, b, "t"); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := c.Query("SELECT a, b, c FROM x ORDER BY a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Query("SELECT a, b, c FROM x ORDER BY a"); err == nil {
		t.Error("the same statement runs twice at once")
	}
	var sizes []int
	for rows.Next() {
		if rows.Int(0) == 0 && !rows.Null(1) {
			t.Error("NULL is not NULL")
		}
		sizes = append(sizes, len(rows.Bytes(1)))
	}
	if err := rows.Close(); err != nil || len(sizes) != 4 || sizes[3] != len(big) {
		t.Errorf("rows %v, %v", sizes, err)
	}
	if err := c.Row(func(*Rows) {}, "SELECT 1 FROM x WHERE a = ?", 99); !errors.Is(err, ErrNoRow) {
		t.Errorf("missing row: %v", err)
	}
	if n, err := c.Int("SELECT count(*) FROM x"); n != 4 || err != nil {
		t.Errorf("count %d, %v", n, err)
	}
	st, err := os.Stat(c.Path())
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
}

func TestSavepoint(t *testing.T) {
	c := open(t)
	c.Script("CREATE TABLE x (a INTEGER PRIMARY KEY)")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.Begin())
	must(c.Savepoint())
	must(c.Exec("INSERT INTO x VALUES (1)"))
	must(c.Release())
	must(c.Savepoint())
	must(c.Exec("INSERT INTO x VALUES (2)"))
	must(c.RollbackTo())
	must(c.Commit())
	if n, _ := c.Int("SELECT sum(a) FROM x"); n != 1 {
		t.Errorf("sum %d", n)
	}
	err := c.Exec("INSERT INTO x VALUES (1)")
	if KindOf(err) != Constraint {
		t.Errorf("kind %d of %v", KindOf(err), err)
	}
	c.Rollback() // no transaction: nothing
}

func TestMigrate(t *testing.T) {
	c := open(t)
	steps := []string{"CREATE TABLE x (a INTEGER)", "ALTER TABLE x ADD COLUMN b INTEGER"}
	for range 2 {
		if err := c.Migrate(steps); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Migrate(steps[:1]); !errors.Is(err, ErrNewer) {
		t.Errorf("later version: %v", err)
	}
	if err := c.Migrate(append(steps, "CREATE TABLE y (a INTEGER); CREATE TABLE x (a INTEGER)")); err == nil {
		t.Error("bad step passes")
	}
	if v, _ := c.Int("PRAGMA user_version"); v != 2 {
		t.Errorf("version %d", v)
	}
	if n, _ := c.Int("SELECT count(*) FROM sqlite_master WHERE name = 'y'"); n != 0 {
		t.Error("half a step stays")
	}
}

func TestCheckpoint(t *testing.T) {
	c := open(t)
	c.Script("CREATE TABLE x (a INTEGER PRIMARY KEY)")
	r, err := Open(c.Path(), Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Exec("INSERT INTO x VALUES (1)"); KindOf(err) != ReadOnly {
		t.Errorf("a reader writes: %v", err)
	}
	if done, err := c.Checkpoint(Truncate); !done || err != nil {
		t.Errorf("checkpoint %v %v", done, err)
	}
	if st, err := os.Stat(c.Path() + "-wal"); err != nil || st.Size() != 0 {
		t.Errorf("WAL of %d bytes, %v", st.Size(), err)
	}
	if list, err := c.IntegrityCheck(); err != nil || len(list) != 0 {
		t.Errorf("integrity %v %v", list, err)
	}
}

func TestMissing(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "none.db"), Options{})
	if err == nil {
		t.Fatal("opens what is not there")
	}
	if KindOf(err) != Missing {
		t.Errorf("kind %d of %v", KindOf(err), err)
	}
}
