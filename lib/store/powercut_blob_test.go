// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// loseBlobs does to the files of blobs what a power cut may: of those that only the log
// has on the disk for certain, any may be missing, short, or of other bytes.
func loseBlobs(t *testing.T, dir string, rng *rand.Rand, logged func(path string) bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "blobs", "??", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !logged(filepath.Base(filepath.Dir(f)) + filepath.Base(f)) {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		switch rng.IntN(4) {
		case 0:
			err = os.Remove(f)
		case 1:
			err = os.Truncate(f, rng.Int64N(int64(len(b))))
		case 2:
			clear(b[rng.IntN(len(b)):])
			err = os.WriteFile(f, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPowerCutBlobs has the content of acknowledged messages whole where the disk has
// its blobs in the log only.
func TestPowerCutBlobs(t *testing.T) {
	dir := t.TempDir()
	e := storetest.OpenDir(t, dir, store.Options{RedoLog: 32 << 20})
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	d := storetest.As(t, e, object.RoleDelivery)
	rng := rand.New(rand.NewPCG(1, 2))
	noise := rand.NewChaCha8([32]byte{3})
	large := map[string]bool{} // is not for the log
	want := map[mapi.ID][]byte{}
	for round := range 6 {
		for range 1 + rng.IntN(8) {
			content := make([]byte, 1+rng.IntN(1<<rng.IntN(18)))
			_, _ = noise.Read(content)
			if rng.IntN(3) == 0 {
				content = bytes.Repeat(content[:1], len(content))
			}
			id := upload(t, d, string(content))
			large[fmt.Sprintf("%x", id)] = len(content) > 120<<10
			r, err := d.Deliver(t.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: f.store}},
				Message: object.NewMessage{Content: []object.Segment{{Blob: id, Size: int64(len(content))}}}})
			if err != nil || r.Results[0].Code != 0 {
				t.Fatalf("deliver: %+v %v", r, err)
			}
			want[r.Results[0].Saved.ID] = content
		}
		left := t.TempDir()
		if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		loseBlobs(t, left, rng, func(id string) bool { return !large[id] })
		again := storetest.OpenDir(t, left, store.Options{RedoLog: 32 << 20})
		g := newFixture(t, again)
		g.check()
		for id, content := range want {
			if got := g.content(object.ReadItem{Message: id, Length: -1}); !bytes.Equal(got, content) {
				t.Errorf("round %d: message %s of %d bytes is %d bytes", round, id, len(content), len(got))
			}
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUploadsWhileClosing: who uploads when the store closes finds the log as little in
// the way as it finds him.
func TestUploadsWhileClosing(t *testing.T) {
	for round := range 5 {
		e := storetest.OpenDir(t, t.TempDir(), store.Options{RedoLog: 1 << 20})
		d := storetest.As(t, e, object.RoleDelivery)
		var group sync.WaitGroup
		for i := range 4 {
			group.Go(func() {
				for j := range 50 {
					content := fmt.Sprint(round, i, j)
					if _, err := d.Upload(t.Context(), object.UploadRequest{Size: -1}, strings.NewReader(content)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		upload(t, d, "begun")
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		group.Wait()
	}
}
