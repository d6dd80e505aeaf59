// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func associatedCases() []testCase {
	return []testCase{
		{"associated messages have a table of their own", associatedSave},
		{"associated messages are changed and deleted", associatedChange},
	}
}

// saveAssociated saves associated messages.
func (m *mailbox) saveAssociated(folder mapi.ID, list ...object.NewMessage) []object.SavedMessage {
	m.Helper()
	resp, err := m.s.SaveMessages(m.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: folder, Messages: list, Associated: true})
	m.ok(err)
	return resp.Saved
}

func associatedSave(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 1)
	before := m.state(m.inbox)
	size := m.describe().Size
	saved := m.saveAssociated(m.inbox, plain("view"), plain("form"))
	equal(k, "the UID", saved[0].UID, 2) // the folder's UIDs are of both
	st := m.state(m.inbox)
	equal(k, "the messages", st.Messages, 1)
	equal(k, "the unread", st.Unread, 1)
	equal(k, "the size", st.Size, before.Size)
	equal(k, "the associated", st.Associated, 2)
	if m.describe().Size <= size || m.describe().Messages != 1 {
		k.Errorf("the store is %+v", m.describe()) // they count for the quota
	}
	same(k, "the contents", m.inTable(object.TableContents, m.inbox), []mapi.UID{1})
	same(k, "the UIDs", m.uids(m.inbox), []mapi.UID{1})
	same(k, "the associated", m.inTable(object.TableAssociated, m.inbox), []mapi.UID{2, 3})
	got := m.get(nil, saved[0].ID)
	if len(got) != 1 || got[0].Folder != m.inbox || got[0].UID != 2 || got[0].Props.Text(tag.Subject) != "view" {
		k.Errorf("the message is %+v", got)
	}
	b := bags(k, m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableHierarchy, IDs: []mapi.ID{m.inbox}, Columns: []mapi.PropTag{tag.AssociatedContentCount}}))
	equal(k, "the count in the hierarchy", b[0].Int(tag.AssociatedContentCount), 2)
	copied := m.transfer(m.inbox, m.inbox, everything(), false)
	same(k, "what a transfer takes", copied.Pairs, []object.UIDPair{{From: 1, To: 4}})
}

func associatedChange(k *kit) {
	m := k.mailbox()
	saved := m.saveAssociated(m.inbox, plain("a"), plain("b"), plain("c"))
	next := plain("other")
	next.ID, next.IfChange = saved[0].ID, saved[0].Change
	m.saveAssociated(m.inbox, next)
	same(k, "the associated", m.inTable(object.TableAssociated, m.inbox), []mapi.UID{2, 3, 4})
	next.IfChange = 0
	_, err := m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: m.inbox, Messages: []object.NewMessage{next}})
	k.fails(err, mapi.NotFound) // it is not among the contents
	changed, err := m.s.SetProps(k.Context(), object.SetPropsRequest{Store: m.guid, IDs: []mapi.ID{saved[1].ID}, Set: mapi.Props{{Tag: tag.Subject, Value: mapi.String("new")}}})
	k.ok(err)
	equal(k, "the subject", m.get(nil, saved[1].ID)[0].Props.Text(tag.Subject), "new")
	if changed.Changes[0] <= saved[1].Change {
		k.Errorf("the change is %d", changed.Changes[0])
	}
	resp, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: everything()})
	k.ok(err)
	equal(k, "deleted of the contents", len(resp.UIDs), 0)
	resp, err = m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: one(3), Table: object.TableAssociated, Soft: true})
	k.ok(err)
	same(k, "deleted of the associated", resp.UIDs, []mapi.UID{3})
	st := m.state(m.inbox)
	equal(k, "the associated", st.Associated, 2)
	equal(k, "the recoverable", st.Recoverable, 0) // they are not kept
	for p, err := range k.admin.Check(k.Context(), object.CheckRequest{Store: m.guid}) {
		k.Errorf("check: %+v, %v", p, err)
	}
}
