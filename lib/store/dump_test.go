// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

func dumpOf(t testing.TB, admin object.Session, req object.DumpRequest) []byte {
	t.Helper()
	var out []byte
	for c, err := range admin.Dump(t.Context(), req) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c.Data...)
	}
	return out
}

// withBlob is a message whose content has a blob.
func (f *fixture) withBlob(subject, content string) object.NewMessage {
	f.t.Helper()
	id, err := f.anna.Upload(f.t.Context(), object.UploadRequest{Size: -1}, strings.NewReader(content))
	if err != nil {
		f.t.Fatal(err)
	}
	m := text(subject)
	m.Content = append(m.Content, object.Segment{Blob: id, Size: int64(len(content))})
	return m
}

// randomly changes a mailbox.
func (f *fixture) randomly(r *rand.Rand, folders []mapi.ID, steps int) {
	f.t.Helper()
	for i := range steps {
		in := folders[r.IntN(len(folders))]
		uids := []mapi.UIDRange{{First: 1, Last: mapi.UID(1 + r.IntN(12))}}
		var err error
		switch r.IntN(10) {
		case 0, 1:
			f.save(in, f.withBlob(fmt.Sprint(i), strings.Repeat(fmt.Sprint("blob ", r.IntN(5)), 500)))
		case 2:
			f.save(in, text(fmt.Sprint(i)))
		case 3:
			_, err = f.anna.SetFlags(f.t.Context(), object.SetFlagsRequest{Folder: in, UIDs: uids, Mode: object.FlagsAdd, Flags: object.FlagSeen})
		case 4:
			_, err = f.anna.Transfer(f.t.Context(), object.TransferRequest{Folder: in, UIDs: uids[:], ToFolder: folders[r.IntN(len(folders))], Move: r.IntN(2) == 0})
		case 5:
			_, err = f.anna.DeleteMessages(f.t.Context(), object.DeleteMessagesRequest{Folder: in, UIDs: uids})
		case 6, 7:
			_, err = f.anna.DeleteMessages(f.t.Context(), object.DeleteMessagesRequest{Folder: in, UIDs: uids, Soft: true})
		case 8:
			_, err = f.anna.Transfer(f.t.Context(), object.TransferRequest{Folder: in, UIDs: uids, ToFolder: folders[r.IntN(len(folders))], Restore: true, Move: r.IntN(2) == 0})
		case 9:
			f.replaceAll(in)
		}
		if err != nil {
			f.t.Fatal(err)
		}
	}
}

// TestIncrements dumps a mailbox again and again while it changes, and loads
// all of that into another: in the end both are the same.
func TestIncrements(t *testing.T) {
	f := open(t)
	admin := storetest.As(t, f.e, object.RoleAdmin)
	r := rand.New(rand.NewPCG(1, 2))
	folders := []mapi.ID{f.inbox, f.st.SpecialFolder(object.KindDrafts)}
	found := f.search(f.st.SpecialFolder(object.KindRoot), "found")
	f.find(found, object.SearchCriteria{Where: isUnread, Scope: []mapi.ID{f.inbox}, Subfolders: true})
	softly := mapi.ID(0)
	copied := mapi.NewGUID()
	req := object.LoadRequest{As: copied}
	since := mapi.Change(0)
	for round := range 8 {
		made, err := f.anna.CreateFolders(t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: f.inbox, Name: fmt.Sprint("round ", round)}}})
		if err != nil {
			t.Fatal(err)
		}
		folders = append(folders, made.Created[0].ID)
		if round > 3 {
			gone := folders[2]
			folders = slices.Delete(folders, 2, 3)
			if _, err := f.anna.DeleteFolder(t.Context(), object.DeleteFolderRequest{Folder: gone, Messages: true, Soft: round != 5}); err != nil {
				t.Fatal(err)
			}
			if softly != 0 {
				if _, err := f.anna.RestoreFolder(t.Context(), object.RestoreFolderRequest{Folder: softly}); err != nil {
					t.Fatal(err)
				}
				softly = 0
			} else if round != 5 {
				softly = gone
			}
		}
		if round == 6 {
			if _, err := f.anna.PurgeDeleted(t.Context(), object.PurgeDeletedRequest{Folder: f.inbox}); err != nil {
				t.Fatal(err)
			}
		}
		f.randomly(r, folders, 30)
		f.filled(found)
		st, err := admin.GetStore(t.Context(), object.GetStoreRequest{GUID: f.store})
		if err != nil {
			t.Fatal(err)
		}
		b := dumpOf(t, admin, object.DumpRequest{Store: f.store, Since: since})
		if _, err := admin.Load(t.Context(), req, bytes.NewReader(b)); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		since, req = st.Change, object.LoadRequest{Store: copied, Continue: true}
		again := dumpOf(t, admin, object.DumpRequest{Store: copied})
		want := dumpOf(t, admin, object.DumpRequest{Store: f.store})
		if a, b := rowsOf(t, again), rowsOf(t, want); !slices.Equal(a, b) {
			t.Fatalf("round %d: the copy differs:\n%s", round, firstDifference(a, b))
		}
		f.store, copied = copied, f.store
		f.check()
		f.store, copied = copied, f.store
	}
}

