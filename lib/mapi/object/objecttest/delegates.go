// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// delegates sets who acts for the owner.
func (m *mailbox) delegates(list ...object.Delegate) {
	m.Helper()
	_, err := m.s.SetDelegates(m.Context(), object.SetDelegatesRequest{Delegates: list})
	m.ok(err)
}

func delegateList(k *kit) {
	owner, first, second, other := k.mailbox(), k.mailbox(), k.mailbox(), k.mailbox()
	want := []object.Delegate{
		{User: first.user.ID, Name: first.user.Name, Private: true, Meetings: true},
		{User: second.user.ID, Name: second.user.Name, OnBehalf: true},
	}
	slices.SortFunc(want, func(a, b object.Delegate) int { return slices.Compare([]byte(a.Name), []byte(b.Name)) })
	owner.delegates(want[1], want[0])
	for name, s := range map[string]object.Session{"the owner": owner.s, "a delegate": first.s, "an administrator": k.admin} {
		resp, err := s.GetDelegates(k.Context(), object.GetDelegatesRequest{Store: owner.guid})
		k.ok(err)
		same(k, "delegates as "+name+" sees them", resp.Delegates, want)
	}
	_, err := other.s.GetDelegates(k.Context(), object.GetDelegatesRequest{Store: owner.guid})
	k.fails(err, mapi.NoAccess)
	_, err = first.s.SetDelegates(k.Context(), object.SetDelegatesRequest{Store: owner.guid})
	k.fails(err, mapi.NoAccess)
	owner.delegates()
	resp, err := owner.s.GetDelegates(k.Context(), object.GetDelegatesRequest{})
	k.ok(err)
	equal(k, "delegates that are left", len(resp.Delegates), 0)
	_, err = first.s.GetDelegates(k.Context(), object.GetDelegatesRequest{Store: owner.guid})
	k.fails(err, mapi.NoAccess)
}

