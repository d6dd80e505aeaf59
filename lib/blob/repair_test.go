// SPDX-License-Identifier: AGPL-3.0-or-later

package blob

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a crash of the machine or a later format left under a blob's name is
// not referred to again: it counts as missing, and the content put anew
// replaces it, for readers that had it open, too.
func TestRepair(t *testing.T) {
	ctx := t.Context()
	content := noise(9000)
	for _, tc := range []struct {
		name   string
		damage func([]byte) []byte
	}{
		{"zeros of the right size", func(b []byte) []byte { return make([]byte, len(b)) }},
		{"zeros behind the header", func(b []byte) []byte { clear(b[headerSize:]); return b }},
		{"one bit", func(b []byte) []byte { b[len(b)-1] ^= 1; return b }},
		{"header not yet filled in", func(b []byte) []byte { return append(header{}.append(nil), b[headerSize:]...) }},
		{"another format", func(b []byte) []byte { return append([]byte("TwB9"), b[4:]...) }},
		{"cut short", func(b []byte) []byte { return b[:4096] }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "blobs")
			d := reopen(t, path)
			id, err := d.PutBytes(ctx, content)
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := os.ReadFile(d.file(id))
			if err := os.WriteFile(d.file(id), tc.damage(raw), 0o600); err != nil {
				t.Fatal(err)
			}
			age(t, d, id)
			d = reopen(t, path)
			if r, err := d.Open(ctx, id); err == nil {
				defer r.Close()
			}
			if _, err := d.Touch(ctx, id); !errors.Is(err, ErrNotFound) {
				t.Fatalf("touch: %v", err)
			}
			if _, _, err := d.Put(ctx, Want{id, int64(len(content))}, bytes.NewReader(content)); err != nil {
				t.Fatalf("put: %v", err)
			}
			if _, err := d.Touch(ctx, id); err != nil {
				t.Errorf("touch again: %v", err)
			}
			r, err := d.Open(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			got := make([]byte, len(content))
			if _, err := r.ReadAt(got, 0); err != nil || !bytes.Equal(got, content) {
				t.Errorf("read: %v", err)
			}
		})
	}
}

// TestRepairWithClockBehind: what a crash left is looked at, too, where the clock was set
// back since.
func TestRepairWithClockBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "blobs")
	d := reopen(t, path)
	content := noise(9000)
	id, err := d.PutBytes(t.Context(), content)
	if err != nil {
		t.Fatal(err)
	}
	spoil(t, d, id)
	then := time.Now().Add(time.Hour) // it was that late already
	for _, p := range []string{d.file(id), d.folder(id)} {
		if err := os.Chtimes(p, then, then); err != nil {
			t.Fatal(err)
		}
	}
	d = reopen(t, path)
	if _, err := d.Touch(t.Context(), id); !errors.Is(err, ErrNotFound) {
		t.Errorf("touch: %v", err)
	}
	if _, err := d.PutBytes(t.Context(), content); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Touch(t.Context(), id); err != nil {
		t.Errorf("touch again: %v", err)
	}
}

// TestRepairWhileOpening: who opens a damaged file just when it is replaced does not
// leave it to readers to come.
func TestRepairWhileOpening(t *testing.T) {
	d := open(t, Options{})
	content := noise(9000)
	id, err := d.PutBytes(t.Context(), content)
	if err != nil {
		t.Fatal(err)
	}
	spoil(t, d, id)
	age(t, d, id)
	before := d.files.forgot
	damaged, err := d.openFile(id)
	if err != nil {
		t.Fatal(err)
	}
	defer damaged.Close()
	if _, _, err := d.Put(t.Context(), Want{id, -1}, bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	d.files.add(damaged, before)
	r, err := d.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := make([]byte, len(content))
	if _, err := r.ReadAt(got, 0); err != nil || !bytes.Equal(got, content) {
		t.Errorf("who opens it later reads the damaged file: %v", err)
	}
}

func reopen(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := OpenDir(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// spoil gives a blob's file other content of the same size.
func spoil(t *testing.T, d *Dir, id ID) {
	t.Helper()
	raw, err := os.ReadFile(d.file(id))
	if err != nil {
		t.Fatal(err)
	}
	clear(raw[headerSize:])
	if err := os.WriteFile(d.file(id), raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// age makes a blob one of an earlier process.
func age(t *testing.T, d *Dir, id ID) {
	t.Helper()
	before := time.Now().Add(-time.Minute)
	if err := os.Chtimes(d.file(id), before, before); err != nil {
		t.Fatal(err)
	}
}

// A sound blob is read once, then trusted.
func TestTrust(t *testing.T) {
	ctx := t.Context()
	d := open(t, Options{})
	id, err := d.PutBytes(ctx, text(9000))
	if err != nil {
		t.Fatal(err)
	}
	age(t, d, id)
	if _, err := d.Touch(ctx, id); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(d.file(id))
	if err != nil || st.ModTime().Before(d.opened) {
		t.Errorf("touched %v, opened %v: %v", st.ModTime(), d.opened, err)
	}
}

// Content that comes while a blob of it is there does not take its place: the
// old file is on the disk, the new one might not get there.
func TestPutKeepsFile(t *testing.T) {
	ctx := t.Context()
	d := open(t, Options{})
	id, err := d.PutBytes(ctx, noise(9000))
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(d.file(id))
	if _, _, err := d.Put(ctx, Want{Size: -1}, bytes.NewReader(noise(9000))); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(d.file(id))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("another file: %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(d.path, tempPrefix+"*"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// What was touched shortly before the marks were made stays, however long
// making them took.
func TestSweepAfterLongMark(t *testing.T) {
	ctx := t.Context()
	d := open(t, Options{Grace: time.Hour})
	id, _, err := d.Put(ctx, Want{Size: -1}, strings.NewReader("saved while the marks were made"))
	if err != nil {
		t.Fatal(err)
	}
	put := time.Now().Add(-70 * time.Minute)
	if err := os.Chtimes(d.file(id), put, put); err != nil {
		t.Fatal(err)
	}
	s, err := d.Sweep(ctx, Sweeping{Marked: put.Add(time.Minute), Keep: func(ID) bool { return false }})
	if err != nil || s.Removed != 0 {
		t.Errorf("%+v %v", s, err)
	}
}
