// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestReserve keeps the log allocated ahead and looks at what a crash at any
// of these moments would leave.
func TestReserve(t *testing.T) {
	c := open(t)
	w := NewWAL(c.Path(), nil)
	if err := c.Script("CREATE TABLE x (a INTEGER PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	afterCrash := func(want int64) {
		t.Helper()
		dir := t.TempDir()
		for _, suffix := range []string{"", "-wal"} {
			b, err := os.ReadFile(c.Path() + suffix)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, "x.db"+suffix), b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		other, err := Open(filepath.Join(dir, "x.db"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if n, err := other.Int("SELECT count(*) FROM x"); n != want || err != nil {
			t.Errorf("after a crash %d rows, want %d, %v", n, want, err)
		}
		if list, err := other.IntegrityCheck(); len(list) > 0 || err != nil {
			t.Errorf("after a crash %v %v", list, err)
		}
	}
	if done, err := c.Checkpoint(Truncate); !done || err != nil {
		t.Fatal(done, err)
	}
	for i := range int64(300) {
		frames, err := c.Frames()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Begin(); err != nil {
			t.Fatal(err)
		}
		if err := c.Exec("INSERT INTO x VALUES (?)", i); err != nil {
			t.Fatal(err)
		}
		if err := w.Reserve(frames + 2); err != nil {
			t.Fatal(err)
		}
		if i%100 == 0 {
			afterCrash(i) // zeros only, or zeros behind frames
		}
		if err := c.Commit(); err != nil {
			t.Fatal(err)
		}
		if i%100 == 50 {
			afterCrash(i + 1)
		}
		if st, err := os.Stat(c.Path() + "-wal"); err != nil || st.Size() < minStep {
			t.Fatalf("log of %d bytes, %v", st.Size(), err)
		}
		if i == 200 {
			if done, err := c.Checkpoint(Truncate); !done || err != nil {
				t.Fatal(done, err)
			}
			w.Reset()
		}
	}
}

// TestFramesAreWhole: what was committed stands in the files as SQLite wants it,
// for who comes after a crash.
func TestFramesAreWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	c, err := Open(path, Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Script("CREATE TABLE x (a INTEGER PRIMARY KEY, b BLOB)"); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		if err := c.Exec("INSERT INTO x VALUES (?, ?)", i, bytes.Repeat([]byte{byte(i)}, i*500)); err != nil {
			t.Fatal(err)
		}
	}
	left := t.TempDir() // what a crash would leave
	for _, name := range []string{"x.db", "x.db-wal"} {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(left, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Open(filepath.Join(left, "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for i := range 50 {
		err := again.Row(func(r *Rows) {
			if got := r.Bytes(0); !bytes.Equal(got, bytes.Repeat([]byte{byte(i)}, i*500)) {
				t.Errorf("row %d has %d bytes", i, len(got))
			}
		}, "SELECT b FROM x WHERE a = ?", i)
		if err != nil {
			t.Errorf("row %d: %v", i, err)
		}
	}
	if faults, err := again.IntegrityCheck(); err != nil || len(faults) > 0 {
		t.Errorf("%v, %v", faults, err)
	}
}

// TestSpilledFramesAreWhole: a transaction larger than the cache writes pages
// twice, and the headers of frames once more by themselves; all of that is in the
// files when it has ended.
func TestSpilledFramesAreWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	c, err := Open(path, Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, sql := range []string{"PRAGMA cache_size = 10", "CREATE TABLE x (a INTEGER PRIMARY KEY, b BLOB)", "BEGIN"} {
		if err := c.Script(sql); err != nil {
			t.Fatal(err)
		}
	}
	const rows = 200
	for round := range 3 {
		for i := range rows {
			if err := c.Exec("INSERT OR REPLACE INTO x VALUES (?, ?)", i, bytes.Repeat([]byte{byte(i + round)}, 3000)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.Script("COMMIT"); err != nil {
		t.Fatal(err)
	}
	left := t.TempDir() // what a crash would leave
	for _, name := range []string{"x.db", "x.db-wal"} {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(left, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Open(filepath.Join(left, "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if n, err := again.Int("SELECT count(*) FROM x"); err != nil || n != rows {
		t.Errorf("%d rows are left of %d, %v", n, rows, err)
	}
}
