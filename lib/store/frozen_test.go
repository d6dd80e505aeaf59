// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// frozen has the first schema as it was when it came into use. It is made anew
// only as long as nobody has data of it.
const frozen = "testdata/schema1"

var update = flag.Bool("update", false, "make the frozen first schema anew")

func TestFrozenSchema(t *testing.T) {
	if *update {
		freeze(t)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(frozen)); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, storetest.OpenDir(t, dir, store.Options{}))
	f.check()
	rows := collect(t, f.anna.Changes(t.Context(), object.ChangesRequest{Folder: f.inbox, Since: 1}))
	if len(rows) != 3 || rows[1].Flags != object.FlagSeen || rows[1].Keywords[0] != "kept" || rows[2].Kind != object.ChangeGone {
		t.Errorf("changes %+v", rows)
	}
	m := collect(t, f.anna.GetMessages(t.Context(), object.GetMessagesRequest{IDs: []mapi.ID{rows[1].ID}}))
	if len(m) != 1 || m[0].Props.Text(tag.Subject) != "frozen" || len(m[0].Recipients) != 1 {
		t.Errorf("message %+v", m)
	}
	want := append(bytes.Clone(text("frozen").Content[0].Inline), bytes.Repeat([]byte("blob"), 1000)...)
	if got := f.content(object.ReadItem{Message: rows[1].ID, Length: -1}); !bytes.Equal(got, want) {
		t.Errorf("%d bytes", len(got))
	}
	f.save(f.inbox, text("new")) // and it is written on
}

func freeze(t *testing.T) {
	if err := os.RemoveAll(frozen); err != nil {
		t.Fatal(err)
	}
	e, err := store.Open(t.Context(), frozen, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	id, err := storetest.As(t, e, object.RoleDelivery).Upload(t.Context(), object.UploadRequest{Size: -1}, bytes.NewReader(bytes.Repeat([]byte("blob"), 1000)))
	if err != nil {
		t.Fatal(err)
	}
	m := text("frozen")
	m.Flags, m.Keywords = object.FlagSeen, []string{"kept"}
	m.Recipients = []mapi.Props{{{Tag: tag.EmailAddress, Value: mapi.String("x@example.test")}}}
	m.Content = append(m.Content, object.Segment{Blob: id, Size: 4000})
	f.save(f.inbox, m, text("deleted"))
	if _, err := f.anna.DeleteMessages(t.Context(), object.DeleteMessagesRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: 2, Last: 2}}}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(frozen, "lock"))
}
