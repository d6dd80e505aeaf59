// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/sqlite"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

var everything = []mapi.UIDRange{{First: 1, Last: 1 << 31}}

func (f *fixture) copyAll(from, to mapi.ID) {
	f.t.Helper()
	if _, err := f.anna.Transfer(f.t.Context(), object.TransferRequest{Folder: from, UIDs: everything, ToFolder: to}); err != nil {
		f.t.Fatal(err)
	}
}

// purge removes the messages of a folder for good.
func (f *fixture) purge(folder mapi.ID, uids []mapi.UIDRange) {
	f.t.Helper()
	if _, err := f.anna.DeleteMessages(f.t.Context(), object.DeleteMessagesRequest{Folder: folder, UIDs: uids}); err != nil {
		f.t.Fatal(err)
	}
}

// contents reads all messages of a folder.
func (f *fixture) contents(folder mapi.ID) (out []string) {
	f.t.Helper()
	for _, c := range collect(f.t, f.anna.Changes(f.t.Context(), object.ChangesRequest{Folder: folder})) {
		if c.Kind == object.ChangeUpsert {
			out = append(out, string(f.content(object.ReadItem{Message: c.ID, Length: -1})))
		}
	}
	slices.Sort(out)
	return out
}

func (f *fixture) statistics() object.StoreStatistics {
	f.t.Helper()
	s, err := storetest.As(f.t, f.e, object.RoleAdmin).StoreStatistics(f.t.Context(), object.StoreStatisticsRequest{Store: f.store})
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// replaceAll gives the messages of a folder other content.
func (f *fixture) replaceAll(folder mapi.ID) {
	f.t.Helper()
	for _, c := range collect(f.t, f.anna.Changes(f.t.Context(), object.ChangesRequest{Folder: folder})) {
		if c.Kind == object.ChangeUpsert {
			m := text("replaced")
			m.ID = c.ID
			f.save(folder, m)
		}
	}
}

// TestSharedBodies copies messages, one at a time and in bulk: there is one body of
// each content, which stays as long as somebody has it, and nobody else's changes.
func TestSharedBodies(t *testing.T) {
	for _, n := range []int{1, 50} {
		for _, c := range []struct {
			name string
			do   func(f *fixture, first, second, third mapi.ID)
			left [3]bool // whose contents are as they were
		}{
			{"nothing", func(f *fixture, first, second, third mapi.ID) {}, [3]bool{true, true, true}},
			{"the first go", func(f *fixture, first, second, third mapi.ID) { f.purge(first, everything) }, [3]bool{false, true, true}},
			{"their copies go", func(f *fixture, first, second, third mapi.ID) { f.purge(second, everything) }, [3]bool{true, false, true}},
			{"the last stay", func(f *fixture, first, second, third mapi.ID) {
				f.purge(first, everything)
				f.purge(second, everything)
			}, [3]bool{false, false, true}},
			{"the first are replaced", func(f *fixture, first, second, third mapi.ID) { f.replaceAll(first) }, [3]bool{false, true, true}},
			{"copies are replaced twice, and go", func(f *fixture, first, second, third mapi.ID) {
				f.replaceAll(second)
				f.replaceAll(second)
				f.purge(second, everything)
			}, [3]bool{true, false, true}},
			{"the first are replaced and copied again", func(f *fixture, first, second, third mapi.ID) {
				f.replaceAll(first)
				f.purge(second, everything)
				f.copyAll(first, second)
				f.purge(first, everything)
			}, [3]bool{false, false, true}},
		} {
			t.Run(c.name, func(t *testing.T) {
				f := open(t)
				root := f.st.SpecialFolder(object.KindRoot)
				first, second, third := f.inbox, f.folder(root, "second"), f.folder(root, "third")
				for range n {
					f.save(first, f.withBlob("1", strings.Repeat("content ", 600)))
				}
				want, inline := f.contents(first), f.statistics().Inline
				f.copyAll(first, second)
				f.copyAll(second, third)
				if got := f.statistics(); got.Inline != inline || got.BlobRefs != int64(n) {
					t.Errorf("%d bytes in bodies that had %d, and %d references", got.Inline, inline, got.BlobRefs)
				}
				c.do(f, first, second, third)
				f.check()
				for i, folder := range []mapi.ID{first, second, third} {
					if got := f.contents(folder); slices.Equal(got, want) != c.left[i] {
						t.Errorf("folder %d has %d messages", i, len(got))
					}
					f.purge(folder, everything)
				}
				f.check()
				if got := f.statistics(); got.Inline != 0 || got.BlobRefs != 0 {
					t.Errorf("%d bytes are left in bodies, and %d references", got.Inline, got.BlobRefs)
				}
			})
		}
	}
}

// TestBulkCopy copies many messages in one range, which is done at once, and each
// by itself: nothing differs.
func TestBulkCopy(t *testing.T) {
	f := open(t)
	root := f.st.SpecialFolder(object.KindRoot)
	one, two := f.folder(root, "one"), f.folder(root, "two")
	f.save(f.inbox, motley(300)...)
	f.copyAll(f.inbox, f.inbox) // some have an EMAILID that is not their own
	f.purge(f.inbox, []mapi.UIDRange{{First: 20, Last: 30}, {First: 100, Last: 100}})
	whole := []mapi.UIDRange{{First: 3, Last: 150}, {First: 160, Last: 1 << 31}}
	before := f.state(one)
	bulk, err := f.anna.Transfer(t.Context(), object.TransferRequest{Folder: f.inbox, UIDs: whole, ToFolder: one})
	if err != nil {
		t.Fatal(err)
	}
	told := collect(t, f.anna.Changes(t.Context(), object.ChangesRequest{Folder: one, Since: before.Change}))
	if len(told) != len(bulk.Pairs)+1 {
		t.Errorf("%d changes are told of %d copies", len(told), len(bulk.Pairs))
	}
	var pairs []object.UIDPair
	for _, p := range bulk.Pairs {
		r, err := f.anna.Transfer(t.Context(), object.TransferRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: p.From, Last: p.From}}, ToFolder: two})
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, r.Pairs...)
	}
	if !slices.Equal(pairs, bulk.Pairs) {
		t.Errorf("pairs %v and %v", bulk.Pairs, pairs)
	}
	list, state := f.asIs(one)
	list2, state2 := f.asIs(two)
	if state != state2 || len(list) != len(pairs) || len(list) != len(list2) {
		t.Errorf("there are %+v and %+v", state, state2)
	}
	here, there, from := f.identities(one), f.identities(two), f.identities(f.inbox)
	for _, p := range pairs {
		a, b, c := here[p.To], there[p.To], from[p.From]
		if !bytes.Equal(a.email, b.email) || !bytes.Equal(a.email, c.email) {
			t.Errorf("message %d has the EMAILID %x, %x and %x", p.From, a.email, b.email, c.email)
		}
	}
	if !slices.Equal(f.contents(one), f.contents(two)) {
		t.Error("contents differ")
	}
	_, err = f.anna.Transfer(t.Context(), object.TransferRequest{Folder: f.inbox, UIDs: everything, ToFolder: two, Expect: 7})
	if mapi.CodeOf(err) != mapi.ObjectDeleted {
		t.Errorf("another number than expected: %v", err)
	}
	admin := storetest.As(t, f.e, object.RoleAdmin)
	hard := directory.Quota{Hard: usage(t, admin, f.store) + 1000}
	if _, err := admin.SetUser(t.Context(), object.SetUserRequest{Name: "anna", Changes: directory.Changes{Quota: &hard}}); err != nil {
		t.Fatal(err)
	}
	before = f.state(two)
	_, err = f.anna.Transfer(t.Context(), object.TransferRequest{Folder: f.inbox, UIDs: everything, ToFolder: two})
	if mapi.CodeOf(err) != mapi.QuotaExceeded || f.state(two) != before {
		t.Errorf("beyond the limit: %v, %+v", err, f.state(two))
	}
	f.check()
}

