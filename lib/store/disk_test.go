// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"crypto/rand"
	"maps"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// smallDisk mounts a file system of its own.
func smallDisk(t *testing.T, options string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("SKIPPED, the full disk is not tested: mounting a small one takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestFullDisk fills a disk: what was acknowledged stays, the rest leaves
// nothing behind, and work goes on when there is room again.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t, "size=6m")
	dir := filepath.Join(disk, "data")
	e := storetest.OpenDir(t, dir, store.Options{Settle: time.Hour, Hibernate: time.Hour})
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	d := storetest.As(t, e, object.RoleDelivery)
	deliver := func() mapi.Code {
		data := make([]byte, 20_000)
		rand.Read(data)
		m := text("mail")
		id, err := d.Upload(t.Context(), object.UploadRequest{Size: -1}, bytes.NewReader(data))
		if err != nil {
			return mapi.CodeOf(err)
		}
		m.Content = append(m.Content, object.Segment{Blob: id, Size: int64(len(data))}, object.Segment{Inline: data, Size: int64(len(data))})
		r, err := d.Deliver(t.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: f.store}}, Message: m})
		if err != nil {
			return mapi.CodeOf(err)
		}
		return r.Results[0].Code
	}
	acked := uint32(0)
	for {
		code := deliver()
		if code == mapi.NotEnoughDisk {
			break
		}
		if code != 0 || acked > 1000 {
			t.Fatalf("full disk answers %v after %d messages", code, acked)
		}
		acked++
	}
	for range 5 {
		if code := deliver(); code != mapi.NotEnoughDisk && code != 0 {
			t.Errorf("still full, but %v", code)
		} else if code == 0 {
			acked++
		}
	}
	if st := f.state(f.inbox); st.Messages != acked || acked == 0 {
		t.Errorf("%d messages, acknowledged %d", st.Messages, acked)
	}
	// What failed keeps nobody from what little room is enough for.
	if err := os.Truncate(ballast, 3<<20-100_000); err != nil {
		t.Fatal(err)
	}
	r, err := f.anna.SetFlags(t.Context(), object.SetFlagsRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 1}}, Mode: object.FlagsAdd, Flags: object.FlagSeen})
	if err != nil || len(r.Items) != 1 {
		t.Errorf("a change of flags on a disk that is nearly full: %+v %v", r, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "blobs", "new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if code := deliver(); code != 0 {
		t.Errorf("room again, but %v", code)
	}
	f.check()
}

// TestFullDiskAtStart has no room for what the redo log has to restore after a power cut:
// the server does not start, and the log stays as it is, until there is room for all.
func TestFullDiskAtStart(t *testing.T) {
	disk := smallDisk(t, "size=16m")
	dir := t.TempDir()
	o := store.Options{RedoLog: 4 << 20, Settle: time.Hour, Hibernate: time.Hour}
	e := storetest.OpenDir(t, dir, o)
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	f.save(f.inbox, text("before")) // the log has begun, and is on the disk
	path := filepath.Join("mailboxes", f.store.String(), "mailbox.db-wal")
	log, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		t.Fatal(err)
	}
	d := storetest.As(t, e, object.RoleDelivery)
	want := map[mapi.ID][]byte{}
	for range 30 {
		content := make([]byte, 30_000)
		rand.Read(content)
		id := upload(t, d, string(content))
		r, err := d.Deliver(t.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: f.store}}, Message: object.NewMessage{
			Content: []object.Segment{{Blob: id, Size: int64(len(content))}, {Inline: content[:9000], Size: 9000}}}})
		if err != nil || r.Results[0].Code != 0 {
			t.Fatalf("deliver: %+v %v", r, err)
		}
		want[r.Results[0].Saved.ID] = append(content, content[:9000]...)
	}
	left := filepath.Join(disk, "data") // by the power cut
	blobs, err := filepath.Glob(filepath.Join(dir, "blobs", "??", "*"))
	if err != nil || len(blobs) != len(want) {
		t.Fatalf("%d blobs, %v", len(blobs), err)
	}
	if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for _, file := range blobs {
		if err := os.Remove(filepath.Join(left, "blobs", filepath.Base(filepath.Dir(file)), filepath.Base(file))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(left, path), log[:len(log)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	kept := readFolder(t, filepath.Join(left, "redo"))
	for _, room := range []int64{0, 8 << 10, 500_000, 1_000_000, 100_000} {
		ballast := fill(t, disk, room)
		_, err := store.Open(t.Context(), left, o)
		if mapi.CodeOf(err) != mapi.NotEnoughDisk {
			t.Errorf("open with room for %d bytes: %v", room, err)
		}
		if !maps.EqualFunc(readFolder(t, filepath.Join(left, "redo")), kept, bytes.Equal) {
			t.Fatalf("with room for %d bytes the log did not stay as it was", room)
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
	f = newFixture(t, storetest.OpenDir(t, left, o))
	f.check()
	if n := f.state(f.inbox).Messages; int(n) != len(want)+1 {
		t.Errorf("%d messages, want %d", n, len(want)+1)
	}
	for id, content := range want {
		if got := f.content(object.ReadItem{Message: id, Length: -1}); !bytes.Equal(got, content) {
			t.Errorf("message %s has %d bytes, want %d", id, len(got), len(content))
		}
	}
}

// readFolder gives the files in a folder by name.
func readFolder(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	list, err := os.ReadDir(dir)
	for _, f := range list {
		if err == nil {
			files[f.Name()], err = os.ReadFile(filepath.Join(dir, f.Name()))
		}
	}
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files in %s, %v", len(files), dir, err)
	}
	return files
}

// fill leaves so many bytes free on a disk.
func fill(t *testing.T, disk string, room int64) (ballast string) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(disk, &st); err != nil {
		t.Fatal(err)
	}
	ballast = filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, max(0, int64(st.Bavail)*st.Bsize-room)), 0o600); err != nil {
		t.Fatal(err)
	}
	return ballast
}

// TestReadOnlyDisk opens data on a disk that takes no writes: that is refused
// for now, and harms nothing.
func TestReadOnlyDisk(t *testing.T) {
	disk := smallDisk(t, "size=20m")
	dir := filepath.Join(disk, "data")
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	f.save(f.inbox, text("before"))
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("SKIPPED: mount the disk read-only: %v", err)
	}
	if _, err := store.Open(t.Context(), dir, store.Options{}); mapi.CodeOf(err) != mapi.StoreFull {
		t.Errorf("open on a read-only disk: %v", err)
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	newFixture(t, storetest.OpenDir(t, dir, store.Options{})).check()
}
