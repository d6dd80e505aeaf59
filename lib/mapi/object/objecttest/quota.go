// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"strings"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func quotaCases() []testCase {
	return []testCase{
		{"beyond the hard limit nothing is saved", quotaHard},
		{"beyond the soft limit nothing is sent", quotaSoft},
		{"properties do not grow beyond the hard limit", quotaProps},
		{"what comes from another mailbox counts", quotaAcross},
		{"beyond the hard limit one may still tidy up", quotaShrink},
	}
}

func quotaHard(k *kit) {
	m := k.mailbox(func(u *directory.User) { u.Quota = directory.Quota{Hard: 20_000} })
	large := object.NewMessage{Content: inline("Subject: large\r\n\r\n" + strings.Repeat("0123456789", 900))}
	m.save(m.inbox, large)
	before := m.state(m.inbox)
	_, err := m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: m.inbox, Messages: []object.NewMessage{large, large}})
	k.fails(err, mapi.QuotaExceeded)
	equal(k, "the state", m.state(m.inbox), before)
	_, err = m.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: m.inbox, UIDs: one(1), ToFolder: m.inbox})
	k.ok(err)
	_, err = m.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: m.inbox, UIDs: everything(), ToFolder: m.inbox})
	k.fails(err, mapi.QuotaExceeded)
	m.transfer(m.inbox, m.folder(0, "x"), everything(), true) // moves within the store are free
	none := directory.Quota{Hard: -1}
	_, err = k.admin.SetUser(k.Context(), object.SetUserRequest{Name: m.user.Name, Changes: directory.Changes{Quota: &none}})
	k.ok(err)
	m.save(m.inbox, large, large)
	resp, err := k.role(object.RoleDelivery).ResolveRecipients(k.Context(), object.ResolveRecipientsRequest{Addresses: []string{m.user.Address}})
	k.ok(err)
	equal(k, "the code without a limit", resp.Recipients[0].Code, 0)
	tight := directory.Quota{Hard: 100}
	_, err = k.admin.SetUser(k.Context(), object.SetUserRequest{Name: m.user.Name, Changes: directory.Changes{Quota: &tight}})
	k.ok(err)
	resp, err = k.role(object.RoleDelivery).ResolveRecipients(k.Context(), object.ResolveRecipientsRequest{Addresses: []string{m.user.Address}})
	k.ok(err)
	equal(k, "the code over the limit", resp.Recipients[0].Code, mapi.QuotaExceeded)
}

func quotaSoft(k *kit) {
	m := k.mailbox(func(u *directory.User) { u.Quota = directory.Quota{Soft: 100, Hard: -1} })
	msg := m.outbox(strings.Repeat("too much ", 20))
	k.fails(m.submit(msg.ID), mapi.QuotaExceeded)
	_, items := m.changes(m.store.SpecialFolder(object.KindOutbox), 0)
	equal(k, "the message stays", len(items), 1)
}

func quotaProps(k *kit) {
	m := k.mailbox(func(u *directory.User) { u.Quota = directory.Quota{Hard: 2000} })
	msg := m.save(m.inbox, object.NewMessage{Props: mapi.Props{{Tag: tag.Subject, Value: mapi.String("born as properties")}}})[0]
	before := m.state(m.inbox)
	set := func(n int) error {
		_, err := m.s.SetProps(k.Context(), object.SetPropsRequest{Store: m.guid, IDs: []mapi.ID{msg.ID},
			Set: mapi.Props{{Tag: tag.Body, Value: mapi.String(strings.Repeat("x", n))}}})
		return err
	}
	k.fails(set(3000), mapi.QuotaExceeded)
	equal(k, "the state", m.state(m.inbox), before)
	k.ok(set(1000))
	if got := m.state(m.inbox).Size; got < before.Size+1000 || got > before.Size+1030 {
		k.Errorf("the size is %d, it was %d", got, before.Size)
	}
	st, err := m.s.GetStore(k.Context(), object.GetStoreRequest{})
	k.ok(err)
	equal(k, "the size of the store", st.Size, m.state(m.inbox).Size)
}

func quotaAcross(k *kit) {
	from, to := k.mailbox(), k.mailbox(func(u *directory.User) { u.Quota = directory.Quota{Hard: 100} })
	from.fill(from.inbox, 5)
	_, err := k.role(object.RoleArchive).Transfer(k.Context(), object.TransferRequest{Store: from.guid, Folder: from.inbox, UIDs: everything(),
		ToStore: to.guid, ToFolder: to.inbox, Move: true})
	k.fails(err, mapi.QuotaExceeded)
	equal(k, "the messages that stay", from.state(from.inbox).Messages, 5)
	equal(k, "the messages that came", to.state(to.inbox).Messages, 0)
}

func quotaShrink(k *kit) {
	m := k.mailbox()
	msg := m.save(m.inbox, object.NewMessage{Content: inline("Subject: large\r\n\r\n" + strings.Repeat("0123456789", 100))})[0]
	m.fill(m.inbox, 1)
	tight := directory.Quota{Hard: 10}
	_, err := k.admin.SetUser(k.Context(), object.SetUserRequest{Name: m.user.Name, Changes: directory.Changes{Quota: &tight}})
	k.ok(err)
	small := plain("small")
	small.ID = msg.ID
	m.save(m.inbox, small)
	_, err = m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: m.inbox, Messages: []object.NewMessage{plain("more")}})
	k.fails(err, mapi.QuotaExceeded)
	m.transfer(m.inbox, m.folder(0, "x"), everything(), true)
	m.setFlags(everything(), object.FlagsAdd, object.FlagSeen)
}
