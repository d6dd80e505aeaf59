// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// TestCompactBeside compacts a mailbox while others read and write it, and
// collects blobs.
func TestCompactBeside(t *testing.T) {
	f := open(t)
	admin := storetest.As(t, f.e, object.RoleAdmin)
	saved := f.save(f.inbox, f.withBlob("kept", strings.Repeat("kept ", 500)))[0]
	want := f.content(object.ReadItem{Message: saved.ID, Length: -1})
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	for i := range 3 {
		work.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				f.save(f.inbox, f.withBlob(fmt.Sprint(i, n), strings.Repeat(fmt.Sprint(i, n%5), 700)), text("x"))
				_, err := f.anna.DeleteMessages(t.Context(), object.DeleteMessagesRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: mapi.UID(2 + n), Last: mapi.UID(4 + n)}}})
				if err != nil {
					t.Error(err)
				}
			}
		})
		work.Go(func() {
			for ctx.Err() == nil {
				if got := f.content(object.ReadItem{Message: saved.ID, Length: -1}); !bytes.Equal(got, want) {
					t.Error("content differs")
				}
			}
		})
	}
	for range 6 {
		if _, err := admin.Compact(t.Context(), object.CompactRequest{Store: f.store}); err != nil {
			t.Error(err)
		}
		if _, err := admin.CollectBlobs(t.Context(), object.CollectBlobsRequest{}); err != nil {
			t.Error(err)
		}
		dumpOf(t, admin, object.DumpRequest{Store: f.store})
	}
	stop()
	work.Wait()
	f.check()
}

// TestCollectKeeps collects while a mailbox cannot be read: nothing is removed.
func TestCollectKeeps(t *testing.T) {
	dir := t.TempDir()
	e := storetest.OpenDir(t, dir, store.Options{BlobGrace: 1})
	storetest.AddUser(t, e, "anna")
	storetest.AddUser(t, e, "bert")
	f := newFixture(t, e)
	f.withBlob("unused", strings.Repeat("unused ", 300))
	peer := storetest.Logon(t, e, "bert").Whoami().Store
	e.Close()
	file := filepath.Join(dir, "mailboxes", peer.String(), "mailbox.db")
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(file, good[:4096], 0o600)
	e = storetest.OpenDir(t, dir, store.Options{BlobGrace: 1})
	admin := storetest.As(t, e, object.RoleAdmin)
	if _, err := admin.CollectBlobs(t.Context(), object.CollectBlobsRequest{}); err == nil || !strings.Contains(err.Error(), peer.String()) {
		t.Errorf("collected: %v", err)
	}
	if _, err := problems(t, e, peer, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int64{1, 0} { // the second time out of what is remembered
		got, err := admin.CollectBlobs(t.Context(), object.CollectBlobsRequest{})
		if err != nil || got.Removed != want || got.Kept != 0 {
			t.Errorf("%+v %v", got, err)
		}
	}
}

// TestDumpKeepsBlobs deletes what was dumped: the blobs can be read for the
// grace time.
func TestDumpKeepsBlobs(t *testing.T) {
	dir := t.TempDir()
	f := newFixture(t, withAnna(t, dir))
	saved := f.save(f.inbox, f.withBlob("1", strings.Repeat("content ", 300)))[0]
	files, _ := filepath.Glob(filepath.Join(dir, "blobs", "??", "*"))
	old := time.Now().AddDate(0, 0, -3)
	if err := os.Chtimes(files[0], old, old); err != nil {
		t.Fatal(err)
	}
	admin := storetest.As(t, f.e, object.RoleAdmin)
	dumpOf(t, admin, object.DumpRequest{Store: f.store})
	if _, err := f.anna.DeleteMessages(t.Context(), object.DeleteMessagesRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: saved.UID, Last: saved.UID}}}); err != nil {
		t.Fatal(err)
	}
	got, err := admin.CollectBlobs(t.Context(), object.CollectBlobsRequest{})
	if err != nil || got.Removed != 0 || got.Young != 1 {
		t.Errorf("after a dump: %+v %v", got, err)
	}
	if err := os.Chtimes(files[0], old, old); err != nil {
		t.Fatal(err)
	}
	if got, err := admin.CollectBlobs(t.Context(), object.CollectBlobsRequest{}); err != nil || got.Removed != 1 {
		t.Errorf("later: %+v %v", got, err)
	}
}

func withAnna(t *testing.T, dir string) *store.Engine {
	e := storetest.OpenDir(t, dir, store.Options{})
	storetest.AddUser(t, e, "anna")
	return e
}

// TestUpkeepOnFullDisk compacts and loads where there is no room: that is told,
// and nothing is left behind.
func TestUpkeepOnFullDisk(t *testing.T) {
	disk := smallDisk(t, "size=8m")
	dir := filepath.Join(disk, "data")
	f := newFixture(t, withAnna(t, dir))
	noise := make([]byte, 900_000)
	rand.Read(noise)
	for range 2 {
		m := text("large")
		m.Content = append(m.Content, object.Segment{Inline: noise, Size: int64(len(noise))})
		f.save(f.inbox, m)
	}
	admin := storetest.As(t, f.e, object.RoleAdmin)
	stream := dumpOf(t, admin, object.DumpRequest{Store: f.store})
	var st syscall.Statfs_t
	if err := syscall.Statfs(disk, &st); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, max(0, int64(st.Bavail)*st.Bsize-500_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Compact(t.Context(), object.CompactRequest{Store: f.store}); mapi.CodeOf(err) != mapi.NotEnoughDisk {
		t.Errorf("compact: %v", err)
	}
	if _, err := admin.Load(t.Context(), object.LoadRequest{As: mapi.NewGUID()}, bytes.NewReader(stream)); mapi.CodeOf(err) != mapi.NotEnoughDisk {
		t.Errorf("load: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "mailboxes", "*", "mailbox.db.*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "mailboxes", "new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	f.check()
	os.Remove(ballast)
	if _, err := admin.Compact(t.Context(), object.CompactRequest{Store: f.store}); err != nil {
		t.Errorf("with room again: %v", err)
	}
	f.check()
}
