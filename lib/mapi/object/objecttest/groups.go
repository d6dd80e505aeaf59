// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"slices"
	"strings"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func groupCases() []testCase {
	return []testCase{
		{"a group is made, found, changed and deleted", groupLife},
		{"names and addresses are one space with users'", groupCollision},
		{"members come and go", groupMembers},
		{"a group is never in itself", groupCycle},
		{"a dynamic group has those that fit", groupDynamic},
		{"the groups of somebody are listed", groupList},
		{"mail for a group goes to its members", groupMail},
		{"a deleted user leaves groups and lists of senders", groupLeft},
		{"contacts are made, changed and deleted", contactLife},
		{"only administrators manage groups and contacts", groupAccess},
	}
}

// newGroup makes a group that nobody else has, with these members.
func (k *kit) newGroup(g directory.Group, members ...string) directory.Group {
	k.Helper()
	g.Name = k.unique("team")
	g, err := k.admin.CreateGroup(k.Context(), object.CreateGroupRequest{Group: g})
	k.ok(err)
	if len(members) > 0 {
		g, err = k.admin.ChangeMembers(k.Context(), object.ChangeMembersRequest{Group: g.Name, Add: members})
		k.ok(err)
	}
	return g
}

// newContact makes a contact that nobody else has.
func (k *kit) newContact(hidden bool) directory.Contact {
	k.Helper()
	name := k.unique("contact")
	c, err := k.admin.CreateContact(k.Context(), object.CreateContactRequest{Contact: directory.Contact{
		Name: name, FullName: "Con " + name, Address: name + "@Outside.Test", Hidden: hidden}})
	k.ok(err)
	return c
}

func groupLife(k *kit) {
	u := k.newUser()
	plain := k.newGroup(directory.Group{Mailing: true})
	equal(k, "the address", plain.Address, plain.Name+"@"+k.env.Domain)
	g := k.newGroup(directory.Group{FullName: "Our Team", Address: k.unique("mail"), Security: true, Mailing: true, SendAs: []mapi.GUID{u.ID}})
	if g.ID.IsZero() || g.Created.IsZero() || !g.Mailing || !g.Security || len(g.SendAs) != 1 {
		k.Errorf("incomplete: %+v", g)
	}
	for _, name := range []string{g.Name, strings.ToUpper(g.Name), g.Address} {
		got, err := k.admin.GetGroup(k.Context(), object.GetGroupRequest{Name: name})
		k.ok(err)
		equal(k, "the group", got.ID, g.ID)
		equal(k, "the full name", got.FullName, "Our Team")
	}
	name, aliases, no := k.unique("renamed"), []string{k.unique("alias")}, false
	got, err := k.admin.SetGroup(k.Context(), object.SetGroupRequest{Name: g.Name,
		Changes: directory.GroupChanges{Name: &name, Aliases: &aliases, Security: &no}})
	k.ok(err)
	equal(k, "the name", got.Name, name)
	equal(k, "the address", got.Address, g.Address)
	equal(k, "security", got.Security, false)
	same(k, "the aliases", got.Aliases, []string{aliases[0] + "@" + k.env.Domain})
	_, err = k.admin.GetGroup(k.Context(), object.GetGroupRequest{Name: g.Name})
	k.fails(err, mapi.NotFound)
	_, err = k.admin.DeleteGroup(k.Context(), object.DeleteGroupRequest{Name: name})
	k.ok(err)
	_, err = k.admin.DeleteGroup(k.Context(), object.DeleteGroupRequest{Name: name})
	k.fails(err, mapi.NotFound)
	_, err = k.admin.SetGroup(k.Context(), object.SetGroupRequest{Name: name})
	k.fails(err, mapi.NotFound)
}

func groupCollision(k *kit) {
	u := k.newUser()
	g := k.newGroup(directory.Group{Mailing: true})
	local, _, _ := strings.Cut(u.Name, "@")
	for name, group := range map[string]directory.Group{
		"a user's name": {Name: u.Name}, "a user's name without the domain": {Name: local},
		"a user's address": {Name: k.unique("team"), Address: u.Address}, "a group's name": {Name: g.Name},
		"a group's address": {Name: k.unique("team"), Aliases: []string{k.unique("x")}, Address: g.Address},
	} {
		if _, err := k.admin.CreateGroup(k.Context(), object.CreateGroupRequest{Group: group}); mapi.CodeOf(err) != mapi.AlreadyExists {
			k.Errorf("%s: %v", name, err)
		}
	}
	_, err := k.admin.CreateUser(k.Context(), object.CreateUserRequest{User: directory.User{Name: g.Name}})
	k.fails(err, mapi.AlreadyExists)
	_, err = k.admin.CreateGroup(k.Context(), object.CreateGroupRequest{Group: directory.Group{Name: "../x"}})
	k.fails(err, mapi.InvalidParameter)
}

