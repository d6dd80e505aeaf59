// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func versionCases() []testCase {
	return []testCase{
		{"every change is seen when it is acknowledged", versionChanges},
		{"a user sees the own mailbox only", versionForeign},
		{"who delivers sees that the directory changes, and nothing else", versionDirectory},
	}
}

func versionDirectory(k *kit) {
	s := k.role(object.RoleDelivery)
	v, ok := s.(object.Versioned)
	if !ok {
		k.Skip("the session has no versions")
	}
	w := k.watch(s)
	last, ok := v.Version(object.SharedVersion)
	if !ok {
		k.Fatal("the version of the directory is not known")
	}
	m := k.mailbox()
	if now, ok := v.Version(object.SharedVersion); !ok || now == last {
		k.Errorf("a new user: version %d after %d", now, last)
	}
	m.fill(m.inbox, 1)
	w.stop()
	<-w.err
	equal(k, "events beside the first", len(w.events), 0)
}

// versioned is the session's object.Versioned; a case ends where it has none.
func (m *mailbox) versioned() object.Versioned {
	m.Helper()
	v, ok := m.s.(object.Versioned)
	if !ok {
		m.Skip("the session has no versions")
	}
	return v
}

func versionChanges(k *kit) {
	m := k.mailbox()
	v := m.versioned()
	m.watch(m.s, m.guid)
	last, ok := v.Version(m.guid)
	if !ok {
		k.Fatal("the version of a watched mailbox is not known")
	}
	sees := func(what string, change bool, do func()) {
		k.Helper()
		do()
		now, ok := v.Version(m.guid)
		if !ok || (now != last) != change {
			k.Errorf("%s: version %d after %d", what, now, last)
		}
		last = now
	}
	other := k.logon(m.user)
	sees("save", true, func() { m.fill(m.inbox, 1) })
	sees("flags", true, func() { m.setFlags(one(1), object.FlagsAdd, object.FlagSeen) })
	var made mapi.ID
	sees("folder", true, func() { made = m.folder(0, "made") })
	sees("move", true, func() { m.transfer(m.inbox, made, one(1), true) })
	sees("reading", false, func() { m.state(m.inbox) })
	sees("another session's change", true, func() {
		_, err := other.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: made, Messages: true})
		k.ok(err)
	})
	sees("delivery", true, func() {
		_, err := k.role(object.RoleDelivery).Deliver(k.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: m.guid}}, Message: plain("x")})
		k.ok(err)
	})
}

func versionForeign(k *kit) {
	mine, theirs := k.mailbox(), k.mailbox()
	v := mine.versioned()
	mine.watch(mine.s, mine.guid)
	if _, ok := v.Version(theirs.guid); ok {
		k.Error("a user sees the version of another's mailbox")
	}
}
