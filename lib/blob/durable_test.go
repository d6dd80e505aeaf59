// SPDX-License-Identifier: AGPL-3.0-or-later

package blob

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
)

// openHeld opens a folder whose log is held.
func openHeld(t *testing.T, dir string) (*Dir, *heldLog) {
	t.Helper()
	l := &heldLog{files: map[ID][]byte{}, held: make(chan struct{})}
	d, err := OpenDir(dir, Options{Log: l})
	if err != nil {
		t.Fatal(err)
	}
	return d, l
}

// TestTouchWaitsForWhoComesBetween: a blob that gets its name while Touch looks for it is
// no more durable than one that had it before.
func TestTouchWaitsForWhoComesBetween(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "blobs")
	synctest.Test(t, func(t *testing.T) {
		d, l := openHeld(t, dir)
		defer d.Close()
		var durable atomic.Bool
		var early atomic.Int64
		for i := range 100 {
			content := noise(100 + i)
			id := ID(sha256.Sum256(content))
			for range 2 {
				go func() {
					_, err := d.Touch(t.Context(), id)
					for errors.Is(err, ErrNotFound) {
						_, err = d.Touch(t.Context(), id)
					}
					if !durable.Load() {
						early.Add(1)
					}
				}()
			}
			if _, _, err := d.Put(t.Context(), Want{Size: -1}, bytes.NewReader(content)); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if n := early.Load(); n > 0 {
			t.Errorf("%d were told that it is durable before the log has it", n)
		}
		durable.Store(true)
		close(l.held)
	})
}

// badDisk is a Log that fails, and with it the disk of blobs.
type badDisk struct{ d *Dir }

// Append implements Log.
func (l badDisk) Append(id ID, _ []byte) (func() error, error) {
	lost := errors.Join(errors.New("broken"), os.Remove(l.d.file(id)))
	return func() error { return lost }, nil
}

// TestPutBytesTellsOfLoss: content that neither the log nor its file has is not put.
func TestPutBytesTellsOfLoss(t *testing.T) {
	d := open(t, Options{})
	d.log = badDisk{d}
	for i := range 200 {
		if id, err := d.PutBytes(t.Context(), noise(100+i)); err == nil {
			_, terr := d.Touch(t.Context(), id)
			t.Fatalf("put %d, %v", i, terr)
		}
	}
}

// TestNoNameOnError: a file that could not be written to its end gets no name, under
// which it would be trusted.
func TestNoNameOnError(t *testing.T) {
	d := open(t, Options{})
	id := ID{1}
	if err := d.makeFolder(id); err != nil {
		t.Fatal(err)
	}
	w := &fileWriter{d: d, out: noise(100)}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	w.f.Close() // so that the one who closes it is told of an error
	if err := w.place(id); err == nil {
		t.Error("no error")
	}
	w.discard()
	if _, err := os.Stat(d.file(id)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file has its name: %v", err)
	}
}

// TestNoLogAfterSettle: what is put when the log is about to be closed waits for its
// own file.
func TestNoLogAfterSettle(t *testing.T) {
	l := &heldLog{files: map[ID][]byte{}, held: make(chan struct{})}
	d := open(t, Options{Log: l})
	close(l.held)
	d.Settle()
	id, _, err := d.Put(t.Context(), Want{Size: -1}, strings.NewReader("late"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Touch(t.Context(), id); err != nil || len(l.files) > 0 {
		t.Errorf("%d are in the log: %v", len(l.files), err)
	}
}

// TestLandingsAreBounded: who puts without end is held up by the log.
func TestLandingsAreBounded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "blobs")
	synctest.Test(t, func(t *testing.T) {
		d, l := openHeld(t, dir)
		defer d.Close()
		const most = maxLandings + 20
		var put atomic.Int64
		for i := range most {
			go func() {
				if _, _, err := d.Put(t.Context(), Want{Size: -1}, bytes.NewReader(noise(1+i))); err != nil {
					t.Error(err)
				}
				put.Add(1)
			}()
		}
		synctest.Wait()
		if n := put.Load(); n != maxLandings {
			t.Errorf("%d were put before the log had anything, want %d", n, maxLandings)
		}
		close(l.held)
		synctest.Wait()
		if n := put.Load(); n != most {
			t.Errorf("%d were put, want %d", n, most)
		}
	})
}

// TestRestoreOnFullDisk: a blob that is there takes no room to be written again.
func TestRestoreOnFullDisk(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("SKIPPED, the full disk is not tested: mounting a small one takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	d := reopen(t, filepath.Join(disk, "blobs"))
	id, err := d.PutBytes(t.Context(), noise(100_000))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(d.file(id))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(disk, "ballast"), make([]byte, 2<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	d = reopen(t, filepath.Join(disk, "blobs"))
	if err := d.Restore(id, file); err != nil {
		t.Error(err)
	}
	if err := d.Verify(t.Context(), id); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(disk, "blobs", tempPrefix+"*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// No blob waits for the disk to have its folder.
func TestFoldersAreThereBeforeBlobs(t *testing.T) {
	d, _ := openHeld(t, t.TempDir())
	for first := range d.syncs {
		id := ID{byte(first)}
		if st, err := os.Stat(d.folder(id)); err != nil || !st.IsDir() || !d.syncs[first].made {
			t.Fatalf("folder of blob %s: %v", id, err)
		}
	}
}
