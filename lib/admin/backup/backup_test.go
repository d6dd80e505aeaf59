// SPDX-License-Identifier: AGPL-3.0-or-later

package backup

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func TestChain(t *testing.T) {
	hour := func(n int) time.Time { return time.Date(2026, 1, 1, n, 0, 0, 0, time.UTC) }
	m := func(n int, since, change uint64) Manifest {
		return Manifest{Sequence: n, Created: hour(n), Since: since, Change: change}
	}
	part := m(3, 0, 20)
	part.Folder = "INBOX"
	all := []Manifest{m(1, 0, 10), m(2, 10, 20), part, m(4, 20, 20), m(5, 0, 30), m(6, 30, 40)}
	for _, tt := range []struct {
		name string
		list []Manifest
		at   time.Time
		want []int
		err  error
	}{
		{"the last", all, time.Time{}, []int{5, 6}, nil},
		{"before the second full one", all, hour(4).Add(time.Minute), []int{1, 2, 4}, nil},
		{"a part is in no chain", all, hour(3), []int{1, 2}, nil},
		{"at the moment", all, hour(1), []int{1}, nil},
		{"before all", all, hour(0), nil, ErrNone},
		{"nothing", nil, time.Time{}, nil, ErrNone},
		{"no full one", all[1:2], time.Time{}, nil, ErrDamaged},
		{"a gap", []Manifest{m(1, 0, 10), m(4, 20, 20)}, time.Time{}, nil, ErrDamaged},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Chain(tt.list, tt.at)
			if !errors.Is(err, tt.err) || len(got) != len(tt.want) {
				t.Fatalf("got %v, %v", got, err)
			}
			for i := range got {
				if got[i].Sequence != tt.want[i] {
					t.Errorf("number %d is %d, want %d", i, got[i].Sequence, tt.want[i])
				}
			}
		})
	}
}

// TestOneWriter keeps a second writer out, and files of a failed write.
func TestOneWriter(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("a second writer: %v", err)
	}
	id := object.BlobID{1}
	if _, err := w.Blob(id, func(w io.Writer) error { _, err := w.Write([]byte("another")); return err }); mapi.CodeOf(err) != mapi.CorruptData || w.Has(id) {
		t.Errorf("a content of another name: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, tempName)); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if err := os.WriteFile(filepath.Join(dir, formatName), []byte(`{"format":"twiga-backup","version":9}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, nil); !errors.Is(err, ErrVersion) {
		t.Errorf("a later version: %v", err)
	}
}

// TestUnpackStaysInside unpacks archives of others.
func TestUnpackStaysInside(t *testing.T) {
	for _, tt := range []struct {
		name string
		h    tar.Header
	}{
		{"above", tar.Header{Name: "../out", Typeflag: tar.TypeReg}},
		{"absolute", tar.Header{Name: "/tmp/out", Typeflag: tar.TypeReg}},
		{"a link", tar.Header{Name: "x", Typeflag: tar.TypeSymlink, Linkname: "/"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			w := tar.NewWriter(&b)
			if err := errors.Join(w.WriteHeader(&tt.h), w.Close()); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := Unpack(&b, dir); err == nil {
				t.Error("it was unpacked")
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}