func groupMembers(k *kit) {
	u, other, c := k.newUser(), k.newUser(), k.newContact(false)
	g := k.newGroup(directory.Group{}, u.Name, c.Name)
	if len(g.Members) != 2 || !slices.Contains(g.Members, u.ID) || !slices.Contains(g.Members, c.ID) {
		k.Errorf("members %v", g.Members)
	}
	got, err := k.admin.ChangeMembers(k.Context(), object.ChangeMembersRequest{Group: g.Name, Add: []string{other.Address, u.Name}, Remove: []string{c.Address}})
	k.ok(err)
	if len(got.Members) != 2 || !slices.Contains(got.Members, other.ID) || slices.Contains(got.Members, c.ID) {
		k.Errorf("members %v", got.Members)
	}
	for _, req := range []object.ChangeMembersRequest{
		{Group: g.Name, Add: []string{"nobody"}}, {Group: g.Name, Remove: []string{"nobody"}}, {Group: "nothing"},
	} {
		_, err := k.admin.ChangeMembers(k.Context(), req)
		k.fails(err, mapi.NotFound)
	}
}

func groupCycle(k *kit) {
	inner := k.newGroup(directory.Group{})
	middle := k.newGroup(directory.Group{}, inner.Name)
	outer := k.newGroup(directory.Group{}, middle.Name)
	for _, add := range []string{inner.Name, middle.Name, outer.Name} {
		_, err := k.admin.ChangeMembers(k.Context(), object.ChangeMembersRequest{Group: inner.Name, Add: []string{add}})
		k.fails(err, mapi.FolderCycle)
	}
}

func groupDynamic(k *kit) {
	department := k.unique("Dept")
	u := k.newUser(func(u *directory.User) { u.Attributes.Department = department + " North" })
	room := k.newUser(func(u *directory.User) { u.Kind, u.Attributes.Department = directory.KindRoom, department })
	g := k.newGroup(directory.Group{Filter: directory.Filter{Department: strings.ToLower(department) + "*"}})
	equal(k, "the number of members", len(g.Members), 2)
	_, err := k.admin.ChangeMembers(k.Context(), object.ChangeMembersRequest{Group: g.Name, Add: []string{u.Name}})
	k.fails(err, mapi.InvalidObject)
	filter := directory.Filter{Department: department + "*", Kinds: []directory.Kind{directory.KindRoom}}
	got, err := k.admin.SetGroup(k.Context(), object.SetGroupRequest{Name: g.Name, Changes: directory.GroupChanges{Filter: &filter}})
	k.ok(err)
	same(k, "the members", got.Members, []mapi.GUID{room.ID})
	fixed := k.newGroup(directory.Group{}, u.Name)
	_, err = k.admin.SetGroup(k.Context(), object.SetGroupRequest{Name: fixed.Name, Changes: directory.GroupChanges{Filter: &filter}})
	k.fails(err, mapi.InvalidObject)
}

func groupList(k *kit) {
	u := k.newUser()
	inner := k.newGroup(directory.Group{}, u.Name)
	outer := k.newGroup(directory.Group{}, inner.Name)
	k.newGroup(directory.Group{})
	ids := func(req object.ListGroupsRequest) (out []mapi.GUID) {
		for _, g := range all(k, k.admin.ListGroups(k.Context(), req)) {
			out = append(out, g.ID)
		}
		return out
	}
	if got := ids(object.ListGroupsRequest{}); !slices.Contains(got, inner.ID) || !slices.Contains(got, outer.ID) {
		k.Error("groups are not in the list")
	}
	of := ids(object.ListGroupsRequest{Member: u.Name})
	if len(of) != 2 || !slices.Contains(of, inner.ID) || !slices.Contains(of, outer.ID) {
		k.Errorf("the user is in %v", of)
	}
	same(k, "the groups of the inner one", ids(object.ListGroupsRequest{Member: inner.Name}), []mapi.GUID{outer.ID})
	_, err := collect(k.admin.ListGroups(k.Context(), object.ListGroupsRequest{Member: "nobody"}))
	k.fails(err, mapi.NotFound)
}

func groupMail(k *kit) {
	a, b, c := k.newUser(), k.newUser(func(u *directory.User) { u.Hidden = true }), k.newContact(false)
	inner := k.newGroup(directory.Group{}, a.Name, b.Name)
	g := k.newGroup(directory.Group{Mailing: true, Aliases: []string{k.unique("list") + "@other.test"}}, inner.Name, a.Name, c.Name)
	empty := k.newGroup(directory.Group{Mailing: true})
	delivery := k.role(object.RoleDelivery)
	resp, err := delivery.ResolveRecipients(k.Context(), object.ResolveRecipientsRequest{
		Addresses: []string{g.Address, g.Aliases[0], g.Name, empty.Address, inner.Name, c.Address}})
	k.ok(err)
	for i, want := range []mapi.Code{0, 0, 0, mapi.NotFound, mapi.NotFound, mapi.NotFound} {
		r := resp.Recipients[i]
		equal(k, "the code", r.Code, want)
		if want != 0 {
			equal(k, "the number of members", len(r.Members), 0)
			continue
		}
		var stores []mapi.GUID
		outside := ""
		for _, m := range r.Members {
			if m.Address != "" {
				outside += m.Address
				continue
			}
			stores = append(stores, m.Store)
		}
		equal(k, "the member outside", outside, c.Address)
		if len(stores) != 2 || !slices.Contains(stores, a.Store) || !slices.Contains(stores, b.Store) {
			k.Errorf("mailboxes %v", stores)
		}
	}
}

