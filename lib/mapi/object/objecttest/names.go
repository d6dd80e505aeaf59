// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func nameCases() []testCase {
	return []testCase{
		{"names get ids and keep them", namesCreate},
		{"the set PS_MAPI holds the ids themselves", namesFixed},
		{"what is no name", namesFails},
		{"named properties go to another mailbox", namesTransfer},
		{"named properties are delivered", namesDeliver},
	}
}

func (m *mailbox) ids(create bool, names ...mapi.Name) []uint16 {
	m.Helper()
	resp, err := m.s.NamesToIDs(m.Context(), object.NamesToIDsRequest{Store: m.guid, Names: names, Create: create})
	m.ok(err)
	return resp.IDs
}

func (m *mailbox) names(ids ...uint16) []object.NamedID {
	m.Helper()
	resp, err := m.s.IDsToNames(m.Context(), object.IDsToNamesRequest{Store: m.guid, IDs: ids})
	m.ok(err)
	return resp.Names
}

func text(s string) mapi.Name { return mapi.Name{Set: tag.SetPublicStrings.GUID(), Text: s} }

func namesCreate(k *kit) {
	m := k.mailbox()
	number := mapi.Name{Set: tag.SetCommon.GUID(), LID: 0x8503}
	same(k, "ids of names that are not there", m.ids(false, text("Keywords"), number), []uint16{0, 0})
	ids := m.ids(true, text("Keywords"), number, text("KEYWORDS"), text("Ünïcode"), text("ünïcode"))
	if ids[0] < mapi.FirstNamed || ids[1] < mapi.FirstNamed || ids[0] == ids[1] || ids[2] != ids[0] || ids[3] != ids[4] || ids[3] == ids[0] {
		k.Fatalf("the ids are %x", ids)
	}
	same(k, "the ids later", m.ids(true, text("keywords"), number, text("ÜNÏCODE")), []uint16{ids[0], ids[1], ids[3]})
	same(k, "the ids, not to be created", m.ids(false, text("keywords"), text("other")), []uint16{ids[0], 0})
	if other := m.ids(true, mapi.Name{Set: tag.SetCommon.GUID(), Text: "Keywords"}, mapi.Name{Set: tag.SetTask.GUID(), LID: 0x8503}); other[0] == ids[0] || other[1] == ids[1] {
		k.Errorf("other sets have the same ids: %x", other)
	}
	same(k, "the names", m.names(ids[1], 0xfff0, ids[0]), []object.NamedID{{ID: ids[1], Name: number}, {ID: 0xfff0}, {ID: ids[0], Name: text("Keywords")}})
	equal(k, "the number of all names", len(m.names()), 5)
	equal(k, "names in another mailbox", len(k.mailbox().names()), 0)
	resp, err := k.role(object.RoleDelivery).NamesToIDs(k.Context(), object.NamesToIDsRequest{Store: m.guid, Names: []mapi.Name{number}})
	k.ok(err)
	equal(k, "the id that the delivery sees", resp.IDs[0], ids[1])
}

func namesFixed(k *kit) {
	m := k.mailbox()
	fixed := func(lid uint32) mapi.Name { return mapi.Name{Set: tag.SetMapi.GUID(), LID: lid} }
	same(k, "the ids", m.ids(true, fixed(0x37), fixed(0x7fff), fixed(0x8000), fixed(0), mapi.Name{Set: tag.SetMapi.GUID(), Text: "x"}), []uint16{0x37, 0x7fff, 0, 0, 0})
	same(k, "the names", m.names(0x37, 0), []object.NamedID{{ID: 0x37, Name: fixed(0x37)}, {}})
	equal(k, "the number of all names", len(m.names()), 0)
}

func namesFails(k *kit) {
	m := k.mailbox()
	for name, tc := range map[string]struct {
		name mapi.Name
		want mapi.Code
	}{
		"no set":            {mapi.Name{Text: "x"}, mapi.InvalidParameter},
		"control character": {text("a\x00b"), mapi.InvalidParameter},
		"too long":          {text(strings.Repeat("x", mapi.MaxNameLength+1)), mapi.StringTooLong},
	} {
		for _, create := range []bool{false, true} {
			_, err := m.s.NamesToIDs(k.Context(), object.NamesToIDsRequest{Names: []mapi.Name{text("good"), tc.name}, Create: create})
			if mapi.CodeOf(err) != tc.want {
				k.Errorf("%s: %v, want %v", name, err, tc.want)
			}
		}
	}
	equal(k, "the id of the good one", m.ids(false, text("good"))[0], 0)
	m.ids(true, text(strings.Repeat("x", mapi.MaxNameLength)))
	list := make([]mapi.Name, 5001)
	for i := range list {
		list[i] = mapi.Name{Set: tag.SetCommon.GUID(), LID: uint32(i + 1)}
	}
	_, err := m.s.NamesToIDs(k.Context(), object.NamesToIDsRequest{Names: list, Create: true})
	k.fails(err, mapi.NotEnoughResources)
	equal(k, "the number of names", len(m.names()), 1)
	for _, r := range []object.Role{object.RoleMonitor} {
		_, err := k.role(r).NamesToIDs(k.Context(), object.NamesToIDsRequest{Store: m.guid, Names: list[:1]})
		k.fails(err, mapi.NoAccess)
		_, err = k.role(r).IDsToNames(k.Context(), object.IDsToNamesRequest{Store: m.guid})
		k.fails(err, mapi.NoAccess)
	}
	_, err = k.admin.IDsToNames(k.Context(), object.IDsToNamesRequest{Store: mapi.GUID{1}})
	k.fails(err, mapi.NotFound)
}

