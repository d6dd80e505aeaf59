// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"slices"
	"strings"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func userCases() []testCase {
	return []testCase{
		{"a new user is complete", userCreate},
		{"names and addresses are taken once", userCollision},
		{"a user is found", userFind},
		{"fields are changed one by one", userChange},
		{"a password is changed", userPassword},
		{"a deleted user leaves an orphan", userDelete},
		{"a purged user leaves nothing", userPurge},
	}
}

func userCreate(k *kit) {
	u := k.newUser(func(u *directory.User) {
		u.FullName, u.Aliases, u.Language = "Änne Müller", []string{"Aenne." + u.Name + "@Other.Test"}, "de"
		u.Quota = directory.Quota{Warn: 1, Soft: 2, Hard: -1}
	})
	if !strings.HasSuffix(u.Name, "@"+k.env.Domain) || u.Address != u.Name {
		k.Errorf("name %q and address %q in domain %q", u.Name, u.Address, k.env.Domain)
	}
	if u.ID.IsZero() || u.Store.IsZero() || u.Created.IsZero() {
		k.Errorf("incomplete: %+v", u)
	}
	same(k, "the aliases", u.Aliases, []string{"aenne." + strings.TrimSuffix(u.Name, "@"+k.env.Domain) + "@other.test"})
	got, err := k.admin.GetUser(k.Context(), object.GetUserRequest{Name: u.Name})
	k.ok(err)
	equal(k, "the full name", got.FullName, "Änne Müller")
	equal(k, "the quota", got.Quota, u.Quota)
	equal(k, "the language", got.Language, "de")
	if !got.Created.Equal(u.Created) {
		k.Errorf("created %v, then %v", u.Created, got.Created)
	}
	for _, name := range []string{"", "two words", "a@b@c"} {
		_, err := k.admin.CreateUser(k.Context(), object.CreateUserRequest{User: directory.User{Name: name}})
		if mapi.CodeOf(err) != mapi.InvalidParameter {
			k.Errorf("user %q: %v, want invalid parameter", name, err)
		}
	}
}

func userCollision(k *kit) {
	u := k.newUser(func(u *directory.User) { u.Aliases = []string{"alias-" + u.Name + "@other.test"} })
	for name, second := range map[string]directory.User{
		"name":              {Name: u.Name},
		"name in capitals":  {Name: strings.ToUpper(u.Name)},
		"address":           {Name: "fresh-" + u.Name, Address: u.Address},
		"alias as address":  {Name: "fresh-" + u.Name, Address: u.Aliases[0]},
		"address as alias":  {Name: "fresh-" + u.Name, Aliases: []string{u.Address}},
		"alias of somebody": {Name: "fresh-" + u.Name, Aliases: []string{u.Aliases[0]}},
	} {
		_, err := k.admin.CreateUser(k.Context(), object.CreateUserRequest{User: second})
		if mapi.CodeOf(err) != mapi.AlreadyExists {
			k.Errorf("%s taken twice: %v", name, err)
		}
	}
}

func userFind(k *kit) {
	u := k.newUser(func(u *directory.User) { u.Aliases = []string{"find-" + u.Name + "@other.test"} })
	for name, req := range map[string]object.GetUserRequest{
		"by name": {Name: u.Name}, "by address": {Address: u.Address},
		"by alias": {Address: u.Aliases[0]}, "in capitals": {Address: strings.ToUpper(u.Aliases[0])},
	} {
		if got, err := k.admin.GetUser(k.Context(), req); err != nil || got.ID != u.ID {
			k.Errorf("%s: %s, %v", name, got.Name, err)
		}
	}
	own, err := k.logon(u).GetUser(k.Context(), object.GetUserRequest{})
	k.ok(err)
	equal(k, "oneself", own.ID, u.ID)
	_, err = k.admin.GetUser(k.Context(), object.GetUserRequest{Name: "nobody"})
	k.fails(err, mapi.NotFound)
	var names []string
	for _, u := range all(k, k.admin.ListUsers(k.Context(), object.ListUsersRequest{})) {
		names = append(names, u.Name)
	}
	if !slices.IsSorted(names) || !slices.Contains(names, u.Name) {
		k.Errorf("users in the list: %v", names)
	}
}

