// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"os"
	"path/filepath"
	"testing"
)

// TestReserve keeps the log allocated ahead and looks at what a crash at any
// of these moments would leave.
func TestReserve(t *testing.T) {
	c := open(t)
	w := NewWAL(c.Path())
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
