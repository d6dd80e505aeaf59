// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func transferCases() []testCase {
	return []testCase{
		{"messages are copied", transferCopy},
		{"messages are moved", transferMove},
		{"a transfer within the folder", transferSame},
		{"a transfer that cannot be", transferFails},
	}
}

// transfer copies or moves.
func (m *mailbox) transfer(from, to mapi.ID, uids []mapi.UIDRange, move bool) object.TransferResponse {
	m.Helper()
	resp, err := m.s.Transfer(m.Context(), object.TransferRequest{Store: m.guid, Folder: from, UIDs: uids, ToFolder: to, Move: move})
	m.ok(err)
	return resp
}

func transferCopy(k *kit) {
	m := k.mailbox()
	to := m.folder(0, "to")
	m.fill(to, 1)
	saved := m.fill(m.inbox, 5)
	m.setFlags(one(3), object.FlagsAdd, object.FlagSeen, "word")
	before := m.state(m.inbox)
	resp := m.transfer(m.inbox, to, []mapi.UIDRange{{First: 3, Last: 4}, {First: 1, Last: 1}, {First: 90, Last: 99}}, false)
	same(k, "the pairs", resp.Pairs, []object.UIDPair{{From: 1, To: 2}, {From: 3, To: 3}, {From: 4, To: 4}})
	equal(k, "the validity", resp.UIDValidity, m.state(to).UIDValidity)
	equal(k, "the source", m.state(m.inbox), before)
	_, items := m.changes(to, 0)
	equal(k, "the number of messages", len(items), 4)
	copied := items[2]
	if copied.ID == saved[2].ID || copied.Flags&object.FlagSeen == 0 || len(copied.Keywords) != 1 {
		k.Errorf("the copy is %+v", copied)
	}
	equal(k, "the content", string(m.content(copied.ID)), string(m.content(saved[2].ID)))
	original := m.get(nil, saved[2].ID, copied.ID)
	if !original[0].Received.Equal(original[1].Received) {
		k.Errorf("received %v, the copy %v", original[0].Received, original[1].Received)
	}
}

func transferMove(k *kit) {
	m := k.mailbox()
	to := m.folder(0, "to")
	saved := m.fill(m.inbox, 4)
	m.setFlags(one(2), object.FlagsAdd, object.FlagSeen)
	since := m.state(m.inbox).Change
	size := m.state(m.inbox).Size
	resp := m.transfer(m.inbox, to, []mapi.UIDRange{{First: 2, Last: 3}}, true)
	same(k, "the pairs", resp.Pairs, []object.UIDPair{{From: 2, To: 1}, {From: 3, To: 2}})
	same(k, "what is left", m.uids(m.inbox), []mapi.UID{1, 4})
	state, items := m.changes(m.inbox, since)
	equal(k, "the source's change", state.Change, resp.Change)
	if len(items) != 2 || items[0].Kind != object.ChangeGone || items[0].UID != 2 || items[1].UID != 3 || items[0].ID != saved[1].ID {
		k.Errorf("changes at the source: %+v", items)
	}
	got := m.get(nil, saved[1].ID)
	if len(got) != 1 || got[0].Folder != to || got[0].UID != 1 {
		k.Fatalf("the message that moved: %+v", got)
	}
	from, target := m.state(m.inbox), m.state(to)
	equal(k, "the unread at the source", from.Unread, 2)
	equal(k, "the unread at the target", target.Unread, 1)
	equal(k, "the size of both", from.Size+target.Size, size)
	equal(k, "the content", string(m.content(saved[1].ID)), "Subject: message 2\r\n\r\nbody of message 2\r\n")
	back := m.transfer(to, m.inbox, everything(), true)
	same(k, "the way back", back.Pairs, []object.UIDPair{{From: 1, To: 5}, {From: 2, To: 6}})
	same(k, "UIDs are not used again", m.uids(m.inbox), []mapi.UID{1, 4, 5, 6})
}

func transferSame(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 2)
	copied := m.transfer(m.inbox, m.inbox, one(1), false)
	same(k, "the pairs", copied.Pairs, []object.UIDPair{{From: 1, To: 3}})
	same(k, "the UIDs", m.uids(m.inbox), []mapi.UID{1, 2, 3})
	moved := m.transfer(m.inbox, m.inbox, one(2), true)
	same(k, "the pairs", moved.Pairs, []object.UIDPair{{From: 2, To: 4}})
	same(k, "the UIDs", m.uids(m.inbox), []mapi.UID{1, 3, 4})
}

func transferFails(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 1)
	for _, move := range []bool{false, true} {
		_, err := m.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: m.inbox, UIDs: one(1), ToFolder: 1 << 40, Move: move})
		k.fails(err, mapi.NotFound)
		_, err = m.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: 1 << 40, UIDs: one(1), ToFolder: m.inbox, Move: move})
		k.fails(err, mapi.NotFound)
	}
	none := m.transfer(m.inbox, m.folder(0, "x"), one(9), true)
	equal(k, "the pairs of no message", len(none.Pairs), 0)
	same(k, "the UIDs", m.uids(m.inbox), []mapi.UID{1})
}
