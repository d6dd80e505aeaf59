// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"slices"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func bookCases() []testCase {
	return []testCase{
		{"names are resolved as people type them", bookResolve},
		{"hidden entries are for administrators", bookHidden},
		{"changes of the address book are told", bookChanges},
		{"the address book is a table", bookTable},
	}
}

// resolve gives the ids that a name may mean.
func resolve(k *kit, s object.Session, name string, limit int) (out []mapi.GUID) {
	k.Helper()
	resp, err := s.ResolveNames(k.Context(), object.ResolveNamesRequest{Names: []string{name}, Limit: limit})
	k.ok(err)
	equal(k, "the number of answers", len(resp.Results), 1)
	for _, e := range resp.Results[0].Matches {
		out = append(out, e.ID)
	}
	return out
}

func bookResolve(k *kit) {
	word := k.unique("qu")
	a := k.newUser(func(u *directory.User) { u.FullName = "Änne " + word })
	b := k.newUser(func(u *directory.User) { u.FullName = "Änne " + word + "er" })
	c := k.newContact(false)
	s := k.logon(a)
	for _, tc := range []struct {
		name string
		want []mapi.GUID
	}{
		{word, []mapi.GUID{a.ID, b.ID}},
		{word + " anne", []mapi.GUID{a.ID, b.ID}},
		{"ÄNNE " + word, []mapi.GUID{a.ID}}, // just one has this full name
		{"anne " + word + "e", []mapi.GUID{b.ID}},
		{b.Name, []mapi.GUID{b.ID}},
		{c.Address[:len(c.Address)-3], []mapi.GUID{c.ID}},
		{word + " nobody", nil},
		{"", nil},
	} {
		got := resolve(k, s, tc.name, 0)
		same(k, "matches of "+tc.name, got, tc.want)
	}
	same(k, "the first match", resolve(k, s, word, 1), []mapi.GUID{a.ID})
	_, err := s.ResolveNames(k.Context(), object.ResolveNamesRequest{Names: []string{"x"}, Limit: -1})
	k.fails(err, mapi.InvalidParameter)
	resp, err := s.ResolveNames(k.Context(), object.ResolveNamesRequest{Names: []string{a.Name, "nobody-at-all", c.Name}})
	k.ok(err)
	equal(k, "the number of answers", len(resp.Results), 3)
	equal(k, "matches of nobody", len(resp.Results[1].Matches), 0)
}

func bookHidden(k *kit) {
	c := k.newContact(true)
	s := k.logon(k.newUser())
	for _, name := range []string{c.Name, c.Address, c.FullName} {
		equal(k, "matches for a user", len(resolve(k, s, name, 0)), 0)
		same(k, "matches for an administrator", resolve(k, k.admin, name, 0), []mapi.GUID{c.ID})
	}
}

// bookChange tells what the stream says of one entry; it begins with the version.
func bookChange(k *kit, s object.Session, since uint64, id mapi.GUID) (version uint64, kind directory.ChangeKind) {
	k.Helper()
	for i, ch := range all(k, s.DirectoryChanges(k.Context(), object.DirectoryChangesRequest{Since: since})) {
		if (i == 0) != (ch.Kind == directory.ChangeVersion) {
			k.Fatalf("change %d is %+v", i, ch)
		}
		if i == 0 {
			version = ch.Version
		}
		if ch.Entry.ID == id && i > 0 {
			kind = ch.Kind
		}
	}
	return version, kind
}

func bookChanges(k *kit) {
	s := k.logon(k.newUser())
	before, _ := bookChange(k, s, 0, mapi.GUID{})
	c := k.newContact(false)
	made, kind := bookChange(k, s, before, c.ID)
	equal(k, "a new entry", kind, directory.ChangeUpsert)
	_, kind = bookChange(k, s, made, c.ID)
	equal(k, "an entry that did not change", kind, 0)
	hidden := true
	_, err := k.admin.SetContact(k.Context(), object.SetContactRequest{Name: c.Name, Changes: directory.ContactChanges{Hidden: &hidden}})
	k.ok(err)
	_, kind = bookChange(k, s, made, c.ID)
	equal(k, "a hidden entry for a user", kind, directory.ChangeGone)
	_, kind = bookChange(k, s, 0, c.ID)
	equal(k, "a hidden entry from the start", kind, 0)
	_, kind = bookChange(k, k.admin, made, c.ID)
	equal(k, "a hidden entry for an administrator", kind, directory.ChangeUpsert)
	_, err = k.admin.DeleteContact(k.Context(), object.DeleteContactRequest{Name: c.Name})
	k.ok(err)
	version, kind := bookChange(k, s, made, c.ID)
	equal(k, "a deleted entry", kind, directory.ChangeGone)
	_, err = collect(s.DirectoryChanges(k.Context(), object.DirectoryChangesRequest{Since: version + 1000}))
	k.fails(err, mapi.SyncTooOld)
	_, err = collect(k.role(object.RoleGateway).DirectoryChanges(k.Context(), object.DirectoryChangesRequest{}))
	k.fails(err, mapi.NoAccess)
}

func bookTable(k *kit) {
	u := k.newUser(func(u *directory.User) {
		u.FullName, u.Attributes = "Book Row", directory.Attributes{Department: "Rows", City: "Köln"}
	})
	hidden := k.newContact(true)
	group := k.newGroup(directory.Group{Mailing: true})
	req := object.QueryRequest{Table: object.TableAddressBook, Columns: []mapi.PropTag{tag.EntryId, tag.DisplayName, tag.SmtpAddress,
		tag.AddressType, tag.Account, tag.ObjectType, tag.DisplayType, tag.DepartmentName, tag.Locality}}
	for name, s := range map[string]object.Session{"user": k.logon(u), "admin": k.admin} {
		rows := bags(k, s.Query(k.Context(), req))
		find := func(id mapi.GUID) int {
			for i, row := range rows {
				if v, ok := row.Get(tag.EntryId); ok && slices.Equal(v.Bytes(), id[:]) {
					return i
				}
			}
			return -1
		}
		i, g := find(u.ID), find(group.ID)
		if i < 0 || g < 0 {
			k.Fatalf("%s: rows %d and %d of %d", name, i, g, len(rows))
		}
		for t, want := range map[mapi.PropTag]string{tag.DisplayName: "Book Row", tag.SmtpAddress: u.Address, tag.AddressType: "SMTP",
			tag.Account: u.Name, tag.DepartmentName: "Rows", tag.Locality: "Köln"} {
			equal(k, "a column", rows[i].Text(t), want)
		}
		equal(k, "the user's type", rows[i].Int(tag.ObjectType), int64(mapi.ObjectMailUser))
		equal(k, "the group's type", rows[g].Int(tag.ObjectType), int64(mapi.ObjectDistList))
		equal(k, "the hidden entry is shown to "+name, find(hidden.ID) >= 0, name == "admin")
	}
}
