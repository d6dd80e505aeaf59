// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSocketsOfLongPath(t *testing.T) {
	short := newLayout("/short", 1)
	if got := short.sockets(); got != "/short/run" {
		t.Errorf("sockets of a short path lie in %s", got)
	}
	long := newLayout("/"+strings.Repeat("long/", 30), 1)
	for _, path := range []string{long.socket(), long.adminSocket(), long.metrics("spooler"), long.notify("spooler")} {
		if len(path) > maxSocketPath {
			t.Errorf("%s has %d bytes", path, len(path))
		}
	}
	if other := newLayout(long.dir+"other", 1); other.sockets() == long.sockets() {
		t.Error("two folders share their sockets")
	}
}

func TestCheckOwn(t *testing.T) {
	dir := t.TempDir()
	mine, open, link := filepath.Join(dir, "mine"), filepath.Join(dir, "open"), filepath.Join(dir, "link")
	for path, mode := range map[string]os.FileMode{mine: 0o700, open: 0o777} {
		if err := os.Mkdir(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
	}
	if err := os.Symlink(mine, link); err != nil {
		t.Fatal(err)
	}
	if err := checkOwn(mine); err != nil {
		t.Error(err)
	}
	for _, path := range []string{open, link, filepath.Join(dir, "missing")} {
		if checkOwn(path) == nil {
			t.Errorf("%s was taken", filepath.Base(path))
		}
	}
}
