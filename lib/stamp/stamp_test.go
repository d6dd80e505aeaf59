// SPDX-License-Identifier: AGPL-3.0-or-later

package stamp

import (
	"os"
	"path/filepath"
	"testing"
)

func TestShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stamps")
	b, err := Create(path, "first")
	if err != nil {
		t.Fatal(err)
	}
	v, err := Open(path, "first")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 1, Slots - 1} {
		b.Slot(i).Add(uint64(i + 5))
		if got := v.Load(i); got != uint64(i+5) {
			t.Errorf("slot %d: got %d", i, got)
		}
	}
	if v.Load(Slots) != 0 || v.Load(-1) != 0 {
		t.Error("a slot beyond the board has a number")
	}
	if _, err := Open(path, "second"); err == nil {
		t.Error("opened under another id")
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
}

func TestReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stamps")
	old, err := Create(path, "old")
	if err != nil {
		t.Fatal(err)
	}
	v, err := Open(path, "old")
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := Create(path, "fresh")
	if err != nil {
		t.Fatal(err)
	}
	old.Slot(3).Add(1)
	fresh.Slot(3).Add(9)
	if got := v.Load(3); got != 1 {
		t.Errorf("the old view shows %d", got)
	}
	if _, err := Open(path, "old"); err == nil {
		t.Error("the replaced board can be opened")
	}
	if err := fresh.Remove(); err != nil {
		t.Error(err)
	}
}

func TestOpenRefusesForeignFiles(t *testing.T) {
	for name, content := range map[string][]byte{"empty": nil, "short": []byte(magic), "zero": make([]byte, size)} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "stamps")
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(path, "x"); err == nil {
				t.Error("opened")
			}
		})
	}
}