func userChange(k *kit) {
	u := k.newUser(func(u *directory.User) { u.Aliases = []string{"old-" + u.Name + "@other.test"} })
	name, quota, aliases := "New Name", directory.Quota{Hard: 1 << 30}, []string{}
	got, err := k.admin.SetUser(k.Context(), object.SetUserRequest{Name: u.Name, Changes: directory.Changes{FullName: &name}})
	k.ok(err)
	equal(k, "the full name", got.FullName, name)
	same(k, "the aliases", got.Aliases, u.Aliases)
	got, err = k.admin.SetUser(k.Context(), object.SetUserRequest{Name: u.Name, Changes: directory.Changes{Quota: &quota, Aliases: &aliases}})
	k.ok(err)
	equal(k, "the quota", got.Quota, quota)
	equal(k, "the number of aliases", len(got.Aliases), 0)
	equal(k, "the full name", got.FullName, name)
	_, err = k.admin.GetUser(k.Context(), object.GetUserRequest{Address: u.Aliases[0]})
	k.fails(err, mapi.NotFound)
	other := k.newUser()
	_, err = k.admin.SetUser(k.Context(), object.SetUserRequest{Name: u.Name, Changes: directory.Changes{Address: &other.Address}})
	k.fails(err, mapi.AlreadyExists)
	_, err = k.admin.SetUser(k.Context(), object.SetUserRequest{Name: "nobody", Changes: directory.Changes{FullName: &name}})
	k.fails(err, mapi.NotFound)
}

func userPassword(k *kit) {
	u := k.newUser()
	s := k.logon(u)
	_, err := s.SetPassword(k.Context(), object.SetPasswordRequest{Name: u.Name, Old: "wrong", New: "new"})
	k.fails(err, mapi.LogonFailed, mapi.NoAccess)
	_, err = s.SetPassword(k.Context(), object.SetPasswordRequest{Name: u.Name, Old: password, New: "new word"})
	k.ok(err)
	logon := object.LogonRequest{Role: object.RoleUser, User: u.Name, Password: password}
	_, err = k.gateway.Logon(k.Context(), logon)
	k.fails(err, mapi.LogonFailed)
	logon.Password = "new word"
	_, err = k.gateway.Logon(k.Context(), logon)
	k.ok(err)
	_, err = k.admin.SetPassword(k.Context(), object.SetPasswordRequest{Name: u.Name, New: "third"})
	k.ok(err)
	_, err = k.gateway.Logon(k.Context(), logon)
	k.fails(err, mapi.LogonFailed)
}

func userDelete(k *kit) {
	m := k.mailbox()
	saved := m.save(m.inbox, plain("kept"))[0]
	_, err := k.admin.RemoveStore(k.Context(), object.RemoveStoreRequest{GUID: m.guid})
	k.fails(err, mapi.InvalidObject)
	_, err = k.admin.DeleteUser(k.Context(), object.DeleteUserRequest{Name: m.user.Name})
	k.ok(err)
	_, err = k.admin.DeleteUser(k.Context(), object.DeleteUserRequest{Name: m.user.Name})
	k.fails(err, mapi.NotFound)
	_, err = k.gateway.Logon(k.Context(), object.LogonRequest{Role: object.RoleUser, User: m.user.Name, Password: password})
	k.fails(err, mapi.LogonFailed)
	equal(k, "the store is among the orphans", k.isOrphan(m.guid), true)

	heir, err := k.admin.CreateUser(k.Context(), object.CreateUserRequest{
		User: directory.User{Name: "heir-of-" + m.user.Name}, Password: password, Store: m.guid,
	})
	k.ok(err)
	equal(k, "the heir's store", heir.Store, m.guid)
	equal(k, "the store is among the orphans", k.isOrphan(m.guid), false)
	m.s = k.logon(heir)
	equal(k, "the content", string(m.content(saved.ID)), "Subject: kept\r\n\r\nbody of kept\r\n")

	_, err = k.admin.DeleteUser(k.Context(), object.DeleteUserRequest{Name: heir.Name})
	k.ok(err)
	_, err = k.admin.RemoveStore(k.Context(), object.RemoveStoreRequest{GUID: m.guid})
	k.ok(err)
	_, err = k.admin.GetStore(k.Context(), object.GetStoreRequest{GUID: m.guid})
	k.fails(err, mapi.NotFound)
}

// isOrphan says whether a store is listed as one without an owner.
func (k *kit) isOrphan(guid mapi.GUID) bool {
	k.Helper()
	for _, st := range all(k, k.admin.ListStores(k.Context(), object.ListStoresRequest{Orphans: true})) {
		if st.GUID == guid {
			equal(k, "the orphan's owner", st.Owner, "")
			return true
		}
	}
	return false
}

func userPurge(k *kit) {
	m := k.mailbox()
	m.save(m.inbox, plain("gone"))
	_, err := k.admin.DeleteUser(k.Context(), object.DeleteUserRequest{Name: m.user.Name, Purge: true})
	k.ok(err)
	_, err = k.admin.GetStore(k.Context(), object.GetStoreRequest{GUID: m.guid})
	k.fails(err, mapi.NotFound)
	equal(k, "the store is among the orphans", k.isOrphan(m.guid), false)
}