func groupLeft(k *kit) {
	gone, stays := k.newUser(), k.newUser()
	g := k.newGroup(directory.Group{SendAs: []mapi.GUID{gone.ID, stays.ID}}, gone.Name, stays.Name)
	senders := []mapi.GUID{gone.ID}
	_, err := k.admin.SetUser(k.Context(), object.SetUserRequest{Name: stays.Name, Changes: directory.Changes{SendAs: &senders}})
	k.ok(err)
	_, err = k.admin.DeleteUser(k.Context(), object.DeleteUserRequest{Name: gone.Name, Purge: true})
	k.ok(err)
	got, err := k.admin.GetGroup(k.Context(), object.GetGroupRequest{Name: g.Name})
	k.ok(err)
	same(k, "the members", got.Members, []mapi.GUID{stays.ID})
	same(k, "the senders", got.SendAs, []mapi.GUID{stays.ID})
	u, err := k.admin.GetUser(k.Context(), object.GetUserRequest{Name: stays.Name})
	k.ok(err)
	equal(k, "the number of senders", len(u.SendAs), 0)
	_, err = k.admin.SetUser(k.Context(), object.SetUserRequest{Name: stays.Name, Changes: directory.Changes{SendAs: &senders}})
	k.fails(err, mapi.NotFound)
}

func contactLife(k *kit) {
	c := k.newContact(false)
	equal(k, "the address", c.Address, c.Name+"@outside.test")
	name, company := "New Name", directory.Attributes{Company: "Outside Ltd"}
	got, err := k.admin.SetContact(k.Context(), object.SetContactRequest{Name: c.Name, Changes: directory.ContactChanges{FullName: &name, Attributes: &company}})
	k.ok(err)
	equal(k, "the full name", got.FullName, name)
	equal(k, "the attributes", got.Attributes, company)
	equal(k, "the address", got.Address, c.Address)
	found := false
	for _, other := range all(k, k.admin.ListContacts(k.Context(), object.ListContactsRequest{})) {
		found = found || other.ID == c.ID && other.FullName == name
	}
	equal(k, "in the list", found, true)
	for what, contact := range map[string]directory.Contact{
		"name": {Name: c.Name, Address: "x@outside.test"}, "address": {Name: k.unique("contact"), Address: c.Address},
		"address of a user": {Name: k.unique("contact"), Address: k.newUser().Address},
	} {
		if _, err := k.admin.CreateContact(k.Context(), object.CreateContactRequest{Contact: contact}); mapi.CodeOf(err) != mapi.AlreadyExists {
			k.Errorf("%s taken twice: %v", what, err)
		}
	}
	_, err = k.admin.CreateContact(k.Context(), object.CreateContactRequest{Contact: directory.Contact{Name: k.unique("contact")}})
	k.fails(err, mapi.InvalidParameter)
	_, err = k.admin.DeleteContact(k.Context(), object.DeleteContactRequest{Name: c.Name})
	k.ok(err)
	_, err = k.admin.DeleteContact(k.Context(), object.DeleteContactRequest{Name: c.Name})
	k.fails(err, mapi.NotFound)
	_, err = k.admin.SetContact(k.Context(), object.SetContactRequest{Name: c.Name})
	k.fails(err, mapi.NotFound)
}

func groupAccess(k *kit) {
	ctx, s := k.Context(), k.logon(k.newUser())
	for name, do := range map[string]func() error{
		"create a group": func() error { _, err := s.CreateGroup(ctx, object.CreateGroupRequest{}); return err },
		"get a group":    func() error { _, err := s.GetGroup(ctx, object.GetGroupRequest{Name: "x"}); return err },
		"list groups":    func() error { _, err := collect(s.ListGroups(ctx, object.ListGroupsRequest{})); return err },
		"set a group":    func() error { _, err := s.SetGroup(ctx, object.SetGroupRequest{Name: "x"}); return err },
		"delete a group": func() error { _, err := s.DeleteGroup(ctx, object.DeleteGroupRequest{Name: "x"}); return err },
		"change members": func() error { _, err := s.ChangeMembers(ctx, object.ChangeMembersRequest{Group: "x"}); return err },
		"create a contact": func() error {
			_, err := s.CreateContact(ctx, object.CreateContactRequest{Contact: directory.Contact{Name: "x"}})
			return err
		},
		"list contacts":    func() error { _, err := collect(s.ListContacts(ctx, object.ListContactsRequest{})); return err },
		"set a contact":    func() error { _, err := s.SetContact(ctx, object.SetContactRequest{Name: "x"}); return err },
		"delete a contact": func() error { _, err := s.DeleteContact(ctx, object.DeleteContactRequest{Name: "x"}); return err },
	} {
		if err := do(); mapi.CodeOf(err) != mapi.NoAccess {
			k.Errorf("%s: %v", name, err)
		}
	}
}
