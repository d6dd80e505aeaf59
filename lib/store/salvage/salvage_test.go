// SPDX-License-Identifier: AGPL-3.0-or-later

package salvage

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"twiga/lib/sqlite"
)

// sample is a database with rows of all sizes; live leaves a log beside it.
func sample(t testing.TB, live bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.db")
	c, err := sqlite.Open(path, sqlite.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	err = c.Script("CREATE TABLE a (id INTEGER PRIMARY KEY, b BLOB, t TEXT, n INTEGER); CREATE INDEX a_n ON a (n);" +
		"CREATE TABLE k (x INTEGER NOT NULL, y INTEGER NOT NULL, z TEXT, PRIMARY KEY (x, y)) WITHOUT ROWID; PRAGMA user_version = 7")
	for i := 0; i < 260 && err == nil; i++ {
		err = c.Exec("INSERT INTO a (id, b, t, n) VALUES (?, ?, ?, ?)", i+1, bytes.Repeat([]byte{byte(i)}, i*i%6000), fmt.Sprint("text ", i), int64(i)<<(i%40)-5)
		if err == nil {
			err = c.Exec("INSERT INTO k (x, y, z) VALUES (?, ?, ?)", i%7, i, bytes.Repeat([]byte("z"), i))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if !live {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	to := filepath.Join(t.TempDir(), "live.db") // as a crash would leave it
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err == nil {
			err = os.WriteFile(to+suffix, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func TestReadsAll(t *testing.T) {
	for _, live := range []bool{false, true} {
		s, err := Open(sample(t, live))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		tables := s.Tables()
		if len(tables) != 2 || s.Version() != 7 {
			t.Fatalf("live %v: tables %v, version %d", live, tables, s.Version())
		}
		n := 0
		s.Rows(tables["a"], func(r Row) bool {
			i := int(r.ID - 1)
			b, _ := r.Columns[1].([]byte)
			if len(r.Columns) != 4 || r.Columns[0] != nil || len(b) != i*i%6000 || r.Columns[2] != fmt.Sprint("text ", i) || r.Columns[3] != int64(i)<<(i%40)-5 {
				t.Errorf("row %d: %.80v", r.ID, r)
			}
			n++
			return true
		})
		s.Rows(tables["k"], func(r Row) bool {
			if !r.Keyed || len(r.Columns) != 3 {
				t.Errorf("row %.80v", r)
			}
			n++
			return true
		})
		if n != 520 {
			t.Errorf("live %v: %d rows", live, n)
		}
		s.Orphans(func(r Row) bool {
			t.Errorf("orphan %.80v", r)
			return true
		})
	}
}

// TestDamage overwrites one page after the other: the others' rows are read.
func TestDamage(t *testing.T) {
	good, err := os.ReadFile(sample(t, false))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bad.db")
	for page := range len(good) / pageSize {
		bad := bytes.Clone(good)
		copy(bad[page*pageSize:], bytes.Repeat([]byte{0xa5}, pageSize))
		if n := rowsIn(t, path, bad); n < 150 {
			t.Errorf("without page %d: %d rows", page+1, n)
		}
	}
}

func rowsIn(t testing.TB, path string, content []byte) (n int) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	count := func(Row) bool { n++; return true }
	for _, root := range s.Tables() {
		s.Rows(root, count)
	}
	s.Orphans(count)
	return n
}

func FuzzPage(f *testing.F) {
	good, err := os.ReadFile(sample(f, false))
	if err != nil {
		f.Fatal(err)
	}
	for i := range 6 {
		f.Add(good[i*pageSize:][:pageSize], uint8(i))
	}
	path := filepath.Join(f.TempDir(), "fuzz.db")
	f.Fuzz(func(t *testing.T, b []byte, at uint8) {
		bad := bytes.Clone(good[:16*pageSize])
		copy(bad[int(at%16)*pageSize:], b[:min(len(b), pageSize)])
		rowsIn(t, path, bad)
	})
}
