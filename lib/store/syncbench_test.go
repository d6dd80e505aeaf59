// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/sqlite"
)

// grown is a mailbox whose Inbox has so many messages, put there directly.
func grown(b *testing.B, n int) (object.Session, mapi.ID) {
	b.Helper()
	ok := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	dir := b.TempDir()
	e, err := Open(b.Context(), dir, Options{DefaultDomain: "example.test"})
	ok(err)
	u, err := newSession(e, object.Principal{Role: object.RoleAdmin}, &object.LogonRequest{}, "test", 0).CreateUser(b.Context(), object.CreateUserRequest{User: directory.User{Name: "anna"}})
	ok(err)
	path := filepath.Join(e.mailboxDir(u.Store), databaseName)
	ok(e.Close())
	c, err := sqlite.Open(path, sqlite.Options{})
	ok(err)
	inbox := rootID + 2 // behind the root that a person sees
	first := rootID + mapi.ID(len(standard)) + 1
	last := first + mapi.ID(n) - 1
	ok(c.Update(func() error {
		const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
		for _, sql := range []string{
			fmt.Sprintf(numbers+"INSERT INTO item (folder, uid, id, change, flags, received, sent, size, content) SELECT %d, i, %d + i, i + 1, 0, i, 0, 3, -1 FROM n", n, inbox, first-1),
			fmt.Sprintf(numbers+"INSERT INTO message (id, folder, uid, bag) SELECT %d + i, %d, i, x'%02x' FROM n", n, first-1, inbox, 1),
			fmt.Sprintf("UPDATE folder SET uid_next = %d, change = %d, total = %d, unread = %d, size = %d WHERE id = %d", n+1, n+1, n, n, 3*n, inbox),
			fmt.Sprintf("UPDATE folder SET uid_next = %d, change = %d, total = %d, unread = %d, size = %d WHERE id = %d", last+1, n+1, n, n, 3*n, rootID),
		} {
			if err := c.Exec(sql); err != nil {
				return err
			}
		}
		return nil
	}))
	ok(c.Close())
	e, err = Open(b.Context(), dir, Options{DefaultDomain: "example.test"})
	ok(err)
	b.Cleanup(func() { ok(e.Close()) })
	return newSession(e, object.Principal{Role: object.RoleUser, User: u.Name, ID: u.ID, Store: u.Store}, &object.LogonRequest{}, "test", 0), inbox
}

// BenchmarkSync: the time of a look at what has changed follows from what has
// changed, not from how much there is.
func BenchmarkSync(b *testing.B) {
	for _, n := range []int{10, 10_000, 500_000} {
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			s, inbox := grown(b, n)
			syncBenches(b, s, inbox, n)
		})
	}
}

func syncBenches(b *testing.B, s object.Session, inbox mapi.ID, n int) {
	since := mapi.Change(n + 1)
	look := func(b *testing.B, since mapi.Change, where mapi.Restriction, want int) {
		b.Helper()
		got := -1
		for _, err := range s.Changes(b.Context(), object.ChangesRequest{Folder: inbox, Since: since, Where: where}) {
			if err != nil {
				b.Fatal(err)
			}
			got++
		}
		if got != want {
			b.Fatalf("%d changes, want %d", got, want)
		}
	}
	b.Run("nothing", func(b *testing.B) {
		for b.Loop() {
			look(b, since, nil, 0)
		}
	})
	b.Run("folders", func(b *testing.B) {
		for b.Loop() {
			for _, err := range s.FolderChanges(b.Context(), object.FolderChangesRequest{Since: since}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	// The last message is new to who asks since the change before.
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			look(b, since-1, nil, 1)
		}
	})
	b.Run("one, restricted", func(b *testing.B) {
		where := mapi.Property{Op: mapi.EQ, Tag: tag.MessageFlags, Value: mapi.Int32(mfUnmodified)}
		for b.Loop() {
			look(b, since-1, where, 1)
		}
	})
	b.Run("change and look", func(b *testing.B) {
		uid := []mapi.UIDRange{{First: mapi.UID(n / 2), Last: mapi.UID(n / 2)}}
		last := since
		for i := 0; b.Loop(); i++ {
			mode := object.FlagsAdd + object.FlagMode(i%2)
			r, err := s.SetFlags(b.Context(), object.SetFlagsRequest{Folder: inbox, UIDs: uid, Mode: mode, Flags: object.FlagFlagged})
			if err != nil {
				b.Fatal(err)
			}
			look(b, last, nil, 1)
			last = r.Change
		}
	})
}
