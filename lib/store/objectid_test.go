// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// identity are what RFC 8474 and RFC 8514 tell of a message.
type identity struct {
	email, thread []byte
	saved         time.Time
}

func (f *fixture) identities(folder mapi.ID) map[mapi.UID]identity {
	f.t.Helper()
	out := map[mapi.UID]identity{}
	for bag, err := range f.anna.Query(f.t.Context(), object.QueryRequest{Table: object.TableContents, Folder: folder,
		Columns: []mapi.PropTag{tag.InternetArticleNumber, tag.TwigaEmailID, tag.TwigaThreadID, tag.TwigaSaved}}) {
		if err != nil {
			f.t.Fatal(err)
		}
		bag = bytes.Clone(bag)
		out[mapi.UID(bag.Int(tag.InternetArticleNumber))] = identity{bag.Bytes(tag.TwigaEmailID), bag.Bytes(tag.TwigaThreadID), timeIn(bag)}
	}
	return out
}

func timeIn(bag wire.Bag) time.Time {
	v, _ := bag.Get(tag.TwigaSaved)
	return v.Time()
}

// A message keeps its EMAILID whatever folder it goes to, and its copies have
// it; a message that gets other content gets another one.
func TestEmailID(t *testing.T) {
	f := open(t)
	first := f.save(f.inbox, text("one"), text("two"))
	before := f.identities(f.inbox)
	one, two := before[first[0].UID], before[first[1].UID]
	if len(one.email) != 15 || bytes.Equal(one.email, two.email) {
		t.Fatalf("%x %x", one.email, two.email)
	}
	made, err := f.anna.CreateFolders(t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: f.st.SpecialFolder(object.KindRoot), Name: "to"}}})
	if err != nil {
		t.Fatal(err)
	}
	to := made.Created[0].ID
	all := []mapi.UIDRange{{First: 1, Last: 1 << 31}}
	for _, move := range []bool{false, true} {
		if _, err := f.anna.Transfer(t.Context(), object.TransferRequest{Folder: f.inbox, UIDs: all, ToFolder: to, Move: move}); err != nil {
			t.Fatal(err)
		}
	}
	after := f.identities(to)
	if len(after) != 4 || !bytes.Equal(after[1].email, one.email) || !bytes.Equal(after[3].email, one.email) || !bytes.Equal(after[4].email, two.email) {
		t.Errorf("copied and moved: %v", after)
	}
	f.check()
}

func TestSaved(t *testing.T) {
	f := open(t)
	old := text("old")
	old.Received = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	began := time.Now().Add(-2 * time.Second)
	f.save(f.inbox, old, text("new"))
	for uid, id := range f.identities(f.inbox) {
		if id.saved.Before(began) {
			t.Errorf("%d was saved at %v", uid, id.saved)
		}
	}
	for _, c := range collect(t, f.anna.Changes(t.Context(), object.ChangesRequest{Folder: f.inbox})) {
		if c.Kind == object.ChangeUpsert && (c.Saved.Before(began) || c.UID == 1 && !c.Received.Equal(old.Received)) {
			t.Errorf("change %+v", c)
		}
	}
}

func TestThreadID(t *testing.T) {
	f := open(t)
	with := func(set ...mapi.Prop) object.NewMessage {
		m := text("thread")
		for _, p := range set {
			m.Props.Set(p.Tag, p.Value)
		}
		return m
	}
	id := func(tag mapi.PropTag, text string) mapi.Prop { return mapi.Prop{Tag: tag, Value: mapi.String(text)} }
	f.save(f.inbox,
		with(id(tag.InternetMessageId, "<a@x>")),
		with(id(tag.InternetMessageId, "<b@x>"), id(tag.InReplyToId, "<a@x> by mail")),
		with(id(tag.InternetMessageId, "<c@x>"), id(tag.InReplyToId, "<b@x>"), id(tag.InternetReferences, "<a@x> <b@x>")),
		with(id(tag.InternetMessageId, "<other@x>")),
		with())
	got := f.identities(f.inbox)
	if !bytes.Equal(got[1].thread, got[2].thread) || !bytes.Equal(got[1].thread, got[3].thread) {
		t.Errorf("one thread: %x %x %x", got[1].thread, got[2].thread, got[3].thread)
	}
	if bytes.Equal(got[1].thread, got[4].thread) || bytes.Equal(got[4].thread, got[5].thread) || len(got[5].thread) != 15 {
		t.Errorf("other threads: %x %x %x", got[1].thread, got[4].thread, got[5].thread)
	}
}
