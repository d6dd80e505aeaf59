// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"slices"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// letter is a message to be sent: what it says of its senders in properties
// and, where it has MIME, in the header.
type letter struct {
	name         string
	from, sender string // properties; "" is none
	mime         string // the header's fields about senders; "" is no MIME
	want         mapi.Code
}

// send saves and submits it.
func (m *mailbox) send(l letter) error {
	m.Helper()
	n := object.NewMessage{Props: mapi.Props{{Tag: tag.Subject, Value: mapi.String(l.name)}}}
	if l.from != "" {
		n.Props.Set(tag.SentRepresentingEmailAddress, mapi.String(l.from))
	}
	if l.sender != "" {
		n.Props.Set(tag.SenderEmailAddress, mapi.String(l.sender))
	}
	if l.mime != "" {
		n.Content = inline(l.mime + "\r\nSubject: " + l.name + "\r\n\r\nFrom: not@a.header\r\n")
	}
	n.Recipients = []mapi.Props{sorted(mapi.Props{
		{Tag: tag.RecipientType, Value: mapi.Int32(1)},
		{Tag: tag.SmtpAddress, Value: mapi.String("to@example.test")},
	})}
	return m.submit(m.save(m.store.SpecialFolder(object.KindOutbox), n)[0].ID)
}

func (m *mailbox) sendAll(list []letter) {
	m.Helper()
	for _, l := range list {
		if err := m.send(l); (err != nil) != (l.want != 0) || l.want != 0 && mapi.CodeOf(err) != l.want {
			m.Errorf("%s: %v, want %v", l.name, err, l.want)
		}
	}
}

func senderNames(k *kit) {
	m := k.mailbox(func(u *directory.User) { u.Aliases = []string{"alias-" + u.Name + "@" + k.env.Domain} })
	own, alias := m.user.Address, m.user.Aliases[0]
	boss := k.newUser().Address
	m.sendAll([]letter{
		{"nothing", "", "", "", 0},
		{"the own address", own, own, "From: <" + own + ">", 0},
		{"an alias", alias, "", "From: Somebody <" + alias + ">", 0},
		{"from another", boss, "", "", mapi.NoAccess},
		{"sender is another", own, boss, "", mapi.NoAccess},
		{"sender alone is another", "", boss, "", mapi.NoAccess},
		{"header from another", own, own, "From: Boss <" + boss + ">", mapi.NoAccess},
		{"header from another, folded", "", "", "From: Boss\r\n <" + boss + ">", mapi.NoAccess},
		{"second from", "", "", "From: " + own + "\r\nFROM: " + boss, mapi.NoAccess},
		{"from several", "", "", "From: " + own + ", " + boss + "\r\nSender: " + own, mapi.NoAccess},
		{"a header that is not well formed", "", "", "From: (" + boss + "> <<" + boss, mapi.NoAccess},
		{"header sender is another", "", "", "From: " + own + "\r\nSender: " + boss, mapi.NoAccess},
		{"nobody's address here", "who@outside.test", "", "From: who@outside.test", 0},
	})
}

func senderAllowed(k *kit) {
	boss, m, helper := k.newUser(), k.mailbox(), k.mailbox()
	owner := k.mailbox()
	list := []mapi.GUID{m.user.ID}
	u, err := k.admin.SetUser(k.Context(), object.SetUserRequest{Name: boss.Name, Changes: directory.Changes{SendAs: &list}})
	k.ok(err)
	if !slices.Equal(u.SendAs, list) {
		k.Errorf("who may send as the user is %v", u.SendAs)
	}
	m.sendAll([]letter{
		{"send as, in properties", boss.Address, boss.Address, "", 0},
		{"send as, in the header", "", "", "From: " + boss.Address, 0},
		{"send as, and say who sends", boss.Address, m.user.Address, "From: " + boss.Address + "\r\nSender: " + m.user.Address, 0},
		{"another one", owner.user.Address, "", "", mapi.NoAccess},
	})
	owner.delegates(object.Delegate{User: helper.user.ID, OnBehalf: true}, object.Delegate{User: m.user.ID, Private: true})
	from, own := owner.user.Address, helper.user.Address
	helper.sendAll([]letter{
		{"on behalf", from, "", "", 0},
		{"on behalf, and say who sends", from, own, "From: " + from + "\r\nSender: " + own, 0},
		{"as if it were the other", from, from, "", mapi.NoAccess},
		{"as if it were the other, in the header", "", "", "From: " + from, mapi.NoAccess},
		{"with somebody else as the sender", from, "who@outside.test", "", mapi.NoAccess},
	})
	m.sendAll([]letter{{"a delegate who may not", from, "", "", mapi.NoAccess}})
}
