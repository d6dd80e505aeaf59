// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store/storetest"
)

// usage is a mailbox's size as its messages have it, folder by folder; it wants
// what the store says to be the same.
func usage(t *testing.T, s object.Session, guid mapi.GUID) int64 {
	t.Helper()
	states, err := s.FolderStates(t.Context(), object.FolderStatesRequest{Store: guid})
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, f := range states.Folders {
		var size int64
		for b, err := range s.Query(t.Context(), object.QueryRequest{Store: guid, Table: object.TableContents, Folder: f.Folder, Columns: []mapi.PropTag{tag.MessageSizeExtended}}) {
			if err != nil {
				t.Fatal(err)
			}
			size += b.Int(tag.MessageSizeExtended)
		}
		if size != f.Size {
			t.Errorf("folder %s has %d bytes, says %d", f.Folder, size, f.Size)
		}
		sum += size
	}
	st, err := s.GetStore(t.Context(), object.GetStoreRequest{GUID: guid})
	if err != nil || st.Size != sum {
		t.Errorf("the mailbox has %d bytes, says %d: %v", sum, st.Size, err)
	}
	return sum
}

// quotaRun does random things to two mailboxes, one of which is limited.
type quotaRun struct {
	*fixture
	r       *rand.Rand
	archive object.Session
	other   object.Store
	folders []mapi.ID
	refused int
}

func (q *quotaRun) folder() mapi.ID { return q.folders[q.r.IntN(len(q.folders))] }

func (q *quotaRun) some() []mapi.UIDRange {
	first := mapi.UID(1 + q.r.IntN(40))
	return []mapi.UIDRange{{First: first, Last: first + mapi.UID(q.r.IntN(4))}}
}

func (q *quotaRun) message() object.NewMessage {
	m := text(fmt.Sprint(q.r.IntN(1000)))
	if q.r.IntN(2) == 0 {
		m.Content = nil
		m.Props.Set(tag.Body, mapi.String(strings.Repeat("x", q.r.IntN(2000))))
		m.Recipients = []mapi.Props{{{Tag: tag.DisplayName, Value: mapi.String("somebody")}}}
		m.Attachments = []object.NewAttachment{{Content: []object.Segment{{Inline: make([]byte, 77), Size: 77}}}}
	}
	return m
}

// anyID is the id of some message in a folder, 0 where it has none.
func (q *quotaRun) anyID(folder mapi.ID) mapi.ID {
	rows := collect(q.t, q.anna.Changes(q.t.Context(), object.ChangesRequest{Folder: folder}))
	if len(rows) < 2 {
		return 0
	}
	return rows[1+q.r.IntN(len(rows)-1)].ID
}

func (q *quotaRun) step() error {
	ctx := q.t.Context()
	folder := q.folder()
	switch q.r.IntN(9) {
	case 0, 1:
		_, err := q.anna.SaveMessages(ctx, object.SaveMessagesRequest{Folder: folder, Messages: []object.NewMessage{q.message(), q.message()}})
		return err
	case 2:
		m := q.message()
		m.ID = q.anyID(folder)
		_, err := q.anna.SaveMessages(ctx, object.SaveMessagesRequest{Folder: folder, Messages: []object.NewMessage{m}})
		return err
	case 3:
		_, err := q.anna.SetProps(ctx, object.SetPropsRequest{IDs: []mapi.ID{q.anyID(folder), q.anyID(q.folder())},
			Set: mapi.Props{{Tag: tag.Body, Value: mapi.String(strings.Repeat("y", q.r.IntN(3000)))}}})
		return err
	case 4:
		_, err := q.anna.DeleteMessages(ctx, object.DeleteMessagesRequest{Folder: folder, UIDs: q.some()})
		return err
	case 5:
		_, err := q.anna.Transfer(ctx, object.TransferRequest{Folder: folder, UIDs: q.some(), ToFolder: q.folder(), Move: q.r.IntN(2) == 0})
		return err
	case 6:
		_, err := q.archive.Transfer(ctx, object.TransferRequest{Store: q.store, Folder: folder, UIDs: q.some(), ToStore: q.other.GUID,
			ToFolder: q.other.SpecialFolder(object.KindInbox), Move: q.r.IntN(2) == 0})
		return err
	case 7:
		_, err := q.archive.Transfer(ctx, object.TransferRequest{Store: q.other.GUID, Folder: q.other.SpecialFolder(object.KindInbox), UIDs: q.some(),
			ToStore: q.store, ToFolder: folder, Move: q.r.IntN(2) == 0})
		return err
	}
	_, err := q.anna.SetFlags(ctx, object.SetFlagsRequest{Folder: folder, UIDs: q.some(), Mode: object.FlagsAdd, Flags: object.FlagSeen})
	return err
}

// What a mailbox counts for is the sum of its messages whatever happens, and is
// beyond the limit never.
func TestUsageIsExact(t *testing.T) {
	const limit = 60_000
	f := open(t)
	admin := storetest.As(t, f.e, object.RoleAdmin)
	hard := directory.Quota{Hard: limit}
	if _, err := admin.SetUser(t.Context(), object.SetUserRequest{Name: "anna", Changes: directory.Changes{Quota: &hard}}); err != nil {
		t.Fatal(err)
	}
	other, err := admin.GetStore(t.Context(), object.GetStoreRequest{User: "bert"})
	if err != nil {
		t.Fatal(err)
	}
	q := &quotaRun{fixture: f, r: rand.New(rand.NewPCG(1, 2)), archive: storetest.As(t, f.e, object.RoleArchive), other: other,
		folders: []mapi.ID{f.inbox, f.st.SpecialFolder(object.KindDrafts), f.st.SpecialFolder(object.KindDeletedItems)}}
	for i := range 600 {
		switch err := q.step(); mapi.CodeOf(err) {
		case 0:
		case mapi.QuotaExceeded:
			q.refused++
		default:
			t.Fatalf("step %d: %v", i, err)
		}
		if i%50 > 0 {
			continue
		}
		if got := usage(t, admin, f.store); got > limit {
			t.Errorf("step %d: %d bytes", i, got)
		}
		usage(t, admin, other.GUID)
	}
	if q.refused == 0 {
		t.Error("the limit was never met")
	}
	f.check()
}