// TestLoadDamaged loads what was changed on the way: nothing comes in.
func TestLoadDamaged(t *testing.T) {
	f := open(t)
	f.save(f.inbox, f.withBlob("1", strings.Repeat("content ", 600)), text("2"))
	admin := storetest.As(t, f.e, object.RoleAdmin)
	good := dumpOf(t, admin, object.DumpRequest{Store: f.store})
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		bad := bytes.Clone(good)
		if r.IntN(2) == 0 {
			bad = bad[:r.IntN(len(bad))]
		} else {
			bad[r.IntN(len(bad))] ^= byte(1 + r.IntN(255))
		}
		_, err := admin.Load(t.Context(), object.LoadRequest{As: mapi.NewGUID()}, bytes.NewReader(bad))
		if code := mapi.CodeOf(err); code != mapi.CorruptData && code != mapi.Version {
			t.Fatalf("loaded a damaged dump: %v", err)
		}
	}
	for _, st := range collect(t, admin.ListStores(t.Context(), object.ListStoresRequest{Orphans: true})) {
		t.Errorf("store %s was made", st.GUID)
	}
}

// TestRestoreElsewhere takes a mailbox and its blobs to another server.
func TestRestoreElsewhere(t *testing.T) {
	f := open(t)
	saved := f.save(f.inbox, f.withBlob("1", strings.Repeat("content ", 600)), text("2"))
	want := f.content(object.ReadItem{Message: saved[0].ID, Length: -1})
	admin := storetest.As(t, f.e, object.RoleAdmin)
	b := dumpOf(t, admin, object.DumpRequest{Store: f.store})
	e2 := storetest.OpenDir(t, t.TempDir(), store.Options{})
	admin2 := storetest.As(t, e2, object.RoleAdmin)
	if _, err := admin2.Load(t.Context(), object.LoadRequest{}, bytes.NewReader(b)); mapi.CodeOf(err) != mapi.NotFound {
		t.Fatalf("without the blob: %v", err)
	}
	stats, err := admin.StoreStatistics(t.Context(), object.StoreStatisticsRequest{Store: f.store, Top: 5})
	if err != nil || stats.Blobs != 1 || stats.BlobRefs != 1 || stats.BlobContent != 4800 || stats.Messages != 2 || len(stats.Folders) != 1 {
		t.Fatalf("%+v %v", stats, err)
	}
	var content []byte
	for c, err := range admin.ReadBlob(t.Context(), object.ReadBlobRequest{ID: stats.Largest[0].ID}) {
		if err != nil {
			t.Fatal(err)
		}
		content = append(content, c.Data...)
	}
	if _, err := storetest.As(t, e2, object.RoleDelivery).Upload(t.Context(), object.UploadRequest{Size: -1}, bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	got, err := admin2.Load(t.Context(), object.LoadRequest{}, bytes.NewReader(b))
	if err != nil || got.Store != f.store || got.Messages != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	var read []byte
	for c, err := range admin2.Read(t.Context(), object.ReadRequest{Store: f.store, Items: []object.ReadItem{{Message: saved[0].ID, Length: -1}}}) {
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, c.Data...)
	}
	if !bytes.Equal(read, want) {
		t.Error("content differs")
	}
	for p, err := range admin2.Check(t.Context(), object.CheckRequest{Store: f.store, Blobs: true}) {
		t.Errorf("%+v %v", p, err)
	}
}

// TestDumpHasNoKeys: the keys of URLs stay where they were made, so that they are
// no secrets of a backup and RESETKEY is not undone by one.
func TestDumpHasNoKeys(t *testing.T) {
	f := open(t)
	f.save(f.inbox, text("x"))
	grant := object.URLGrant{URL: "u", UID: 1, Length: -1, Access: object.URLAnonymous}
	signed, err := f.anna.SignURLs(t.Context(), object.SignURLsRequest{Folder: f.inbox, URLs: []object.URLGrant{grant}})
	if err != nil {
		t.Fatal(err)
	}
	admin := storetest.As(t, f.e, object.RoleAdmin)
	dumped := dumpOf(t, admin, object.DumpRequest{Store: f.store})
	for _, row := range rowsOf(t, dumped) {
		if strings.HasPrefix(row, "url_key ") {
			t.Errorf("the dump has %s", row)
		}
	}
	for _, err := range f.anna.ReadURL(t.Context(), object.ReadURLRequest{URL: "u", Token: signed.Tokens[0]}) {
		if err != nil {
			t.Errorf("the key is gone: %v", err)
		}
	}
}