func namesTransfer(k *kit) {
	from, to := k.mailbox(), k.mailbox()
	theirs := from.ids(true, text("first"), text("second"))
	ours := to.ids(true, text("second"))
	first, second := mapi.NewTag(theirs[0], mapi.PtypString), mapi.NewTag(theirs[1], mapi.PtypInteger32)
	msg := plain("named")
	msg.Props.Set(first, mapi.String("1"))
	msg.Props.Set(second, mapi.Int32(2))
	msg.Props.Set(mapi.NewTag(0xfff0, mapi.PtypString), mapi.String("of an id without a name"))
	msg.Recipients = []mapi.Props{{{Tag: tag.DisplayName, Value: mapi.String("r")}, {Tag: second, Value: mapi.Int32(3)}}}
	msg.Attachments = []object.NewAttachment{{Props: mapi.Props{{Tag: first, Value: mapi.String("4")}}, Content: inline("attached")}}
	from.save(from.inbox, msg)
	_, err := k.role(object.RoleArchive).Transfer(k.Context(), object.TransferRequest{Store: from.guid, Folder: from.inbox, UIDs: everything(),
		ToStore: to.guid, ToFolder: to.inbox})
	k.ok(err)
	_, items := to.changes(to.inbox, 0)
	got := to.get(nil, items[0].ID)[0]
	ids := to.ids(false, text("first"), text("second"))
	equal(k, "the id that was there", ids[1], ours[0])
	first, second = mapi.NewTag(ids[0], mapi.PtypString), mapi.NewTag(ids[1], mapi.PtypInteger32)
	equal(k, "the first property", got.Props.Text(first), "1")
	equal(k, "the second property", got.Props.Int(second), 2)
	equal(k, "the recipient's property", got.Recipients[0].Int(second), 3)
	equal(k, "the attachment's property", got.Attachments[0].Text(first), "4")
	equal(k, "the attachment", string(to.read(object.ReadItem{Message: items[0].ID, Attachment: 1, Length: -1})), "attached")
	if _, ok := got.Props.Get(mapi.NewTag(0xfff0, mapi.PtypString)); ok || got.Props.Check() != nil {
		k.Errorf("the properties are %+v (%v)", got.Props.Props(), got.Props.Check())
	}
}

func namesDeliver(k *kit) {
	a, b := k.mailbox(), k.mailbox()
	b.ids(true, text("third"), text("second"))
	first, second := mapi.NewTag(0x8000, mapi.PtypString), mapi.NewTag(0x9000, mapi.PtypInteger32)
	msg := plain("named")
	msg.Props.Set(first, mapi.String("1"))
	msg.Props.Set(second, mapi.Int32(2))
	msg.Props.Set(mapi.NewTag(0xfff0, mapi.PtypString), mapi.String("of an id without a name"))
	req := object.DeliverRequest{To: []object.DeliverTo{{Store: a.guid}, {Store: b.guid}, {Store: a.guid}}, Message: msg,
		Names: []object.NamedID{{ID: 0x8000, Name: text("first")}, {ID: 0x9000, Name: text("second")}, {ID: 0x9001, Name: text("not used")}}}
	resp, err := k.role(object.RoleDelivery).Deliver(k.Context(), req)
	k.ok(err)
	for i, m := range []*mailbox{a, b, a} {
		k.ok(orNil(resp.Results[i].Code))
		ids := m.ids(false, text("first"), text("second"), text("not used"))
		got := m.get(nil, resp.Results[i].Saved.ID)[0].Props
		if ids[2] != 0 || got.Check() != nil || got.Text(mapi.NewTag(ids[0], mapi.PtypString)) != "1" || got.Int(mapi.NewTag(ids[1], mapi.PtypInteger32)) != 2 {
			k.Errorf("copy %d: ids %x, properties %+v", i, ids, got.Props())
		}
		if _, ok := got.Get(mapi.NewTag(0xfff0, mapi.PtypString)); ok {
			k.Errorf("copy %d has a property without a name", i)
		}
	}
	req.Names[0].Name.Set = mapi.GUID{}
	_, err = k.role(object.RoleDelivery).Deliver(k.Context(), req)
	k.fails(err, mapi.InvalidParameter)
}
