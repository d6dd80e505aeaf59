// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"crypto/rand"
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
