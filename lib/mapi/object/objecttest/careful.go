// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// carefulCases are about calls that look before they act.
func carefulCases() []testCase {
	return []testCase{
		{"a transfer of all or nothing", transferExpect},
		{"properties are set unless the message changed", propsIfChange},
		{"one caller is told of a read receipt", flagReceipts},
		{"the message status", messageStatus},
		{"embedded messages are messages", embeddedMessages},
		{"a delivery that is asked for again", deliverRetry},
	}
}

func transferExpect(k *kit) {
	m, other := k.mailbox(), k.mailbox()
	m.fill(m.inbox, 3)
	to := m.folder(0, "to")
	_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: one(2)})
	k.ok(err)
	archive := k.role(object.RoleArchive)
	for _, move := range []bool{false, true} {
		req := object.TransferRequest{Store: m.guid, Folder: m.inbox, UIDs: everything(), ToFolder: to, Move: move, Expect: 3}
		_, err := m.s.Transfer(k.Context(), req)
		k.fails(err, mapi.ObjectDeleted)
		req.ToStore, req.ToFolder = other.guid, other.inbox
		_, err = archive.Transfer(k.Context(), req)
		k.fails(err, mapi.ObjectDeleted)
	}
	same(k, "the source", m.uids(m.inbox), []mapi.UID{1, 3})
	equal(k, "messages at the target", m.state(to).Messages, 0)
	equal(k, "messages in the other store", other.state(other.inbox).Messages, 0)
	resp, err := archive.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: m.inbox, UIDs: everything(), ToStore: other.guid, ToFolder: other.inbox, Move: true, Expect: 2})
	k.ok(err)
	equal(k, "the pairs", len(resp.Pairs), 2)
	equal(k, "messages at the source", m.state(m.inbox).Messages, 0)
	equal(k, "messages in the other store", other.state(other.inbox).Messages, 2)
}

func propsIfChange(k *kit) {
	m := k.mailbox()
	saved := m.fill(m.inbox, 2)
	req := object.SetPropsRequest{Store: m.guid, IDs: []mapi.ID{saved[0].ID, saved[1].ID}, Set: mapi.Props{{Tag: tag.Subject, Value: mapi.String("new")}},
		IfChange: []mapi.Change{saved[0].Change, saved[1].Change + 100}}
	_, err := m.s.SetProps(k.Context(), req)
	k.fails(err, mapi.ObjectChanged)
	equal(k, "the subject", m.get(nil, saved[0].ID)[0].Props.Text(tag.Subject), "message 1")
	req.IfChange = req.IfChange[:1]
	_, err = m.s.SetProps(k.Context(), req)
	k.fails(err, mapi.InvalidParameter)
	req.IfChange = []mapi.Change{saved[0].Change, saved[1].Change}
	_, err = m.s.SetProps(k.Context(), req)
	k.ok(err)
	equal(k, "the subject", m.get(nil, saved[1].ID)[0].Props.Text(tag.Subject), "new")
}

func flagReceipts(k *kit) {
	m := k.mailbox()
	wanting := plain("wanting")
	wanting.Props.Set(tag.ReadReceiptRequested, mapi.Bool(true))
	settled := wanting
	settled.Flags = object.FlagMDNSent
	m.save(m.inbox, wanting, plain("plain"), settled, wanting, wanting)
	set := func(uid mapi.UID, flags object.Flags, receipts bool) []mapi.UID {
		k.Helper()
		resp, err := m.s.SetFlags(k.Context(), object.SetFlagsRequest{Store: m.guid, Folder: m.inbox, UIDs: one(uid), Mode: object.FlagsAdd, Flags: flags, Receipts: receipts})
		k.ok(err)
		return resp.Receipts
	}
	same(k, "receipts of one that wants it", set(1, object.FlagSeen, true), []mapi.UID{1})
	same(k, "receipts once it was told", set(1, object.FlagFlagged, true), nil)
	_, items := m.changes(m.inbox, 0)
	equal(k, "the flags", items[0].Flags, object.FlagSeen|object.FlagFlagged|object.FlagMDNSent)
	same(k, "receipts of one that wants none", set(2, object.FlagSeen, true), nil)
	same(k, "receipts of one that is settled", set(3, object.FlagSeen, true), nil)
	same(k, "receipts that are not asked for", set(4, object.FlagSeen, false), nil)
	same(k, "receipts of one deleted unread", set(5, object.FlagDeleted, true), []mapi.UID{5})
}

