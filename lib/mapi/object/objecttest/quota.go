// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"strings"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func quotaCases() []testCase {
	return []testCase{
		{"beyond the hard limit nothing is saved", quotaHard},
		{"beyond the soft limit nothing is sent", quotaSoft},
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
