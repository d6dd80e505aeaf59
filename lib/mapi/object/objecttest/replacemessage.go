// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"strings"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func replaceMessageCases() []testCase {
	return []testCase{
		{"a message takes the place of another", replaceMessage},
		{"a message of another folder is replaced", replaceAcross},
		{"a replacement that cannot be changes nothing", replaceFails},
	}
}

func replaceMessage(k *kit) {
	m := k.mailbox()
	saved := m.fill(m.inbox, 3)
	before := m.state(m.inbox).Change
	n := plain("new")
	n.Flags, n.Keywords = object.FlagSeen, []string{"word"}
	resp, err := m.s.ReplaceMessage(k.Context(), object.ReplaceMessageRequest{Store: m.guid, Folder: m.inbox, UID: 2, ToFolder: m.inbox, Message: n})
	k.ok(err)
	equal(k, "the validity", resp.UIDValidity, m.state(m.inbox).UIDValidity)
	equal(k, "the UID", resp.Saved.UID, 4)
	equal(k, "the change before", resp.Before, before)
	equal(k, "the change", resp.Change, m.state(m.inbox).Change)
	same(k, "the messages", m.uids(m.inbox), []mapi.UID{1, 3, 4})
	if resp.Saved.ID == saved[1].ID {
		k.Errorf("the new message has the id of the old one")
	}
	_, items := m.changes(m.inbox, before)
	if len(items) != 2 || items[0].Flags&object.FlagSeen == 0 || items[1].Kind != object.ChangeGone || items[1].UID != 2 {
		k.Errorf("changes are %+v", items)
	}
	equal(k, "soft-deleted messages", m.state(m.inbox).Recoverable, 1)
	k.sound(m.guid)
}

func replaceAcross(k *kit) {
	m := k.mailbox()
	to := m.folder(0, "to")
	m.fill(to, 2)
	m.fill(m.inbox, 2)
	resp, err := m.s.ReplaceMessage(k.Context(), object.ReplaceMessageRequest{Store: m.guid, Folder: m.inbox, UID: 1, ToFolder: to, Message: plain("new")})
	k.ok(err)
	equal(k, "the validity", resp.UIDValidity, m.state(to).UIDValidity)
	equal(k, "the UID", resp.Saved.UID, 3)
	equal(k, "the change of the source", resp.Change, m.state(m.inbox).Change)
	same(k, "the source", m.uids(m.inbox), []mapi.UID{2})
	same(k, "the target", m.uids(to), []mapi.UID{1, 2, 3})
	k.sound(m.guid)
}

func replaceFails(k *kit) {
	m := k.mailbox(func(u *directory.User) { u.Quota = directory.Quota{Hard: 20_000} })
	saved := m.fill(m.inbox, 2)
	before := m.state(m.inbox)
	large := object.NewMessage{Content: inline("Subject: large\r\n\r\n" + strings.Repeat("0123456789", 3000))}
	lost := plain("lost")
	lost.Content = []object.Segment{{Blob: object.BlobID{1}, Size: 5}}
	known := plain("known")
	known.ID = saved[0].ID
	for _, tt := range []struct {
		what       string
		uid        mapi.UID
		folder, to mapi.ID
		msg        object.NewMessage
		want       mapi.Code
	}{
		{"no such message", 9, m.inbox, m.inbox, plain("new"), mapi.ObjectDeleted},
		{"no such folder", 1, 1 << 40, m.inbox, plain("new"), mapi.NotFound},
		{"no such target", 1, m.inbox, 1 << 40, plain("new"), mapi.NotFound},
		{"no room", 1, m.inbox, m.inbox, large, mapi.QuotaExceeded},
		{"a blob that is not there", 1, m.inbox, m.inbox, lost, mapi.NotFound},
		{"a message with an id", 1, m.inbox, m.inbox, known, mapi.InvalidParameter},
	} {
		_, err := m.s.ReplaceMessage(k.Context(), object.ReplaceMessageRequest{Store: m.guid, Folder: tt.folder, UID: tt.uid, ToFolder: tt.to, Message: tt.msg})
		if mapi.CodeOf(err) != tt.want {
			k.Errorf("%s: got %v", tt.what, err)
		}
	}
	equal(k, "the state", m.state(m.inbox), before)
	// A smaller message has room in a mailbox that has none.
	tight := directory.Quota{Hard: 10}
	_, err := k.admin.SetUser(k.Context(), object.SetUserRequest{Name: m.user.Name, Changes: directory.Changes{Quota: &tight}})
	k.ok(err)
	_, err = m.s.ReplaceMessage(k.Context(), object.ReplaceMessageRequest{Store: m.guid, Folder: m.inbox, UID: 1, ToFolder: m.inbox,
		Message: object.NewMessage{Content: inline("x")}})
	k.ok(err)
}