func delegateErrors(k *kit) {
	owner, other := k.mailbox(), k.newUser()
	many := make([]object.Delegate, object.MaxDelegates+1)
	for name, c := range map[string]struct {
		list []object.Delegate
		want mapi.Code
	}{
		"nobody":    {[]object.Delegate{{User: mapi.NewGUID()}}, mapi.NotFound},
		"twice":     {[]object.Delegate{{User: other.ID}, {User: other.ID}}, mapi.InvalidParameter},
		"the owner": {[]object.Delegate{{User: owner.user.ID}}, mapi.InvalidParameter},
		"too many":  {many, mapi.TooBig},
	} {
		if _, err := owner.s.SetDelegates(k.Context(), object.SetDelegatesRequest{Delegates: c.list}); mapi.CodeOf(err) != c.want {
			k.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// lidPrivate is the tag of PidLidPrivate in the mailbox.
func (m *mailbox) lidPrivate() mapi.PropTag {
	m.Helper()
	resp, err := m.s.NamesToIDs(m.Context(), object.NamesToIDsRequest{Store: m.guid, Names: []mapi.Name{tag.LidPrivate.Name()}, Create: true})
	m.ok(err)
	return mapi.NewTag(resp.IDs[0], mapi.PtypBoolean)
}

func private(n object.NewMessage) object.NewMessage {
	n.Props.Set(tag.Sensitivity, mapi.Int32(int32(mapi.SensitivityPrivate)))
	return n
}

func privateItems(k *kit) {
	owner := k.mailbox()
	f := owner.store.SpecialFolder(object.KindCalendar)
	plainGuest, trusted := owner.guest(f, rightsEditor), owner.guest(f, rightsEditor)
	half := owner.guest(f, rightsEditor)
	owner.delegates(object.Delegate{User: trusted.user.ID, Private: true}, object.Delegate{User: half.user.ID})
	saved := owner.save(f, plain("open"), private(plain("secret")))
	open, secret := saved[0], saved[1]
	both := []mapi.ID{open.ID, secret.ID}
	named := plain("secret by its named property")
	named.Props.Set(owner.lidPrivate(), mapi.Bool(true))
	both = append(both, owner.save(f, named)[0].ID)
	for name, c := range map[string]struct {
		g    *guest
		want []mapi.ID
	}{
		"the owner":                     {&guest{owner, owner.guid}, both},
		"a guest":                       {plainGuest, both[:1]},
		"a delegate":                    {half, both[:1]},
		"a delegate with private items": {trusted, both},
	} {
		ids, err := c.g.ids(f)
		k.ok(err)
		same(k, "rows that "+name+" sees", ids, c.want)
		same(k, "messages that "+name+" sees", c.g.reachable(both), c.want)
		same(k, "contents that "+name+" reads", c.g.readable(both), c.want)
		same(k, "changes that "+name+" sees", c.g.changed(f), c.want)
		same(k, "messages that "+name+" finds by source key", c.g.keyed(both), c.want)
	}
	privateUntouched(k, owner, f, half, open, secret)
}

// privateUntouched sees to it that who does not see a private message does
// nothing to it.
func privateUntouched(k *kit, owner *mailbox, f mapi.ID, g *guest, open, secret object.SavedMessage) {
	ctx := k.Context()
	flags, err := g.s.SetFlags(ctx, object.SetFlagsRequest{Store: owner.guid, Folder: f, UIDs: everything(), Mode: object.FlagsAdd, Flags: object.FlagFlagged})
	k.ok(err)
	if len(flags.Items) != 1 || flags.Items[0].UID != open.UID {
		k.Errorf("flags are set of %+v", flags.Items)
	}
	props, err := g.s.SetProps(ctx, object.SetPropsRequest{Store: owner.guid, IDs: []mapi.ID{secret.ID}, Set: mapi.Props{{Tag: tag.Sensitivity, Value: mapi.Int32(0)}}})
	k.ok(err)
	equal(k, "the change of a private message", props.Changes[0], 0)
	n := plain("replaced")
	n.ID = secret.ID
	_, err = g.s.SaveMessages(ctx, object.SaveMessagesRequest{Store: owner.guid, Folder: f, Messages: []object.NewMessage{n}})
	k.fails(err, mapi.NotFound)
	for _, to := range []struct {
		store  mapi.GUID
		folder mapi.ID
	}{{owner.guid, f}, {g.guid, g.inbox}} {
		resp, err := g.s.Transfer(ctx, object.TransferRequest{Store: owner.guid, Folder: f, UIDs: one(secret.UID), ToStore: to.store, ToFolder: to.folder})
		k.ok(err)
		equal(k, "private messages that were copied", len(resp.Pairs), 0)
	}
	gone, err := g.s.DeleteMessages(ctx, object.DeleteMessagesRequest{Store: owner.guid, Folder: f, UIDs: everything()})
	k.ok(err)
	same(k, "what was deleted", gone.UIDs, []mapi.UID{open.UID})
	same(k, "what is there", owner.uids(f), []mapi.UID{secret.UID, secret.UID + 1})
}

// reachable are those of the messages that GetMessages gives.
func (g *guest) reachable(ids []mapi.ID) (out []mapi.ID) {
	g.Helper()
	for _, m := range all(g.kit, g.s.GetMessages(g.Context(), object.GetMessagesRequest{Store: g.at, IDs: ids})) {
		out = append(out, m.ID)
	}
	return out
}

// readable are those of the messages that have content.
func (g *guest) readable(ids []mapi.ID) (out []mapi.ID) {
	g.Helper()
	for _, id := range ids {
		for c, err := range g.s.Read(g.Context(), object.ReadRequest{Store: g.at, Items: []object.ReadItem{{Message: id, Length: 1}}}) {
			g.ok(err)
			if c.Code == 0 {
				out = append(out, id)
			}
		}
	}
	return out
}

// keyed are those of the messages that have a source key for the guest.
func (g *guest) keyed(ids []mapi.ID) (out []mapi.ID) {
	g.Helper()
	keys := make([][]byte, len(ids))
	for i, id := range ids {
		keys[i] = mapi.SourceKey(g.at, id)
	}
	resp, err := g.s.SourceKeys(g.Context(), object.SourceKeysRequest{Store: g.at, Keys: keys})
	g.ok(err)
	for _, id := range resp.IDs {
		if id != 0 {
			out = append(out, id)
		}
	}
	return out
}

// changed are the messages of a folder as Changes gives them.
func (g *guest) changed(folder mapi.ID) (out []mapi.ID) {
	g.Helper()
	for _, i := range all(g.kit, g.s.Changes(g.Context(), object.ChangesRequest{Store: g.at, Folder: folder})) {
		if i.Kind == object.ChangeUpsert {
			out = append(out, i.ID)
		}
	}
	return out
}

func privateChanges(k *kit) {
	owner := k.mailbox()
	f := owner.folder(0, "shared")
	g := owner.guest(f, rightsReviewer)
	msg := owner.save(f, plain("open"))[0]
	since := owner.state(f).Change
	w := k.watch(g.s, owner.guid)
	owner.setSensitivity(msg.ID, mapi.SensitivityPrivate)
	items := all(k, g.s.Changes(k.Context(), object.ChangesRequest{Store: owner.guid, Folder: f, Since: since}))
	if len(items) != 2 || items[1].Kind != object.ChangeGone || items[1].UID != msg.UID {
		k.Errorf("what became private is told as %+v", items)
	}
	delivery := k.role(object.RoleDelivery)
	for _, m := range []object.NewMessage{private(plain("secret")), plain("new")} {
		_, err := delivery.Deliver(k.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: owner.guid, Folder: f}}, Message: m})
		k.ok(err)
	}
	ids, err := g.ids(f)
	k.ok(err)
	if e := w.until(object.EventNewMail); len(ids) != 1 || e.Message != ids[0] {
		k.Errorf("new mail is told by %+v, to be seen is %v", e, ids)
	}
}

func (m *mailbox) setSensitivity(id mapi.ID, s mapi.Sensitivity) {
	m.Helper()
	_, err := m.s.SetProps(m.Context(), object.SetPropsRequest{Store: m.guid, IDs: []mapi.ID{id}, Set: mapi.Props{{Tag: tag.Sensitivity, Value: mapi.Int32(int32(s))}}})
	m.ok(err)
}