func messageStatus(k *kit) {
	m := k.mailbox()
	msg := plain("x")
	msg.Flags = object.FlagDeleted | object.FlagDraft | object.FlagHighlighted
	saved := m.save(m.inbox, msg)
	status := func() int64 {
		return m.get([]mapi.PropTag{tag.MessageStatus}, saved[0].ID)[0].Props.Int(tag.MessageStatus)
	}
	equal(k, "the status", status(), 0x0001|0x0008|0x0100)
	m.setFlags(one(1), object.FlagsReplace, object.FlagAnswered)
	equal(k, "the status", status(), 0x0001|0x0200)
	m.setFlags(one(1), object.FlagsAdd, object.FlagTagged|object.FlagHidden|object.FlagRemoteDownload|object.FlagRemoteDelete)
	equal(k, "the status", status(), 0x0001|0x0002|0x0004|0x0200|0x1000|0x2000)
	m.setFlags(one(1), object.FlagsRemove, object.FlagsStatus)
	equal(k, "the status", status(), 0x0200)
}

func embeddedMessages(k *kit) {
	m := k.mailbox()
	content := wire.AppendMessage(nil, &wire.Message{Props: mapi.Props{{Tag: tag.Subject, Value: mapi.String("inner")}}})
	attached := func(b []byte) object.NewMessage {
		var p mapi.Props
		p.Set(tag.AttachMethod, mapi.Int32(int32(mapi.AttachEmbedded)))
		return object.NewMessage{Props: mapi.Props{{Tag: tag.Subject, Value: mapi.String("outer")}},
			Attachments: []object.NewAttachment{{Props: p, Content: inline(string(b))}}}
	}
	saved := m.save(m.inbox, attached(content))
	got, err := wire.ReadMessage(m.read(object.ReadItem{Message: saved[0].ID, Attachment: 1, Length: -1}))
	k.ok(err)
	equal(k, "the inner subject", got.Props.Text(tag.Subject), "inner")
	for _, bad := range [][]byte{{0}, content[:len(content)-1], []byte("Subject: x\r\n\r\n")} {
		msg := attached(bad)
		_, err := m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: m.inbox, Messages: []object.NewMessage{msg}})
		k.fails(err, mapi.InvalidParameter)
	}
}

func deliverRetry(k *kit) {
	m, other := k.mailbox(), k.mailbox()
	s := k.role(object.RoleDelivery)
	msg := plain("once")
	msg.Props.Set(tag.SearchKey, mapi.Binary([]byte("0123456789abcdef")))
	req := object.DeliverRequest{To: []object.DeliverTo{{Store: m.guid}}, Message: msg}
	first, err := s.Deliver(k.Context(), req)
	k.ok(err)
	req.To, req.Retry = append(req.To, object.DeliverTo{Store: other.guid}), true
	again, err := s.Deliver(k.Context(), req)
	k.ok(err)
	equal(k, "the first answer", again.Results[0], first.Results[0])
	equal(k, "the code of the other", again.Results[1].Code, 0)
	equal(k, "the messages", m.state(m.inbox).Messages, 1)
	equal(k, "the messages of the other", other.state(other.inbox).Messages, 1)
	req.Retry = false
	_, err = s.Deliver(k.Context(), req)
	k.ok(err)
	equal(k, "the messages", m.state(m.inbox).Messages, 2)
	req.Message, req.Retry = plain("no key"), true
	_, err = s.Deliver(k.Context(), req)
	k.fails(err, mapi.InvalidParameter)
}
