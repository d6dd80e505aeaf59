// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func receiveCases() []testCase {
	return []testCase{
		{"the longest prefix of the class decides", receivePrefix},
		{"mail arrives there", receiveDeliver},
		{"a folder that is gone receives nothing", receiveGone},
		{"what cannot be set", receiveFails},
		{"the table of receive folders", receiveTable},
	}
}

func (m *mailbox) receiveAt(class string, folder mapi.ID) {
	m.Helper()
	_, err := m.s.SetReceiveFolder(m.Context(), object.SetReceiveFolderRequest{Store: m.guid, Class: class, Folder: folder})
	m.ok(err)
}

func (m *mailbox) receiver(class string) object.ReceiveFolderResponse {
	m.Helper()
	resp, err := m.s.ReceiveFolder(m.Context(), object.ReceiveFolderRequest{Store: m.guid, Class: class})
	m.ok(err)
	return resp
}

func receivePrefix(k *kit) {
	m := k.mailbox()
	inbox := object.ReceiveFolderResponse{Folder: m.inbox}
	equal(k, "without an entry", m.receiver("IPM.Note"), inbox)
	a, b, c := m.folder(0, "a"), m.folder(0, "b"), m.folder(0, "c")
	m.receiveAt("IPM.Note.Fax", a)
	m.receiveAt("ipm.schedule", b)
	at := func(folder mapi.ID, class string) object.ReceiveFolderResponse {
		return object.ReceiveFolderResponse{Folder: folder, Class: class}
	}
	for class, want := range map[string]object.ReceiveFolderResponse{
		"IPM.Note": inbox, "IPM.Note.Fax": at(a, "IPM.Note.Fax"), "ipm.note.FAX.Large": at(a, "IPM.Note.Fax"), "IPM.Note.Faxes": inbox,
		"IPM.Schedule.Meeting.Request": at(b, "ipm.schedule"), "IPM": inbox, "": inbox, "REPORT.IPM.Note.NDR": inbox,
	} {
		equal(k, "the place of "+class, m.receiver(class), want)
	}
	m.receiveAt("IPM.NOTE.FAX", c)
	equal(k, "the place of faxes", m.receiver("IPM.Note.Fax"), at(c, "IPM.NOTE.FAX"))
	m.receiveAt("", b)
	equal(k, "the place of all others", m.receiver("IPM.Note"), at(b, ""))
	m.receiveAt("", 0)
	m.receiveAt("IPM.note.Fax", 0)
	m.receiveAt("IPM.Nothing", 0)
	equal(k, "the place of faxes without the entry", m.receiver("IPM.Note.Fax"), inbox)
}

// arrives delivers a message of a class and tells in which folder it is.
func (m *mailbox) arrives(class string) mapi.ID {
	m.Helper()
	msg := plain("arrives")
	if class != "" {
		msg.Props.Set(tag.MessageClass, mapi.String(class))
	}
	resp, err := m.role(object.RoleDelivery).Deliver(m.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: m.guid}}, Message: msg})
	m.ok(err)
	m.ok(orNil(resp.Results[0].Code))
	return m.get(nil, resp.Results[0].Saved.ID)[0].Folder
}

func orNil(c mapi.Code) error {
	if c == 0 {
		return nil
	}
	return c
}

func receiveDeliver(k *kit) {
	m := k.mailbox()
	a, b := m.folder(0, "a"), m.folder(0, "b")
	equal(k, "where a note arrives", m.arrives(""), m.inbox)
	m.receiveAt("IPM.Note", a)
	m.receiveAt("IPM.Schedule.Meeting", b)
	equal(k, "where a note arrives", m.arrives(""), a)
	equal(k, "where a request arrives", m.arrives("IPM.Schedule.Meeting.Request"), b)
	equal(k, "where a post arrives", m.arrives("IPM.Post"), m.inbox)
}

func receiveGone(k *kit) {
	m := k.mailbox()
	parent := m.folder(0, "parent")
	m.receiveAt("IPM.Note", m.folder(parent, "child"))
	_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: parent, Subfolders: true, Messages: true})
	k.ok(err)
	equal(k, "the place of notes", m.receiver("IPM.Note"), object.ReceiveFolderResponse{Folder: m.inbox})
	equal(k, "where a note arrives", m.arrives("IPM.Note"), m.inbox)
}

func receiveFails(k *kit) {
	m := k.mailbox()
	for name, tc := range map[string]struct {
		class  string
		folder mapi.ID
		want   mapi.Code
	}{
		"IPM":                 {"ipm", m.inbox, mapi.NoAccess},
		"REPORT.IPM":          {"Report.IPM", m.inbox, mapi.NoAccess},
		"a dot before":        {".IPM.Note", m.inbox, mapi.InvalidParameter},
		"a dot behind":        {"IPM.Note.", m.inbox, mapi.InvalidParameter},
		"beyond ASCII":        {"IPM.Nöte", m.inbox, mapi.InvalidParameter},
		"control character":   {"IPM\tNote", m.inbox, mapi.InvalidParameter},
		"too long":            {strings.Repeat("x", 256), m.inbox, mapi.InvalidParameter},
		"a folder that's not": {"IPM.Note", 1 << 40, mapi.NotFound},
		"the top":             {"IPM.Note", m.store.Root, mapi.NotFound},
	} {
		_, err := m.s.SetReceiveFolder(k.Context(), object.SetReceiveFolderRequest{Class: tc.class, Folder: tc.folder})
		if mapi.CodeOf(err) != tc.want {
			k.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	m.receiveAt(strings.Repeat("x", 255), m.inbox)
	_, err := m.s.ReceiveFolder(k.Context(), object.ReceiveFolderRequest{Class: "."})
	k.fails(err, mapi.InvalidParameter)
	_, err = k.role(object.RoleDelivery).SetReceiveFolder(k.Context(), object.SetReceiveFolderRequest{Store: m.guid, Class: "IPM.X", Folder: m.inbox})
	k.fails(err, mapi.NoAccess)
	_, err = k.mailbox().s.SetReceiveFolder(k.Context(), object.SetReceiveFolderRequest{Store: m.guid, Class: "IPM.X", Folder: m.inbox})
	k.fails(err, mapi.NoAccess)
	_, err = k.admin.ReceiveFolder(k.Context(), object.ReceiveFolderRequest{Store: mapi.GUID{1}})
	k.fails(err, mapi.NotFound)
	public := k.public("")
	_, err = k.admin.ReceiveFolder(k.Context(), object.ReceiveFolderRequest{Store: public.GUID, Class: "IPM.Note"})
	k.fails(err, mapi.NotFound)
}

func receiveTable(k *kit) {
	m := k.mailbox()
	a := m.folder(0, "a")
	m.receiveAt("IPM.Note.Fax", a)
	m.receiveAt("IPM.Appointment", a)
	req := object.QueryRequest{Store: m.guid, Table: object.TableReceiveFolders, Columns: []mapi.PropTag{tag.MessageClass, tag.FolderId}}
	rows := k.rowsOf(m.s, req)
	if len(rows) != 3 || rows[0].Text(tag.MessageClass) != "" || rows[0].Int(tag.FolderId) != int64(m.inbox) ||
		rows[1].Text(tag.MessageClass) != "IPM.Appointment" || rows[2].Int(tag.FolderId) != int64(a) {
		k.Errorf("the rows are %+v", rows)
	}
	_, err := collect(k.mailbox().s.Query(k.Context(), req))
	k.fails(err, mapi.NoAccess)
}
