// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func deleteCases() []testCase {
	return []testCase{
		{"messages are deleted", deleteAll},
		{"only those that are marked", deleteMarked},
	}
}

func deleteAll(k *kit) {
	m := k.mailbox()
	saved := m.fill(m.inbox, 5)
	since := m.state(m.inbox).Change
	resp, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: []mapi.UIDRange{{First: 4, Last: 9}, {First: 2, Last: 2}}})
	k.ok(err)
	same(k, "what was removed", resp.UIDs, []mapi.UID{2, 4, 5})
	same(k, "what is left", m.uids(m.inbox), []mapi.UID{1, 3})
	state, items := m.changes(m.inbox, since)
	equal(k, "the folder's change", state.Change, resp.Change)
	var gone []mapi.UID
	for _, it := range items {
		equal(k, "the kind", it.Kind, object.ChangeGone)
		equal(k, "the id", it.ID, saved[it.UID-1].ID)
		gone = append(gone, it.UID)
	}
	same(k, "the tombstones", gone, resp.UIDs)
	equal(k, "messages found by id", len(m.get(nil, saved[1].ID)), 0)
	equal(k, "the next UID", m.state(m.inbox).UIDNext, 6)
	again, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: one(2)})
	k.ok(err)
	equal(k, "what is removed twice", len(again.UIDs), 0)
	equal(k, "the folder's change", again.Change, resp.Change)
	_, err = m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: 1 << 40, UIDs: one(2)})
	k.fails(err, mapi.NotFound)
}

func deleteMarked(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 4)
	m.setFlags([]mapi.UIDRange{{First: 2, Last: 3}}, object.FlagsAdd, object.FlagDeleted)
	resp, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 2}}, OnlyDeleted: true})
	k.ok(err)
	same(k, "what was removed", resp.UIDs, []mapi.UID{2})
	st := m.state(m.inbox)
	equal(k, "the deleted", st.Deleted, 1)
	equal(k, "the messages", st.Messages, 3)
}
