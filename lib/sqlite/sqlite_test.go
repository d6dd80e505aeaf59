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

// A connection that reads copies the log while another one writes, but for what is
// not committed.
func TestCheckpointBeside(t *testing.T) {
	c := open(t)
	c.Script("CREATE TABLE x (a INTEGER PRIMARY KEY, b BLOB)")
	r, err := Open(c.Path(), Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fill := func(n int) {
		t.Helper()
		for range n {
			if err := c.Exec("INSERT INTO x (b) VALUES (zeroblob(4000))"); err != nil {
				t.Fatal(err)
			}
		}
	}
	fill(500)
	if err := c.Begin(); err != nil {
		t.Fatal(err)
	}
	fill(500) // more than the cache holds: some are in the log
	if done, err := r.Checkpoint(Passive); !done || err != nil {
		t.Errorf("checkpoint %v %v", done, err)
	}
	if st, err := os.Stat(c.Path()); err != nil || st.Size() < 500*PageSize || st.Size() > 600*PageSize {
		t.Errorf("database of %d bytes, %v", st.Size(), err)
	}
	c.Rollback()
	if n, err := r.Int("SELECT count(*) FROM x"); n != 500 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	fill(1)
	if n, err := c.Frames(); n > 100 || err != nil {
		t.Errorf("the log went on to %d pages, %v", n, err)
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

// A fill belongs to the transaction of its step.
func TestMigrateFill(t *testing.T) {
	c, err := Open(filepath.Join(t.TempDir(), "f.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	steps := []string{"CREATE TABLE a (n INTEGER)", "CREATE TABLE b (n INTEGER)"}
	fails := Fill{2, func(*Conn) error { return errors.New("no") }}
	if err := c.Migrate(steps, fails); err == nil {
		t.Error("a fill that fails is passed over")
	}
	if v, _ := c.Int("PRAGMA user_version"); v != 1 {
		t.Errorf("version %d", v)
	}
	ran := 0
	fill := Fill{2, func(c *Conn) error { ran++; return c.Exec("INSERT INTO b VALUES (?)", 7) }}
	for range 2 {
		if err := c.Migrate(steps, fill); err != nil {
			t.Fatal(err)
		}
	}
	n, err := c.Int("SELECT sum(n) FROM b")
	if err != nil || n != 7 || ran != 1 {
		t.Errorf("%d in %d runs: %v", n, ran, err)
	}
	if list, err := c.Tables(); err != nil || len(list) != 2 {
		t.Errorf("tables %v %v", list, err)
	}
	if list, err := c.Columns("b"); err != nil || len(list) != 1 || list[0] != "n" {
		t.Errorf("columns %v %v", list, err)
	}
}

func TestVacuumInto(t *testing.T) {
	dir := t.TempDir()
	c, err := Open(filepath.Join(dir, "v.db"), Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Script("CREATE TABLE a (b BLOB); INSERT INTO a VALUES (zeroblob(400000)), (x'01'); DELETE FROM a WHERE length(b) > 1; PRAGMA user_version = 3"); err != nil {
		t.Fatal(err)
	}
	file, free, err := c.Sizes()
	if err != nil || file < 400_000 || free < 390_000 {
		t.Errorf("%d bytes, %d free: %v", file, free, err)
	}
	if err := c.VacuumInto(filepath.Join(dir, "new.db")); err != nil {
		t.Fatal(err)
	}
	n, err := Open(filepath.Join(dir, "new.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	file, free, err = n.Sizes()
	if err != nil || file > 20_000 || free != 0 {
		t.Errorf("%d bytes, %d free: %v", file, free, err)
	}
	if v, _ := n.Int("PRAGMA user_version"); v != 3 {
		t.Errorf("version %d", v)
	}
	if list, err := n.QuickCheck("a"); err != nil || len(list) > 0 {
		t.Errorf("%v %v", list, err)
	}
}

func TestQueryOnce(t *testing.T) {
	c := open(t)
	var sum int64
	for range 2 {
		rows, err := c.QueryOnce("SELECT ? + 1 UNION ALL SELECT 10", 4)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			sum += rows.Int(0)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if sum != 30 || len(c.stmts) != 0 && c.stmts["SELECT ? + 1 UNION ALL SELECT 10"] != nil {
		t.Errorf("sum %d, %d statements kept", sum, len(c.stmts))
	}
	if _, err := c.QueryOnce("SELECT nonsense FROM nowhere"); err == nil {
		t.Error("a bad statement runs")
	}
}

// TestBeginRead has the moment at which a transaction began, not that of its first
// question.
func TestBeginRead(t *testing.T) {
	w := open(t)
	if err := w.Script("CREATE TABLE x (a INTEGER PRIMARY KEY); INSERT INTO x VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	r, err := Open(w.Path(), Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.BeginRead(); err != nil {
		t.Fatal(err)
	}
	if err := w.Exec("INSERT INTO x VALUES (2)"); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Int("SELECT count(*) FROM x"); n != 1 || err != nil {
		t.Errorf("%d rows, %v, in a transaction that began before the second", n, err)
	}
	r.Rollback()
	if n, err := r.Int("SELECT count(*) FROM x"); n != 2 || err != nil {
		t.Errorf("%d rows, %v, behind it", n, err)
	}
}