// TestCopyWithoutBody copies messages that lost their bodies, one and many: nobody
// shares what is not there.
func TestCopyWithoutBody(t *testing.T) {
	dir := t.TempDir()
	e := storetest.OpenDir(t, dir, store.Options{})
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	f.save(f.inbox, motley(60)...)
	e.Close()
	path := filepath.Join(dir, "mailboxes", f.store.String(), "mailbox.db")
	damage(t, path, "DELETE FROM body; UPDATE message SET body = 0")
	f = newFixture(t, storetest.OpenDir(t, dir, store.Options{}))
	findings(t, f.e, f.store, true)
	drafts := f.st.SpecialFolder(object.KindDrafts)
	f.copyAll(f.inbox, drafts)
	if _, err := f.anna.Transfer(t.Context(), object.TransferRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 1}}, ToFolder: drafts}); err != nil {
		t.Fatal(err)
	}
	f.check()
	f.e.Close()
	c, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n, err := c.Int("SELECT count(*) FROM shared"); n != 0 || err != nil {
		t.Errorf("%d share a body: %v", n, err)
	}
}

// TestSharedDamage damages what is known of shared bodies.
func TestSharedDamage(t *testing.T) {
	for _, c := range []struct {
		name, sql string
		want      []string
		lost      bool
	}{
		{"sound", "", nil, false},
		{"a share is not noted", "DELETE FROM shared WHERE message = (SELECT max(message) FROM shared)", []string{"shared"}, false},
		{"no share is noted", "DELETE FROM shared", []string{"shared"}, false},
		{"the share of nothing", "INSERT INTO shared VALUES (5, 999)", []string{"leftover"}, false},
		{"another's share", "INSERT INTO shared SELECT id, id FROM message WHERE body IS NULL", []string{"leftover"}, false},
		{"a body of nothing", "INSERT INTO body SELECT 90, recipe FROM body LIMIT 1; UPDATE folder SET uid_next = 1000 WHERE id = 1", []string{"blob-refs", "body-message"}, false},
		{"a body that was never given", "UPDATE message SET body = 900 WHERE body > 0", []string{"id", "leftover", "message-body", "recipe", "shared"}, true},
		{"a body is lost", "DELETE FROM body", []string{"blob-refs", "message-body"}, true},
		{"a body is damaged", "UPDATE body SET recipe = x'0903'", []string{"blob-refs", "recipe"}, true},
		{"the table is gone", "DROP TABLE shared", []string{"integrity"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			e := storetest.OpenDir(t, dir, store.Options{})
			storetest.AddUser(t, e, "anna")
			f := newFixture(t, e)
			drafts := f.st.SpecialFolder(object.KindDrafts)
			f.save(f.inbox, f.withBlob("1", strings.Repeat("blob ", 900)))
			f.copyAll(f.inbox, drafts)
			f.copyAll(drafts, drafts)
			want := f.contents(drafts)
			e.Close()
			damage(t, filepath.Join(dir, "mailboxes", f.store.String(), "mailbox.db"), c.sql)
			f = newFixture(t, storetest.OpenDir(t, dir, store.Options{}))
			if got := findings(t, f.e, f.store, false); !slices.Equal(got, c.want) && !(c.lost && len(got) > 0) {
				t.Errorf("found %v, want %v", got, c.want)
			}
			findings(t, f.e, f.store, true)
			f.check()
			if c.lost {
				return
			}
			f.purge(f.inbox, everything)
			if got := f.contents(drafts); !slices.Equal(got, want) {
				t.Errorf("%d messages are left of %d", len(got), len(want))
			}
			f.check()
		})
	}
}

