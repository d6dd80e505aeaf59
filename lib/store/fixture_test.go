// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"iter"
	"strings"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

func text(s string) object.NewMessage {
	var p mapi.Props
	p.Set(tag.Subject, mapi.String(s))
	p.Set(tag.TwigaEnvelope, mapi.Binary([]byte("ENV "+s)))
	p.Set(tag.MessageClass, mapi.String("IPM.Note"))
	body := "Subject: " + s + "\r\n\r\n" + strings.Repeat("hello ", 100)
	return object.NewMessage{Props: p, Content: []object.Segment{{Inline: []byte(body), Size: int64(len(body))}}}
}

// fixture is an engine with anna's session.
type fixture struct {
	t     testing.TB
	e     *store.Engine
	anna  object.Session
	store mapi.GUID
	inbox mapi.ID
	st    object.Store
}

func open(t testing.TB) *fixture { return newFixture(t, storetest.Open(t)) }

func newFixture(t testing.TB, e *store.Engine) *fixture {
	t.Helper()
	f := &fixture{t: t, e: e, anna: storetest.Logon(t, e, "anna")}
	f.store = f.anna.Whoami().Store
	st, err := f.anna.GetStore(t.Context(), object.GetStoreRequest{})
	if err != nil {
		t.Fatal(err)
	}
	f.st, f.inbox = st, st.SpecialFolder(object.KindInbox)
	return f
}

func (f *fixture) save(folder mapi.ID, list ...object.NewMessage) []object.SavedMessage {
	f.t.Helper()
	r, err := f.anna.SaveMessages(f.t.Context(), object.SaveMessagesRequest{Folder: folder, Messages: list})
	if err != nil {
		f.t.Fatal(err)
	}
	return r.Saved
}

func collect[T any](t testing.TB, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var out []T
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func (f *fixture) content(item object.ReadItem) []byte {
	f.t.Helper()
	var out []byte
	size := int64(-1)
	for c, err := range f.anna.Read(f.t.Context(), object.ReadRequest{Items: []object.ReadItem{item}}) {
		if err != nil || c.Code != 0 {
			f.t.Fatalf("read: %v %v", c.Code, err)
		}
		if size < 0 {
			size = c.Size
		}
		out = append(out, c.Data...)
	}
	if int64(len(out)) != size {
		f.t.Fatalf("read %d bytes of %d", len(out), size)
	}
	return out
}

func (f *fixture) state(folder mapi.ID) object.FolderState {
	f.t.Helper()
	r, err := f.anna.FolderStates(f.t.Context(), object.FolderStatesRequest{Folders: []mapi.ID{folder}})
	if err != nil || len(r.Folders) != 1 {
		f.t.Fatalf("states: %v %v", r, err)
	}
	return r.Folders[0]
}

// check wants the mailbox to be sound.
func (f *fixture) check() {
	f.t.Helper()
	admin := storetest.As(f.t, f.e, object.RoleAdmin)
	for p, err := range admin.Check(f.t.Context(), object.CheckRequest{Store: f.store, Blobs: true}) {
		f.t.Errorf("check: %+v %v", p, err)
	}
}
