// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// bulky is a message whose body is about that many bytes on disk.
func bulky(i, size int) object.NewMessage {
	body := make([]byte, size)
	rand.Read(body)
	m := text(fmt.Sprint(i))
	m.Content = []object.Segment{{Inline: body, Size: int64(size)}}
	return m
}

// TestLongLog writes more than a log is to hold: it is copied into the database
// while others write, and starts anew, though the mailbox never comes to rest.
func TestLongLog(t *testing.T) {
	dir := t.TempDir()
	e := storetest.OpenDir(t, dir, store.Options{Settle: time.Hour})
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	const size = 40_000
	var saved []mapi.ID
	database := filepath.Join(dir, "mailboxes", f.store.String(), "mailbox.db")
	sizeOf := func(path string) int64 {
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return st.Size()
	}
	for i := 0; sizeOf(database) < 400*size; i++ {
		if i == 2000 {
			t.Fatalf("%d messages: the database has %d bytes, the log %d", i, sizeOf(database), sizeOf(database+"-wal"))
		}
		saved = append(saved, f.save(f.inbox, bulky(i, size))[0].ID)
	}
	if log := sizeOf(database + "-wal"); log > 2*4096*4000 {
		t.Errorf("the log has %d bytes", log)
	}
	f.check()
	var want [][]byte
	for _, i := range []int{0, len(saved) / 2, len(saved) - 1} {
		want = append(want, f.content(object.ReadItem{Message: saved[i], Length: -1}))
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	f = newFixture(t, storetest.OpenDir(t, dir, store.Options{}))
	for n, i := range []int{0, len(saved) / 2, len(saved) - 1} {
		if got := f.content(object.ReadItem{Message: saved[i], Length: -1}); !bytes.Equal(got, want[n]) || slices.Max(got) == 0 {
			t.Errorf("message %d differs", i)
		}
	}
	f.check()
}