// TestLoadShared loads dumps of copies: they share bodies there, too.
func TestLoadShared(t *testing.T) {
	f := open(t)
	drafts := f.st.SpecialFolder(object.KindDrafts)
	f.save(f.inbox, f.withBlob("1", strings.Repeat("blob ", 900)), text("2"))
	f.copyAll(f.inbox, drafts)
	f.purge(f.inbox, []mapi.UIDRange{{First: 1, Last: 1}})
	f.replaceAll(f.inbox)
	admin := storetest.As(t, f.e, object.RoleAdmin)
	b := dumpOf(t, admin, object.DumpRequest{Store: f.store})
	loaded, err := admin.Load(t.Context(), object.LoadRequest{As: mapi.NewGUID()}, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	want := f.statistics()
	own := f.store
	f.store = loaded.Store
	f.check()
	if got := f.statistics(); got.Inline != want.Inline || got.BlobRefs != want.BlobRefs {
		t.Errorf("%+v, want %+v", got, want)
	}
	f.store = own
	into := f.folder(f.st.SpecialFolder(object.KindRoot), "into")
	if _, err := admin.Load(t.Context(), object.LoadRequest{Store: own, Folder: into}, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	var folders []mapi.ID
	for row, err := range f.anna.Query(t.Context(), object.QueryRequest{Table: object.TableHierarchy, Folder: into, Columns: []mapi.PropTag{tag.FolderId}}) {
		if err != nil {
			t.Fatal(err)
		}
		folders = append(folders, mapi.ID(row.Int(tag.FolderId)))
	}
	var got []string
	for _, id := range folders {
		got = append(got, f.contents(id)...)
	}
	expected := append(f.contents(f.inbox), f.contents(drafts)...)
	slices.Sort(expected)
	if slices.Sort(got); !slices.Equal(got, expected) {
		t.Errorf("%d messages, want %d", len(got), len(expected))
	}
	f.check()
}
