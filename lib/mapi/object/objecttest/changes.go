// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func changeCases() []testCase {
	return []testCase{
		{"a folder is listed from the start", changesAll},
		{"changes since a number", changesSince},
		{"nothing new is just the state", changesNone},
		{"changes that cannot be", changesFail},
	}
}

func changesAll(k *kit) {
	m := k.mailbox()
	when := time.Date(2011, 12, 13, 14, 15, 16, 0, time.UTC)
	msg := plain("listed")
	msg.Flags, msg.Keywords, msg.Received = object.FlagAnswered, []string{"a", "b"}, when
	saved := m.save(m.inbox, plain("first"), msg)
	_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: one(1)})
	k.ok(err)
	state, items := m.changes(m.inbox, 0)
	equal(k, "the state", state, m.state(m.inbox))
	if len(items) != 1 {
		k.Fatalf("since 0 there are no tombstones: %+v", items)
	}
	it := items[0]
	equal(k, "the kind", it.Kind, object.ChangeUpsert)
	equal(k, "the message", object.SavedMessage{ID: it.ID, UID: it.UID, Change: it.Change}, saved[1])
	equal(k, "the flags", it.Flags&object.FlagsSettable, object.FlagAnswered)
	same(k, "the keywords", it.Keywords, []string{"a", "b"})
	equal(k, "the size", it.Size, int64(len(msg.Content[0].Inline)))
	if !it.Received.Equal(when) {
		k.Errorf("received %v", it.Received)
	}
}

func changesSince(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 6)
	since := m.state(m.inbox).Change
	m.setFlags(one(5), object.FlagsAdd, object.FlagSeen)
	m.setFlags(one(2), object.FlagsAdd, object.FlagSeen)
	m.setFlags(one(2), object.FlagsAdd, object.FlagFlagged)
	m.setFlags(one(3), object.FlagsAdd, object.FlagDeleted)
	_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: []mapi.UIDRange{{First: 3, Last: 4}}})
	k.ok(err)
	m.fill(m.inbox, 1)
	middle := m.state(m.inbox).Change
	state, items := m.changes(m.inbox, since)
	type change struct {
		kind object.ChangeKind
		uid  mapi.UID
	}
	var got []change
	for _, it := range items {
		got = append(got, change{it.Kind, it.UID})
		if it.Change <= since || it.Change > state.Change {
			k.Errorf("change %d of message %d is not between %d and %d", it.Change, it.UID, since, state.Change)
		}
	}
	same(k, "the changes", got, []change{
		{object.ChangeUpsert, 2}, {object.ChangeUpsert, 5}, {object.ChangeUpsert, 7}, {object.ChangeGone, 3}, {object.ChangeGone, 4},
	})
	equal(k, "the flags of message 2", items[0].Flags&object.FlagsSettable, object.FlagSeen|object.FlagFlagged)
	m.setFlags(one(1), object.FlagsAdd, object.FlagSeen)
	_, items = m.changes(m.inbox, middle)
	equal(k, "the number of later changes", len(items), 1)
}

func changesNone(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 2)
	now := m.state(m.inbox)
	m.fill(m.store.SpecialFolder(object.KindDrafts), 3) // another folder's affair
	state, items := m.changes(m.inbox, now.Change)
	equal(k, "the state", state, now)
	equal(k, "the number of changes", len(items), 0)
	_, items = m.changes(m.inbox, now.Change+1000)
	equal(k, "the number of changes since the future", len(items), 0)
}

func changesFail(k *kit) {
	m := k.mailbox()
	items, err := collect(m.s.Changes(k.Context(), object.ChangesRequest{Store: m.guid, Folder: 1 << 40}))
	if k.fails(err, mapi.NotFound); len(items) > 0 {
		k.Errorf("%d changes of a folder that is not there", len(items))
	}
	_, err = collect(k.admin.Changes(k.Context(), object.ChangesRequest{Store: mapi.GUID{7}, Folder: 1}))
	k.fails(err, mapi.NotFound)
}
