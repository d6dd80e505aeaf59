// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"fmt"
	"slices"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
)

func group(t *testing.T, d *DB, g directory.Group) directory.Group {
	t.Helper()
	g, err := d.CreateGroup(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func contact(t *testing.T, d *DB, name, address string) directory.Contact {
	t.Helper()
	c, err := d.CreateContact(t.Context(), directory.Contact{Name: name, FullName: name, Address: address})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func names(list []directory.Entry) (out []string) {
	for _, e := range list {
		out = append(out, e.Name)
	}
	return out
}

// groupsOf gives the sorted names of the groups that somebody is in.
func groupsOf(t *testing.T, d *DB, id mapi.GUID) (out []string) {
	t.Helper()
	list, err := d.GroupsOf(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range list {
		e, err := d.Entry(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e.Name)
	}
	slices.Sort(out)
	return out
}

func TestGroups(t *testing.T) {
	ctx := t.Context()
	d := open(t)
	anna := create(t, d, directory.User{Name: "anna"}, "")
	bert := create(t, d, directory.User{Name: "bert"}, "")
	out := contact(t, d, "Partner", "P@Outside.Test")
	inner := group(t, d, directory.Group{Name: "Inner", Members: []mapi.GUID{anna.ID, out.ID}, Security: true})
	outer := group(t, d, directory.Group{Name: "outer", Mailing: true, Members: []mapi.GUID{inner.ID, bert.ID, anna.ID}})
	if inner.Name != "inner" || inner.Address != "" || outer.Address != "outer@example.test" {
		t.Errorf("created %+v %+v", inner, outer)
	}
	if got, want := groupsOf(t, d, anna.ID), []string{"inner", "outer"}; !slices.Equal(got, want) {
		t.Errorf("anna is in %v", got)
	}
	if list, err := d.Members(ctx, outer.ID); err != nil || !slices.Equal(names(list), []string{"anna@example.test", "bert@example.test", "partner"}) {
		t.Errorf("members %v %v", names(list), err)
	}
	for _, tc := range []struct {
		name        string
		team        string
		add, remove []mapi.GUID
		want        mapi.Code
	}{
		{"itself", "inner", []mapi.GUID{inner.ID}, nil, mapi.FolderCycle},
		{"through another", "inner", []mapi.GUID{outer.ID}, nil, mapi.FolderCycle},
		{"nobody", "inner", []mapi.GUID{mapi.NewGUID()}, nil, mapi.NotFound},
		{"no group", "nothing", nil, nil, mapi.NotFound},
		{"a user is no group", "anna@example.test", nil, nil, mapi.NotFound},
		{"twice, and who is not in it", "inner", []mapi.GUID{anna.ID, anna.ID}, []mapi.GUID{bert.ID}, 0},
		{"by its address, out", "outer@example.test", nil, []mapi.GUID{inner.ID}, 0},
		{"the other way round now", "inner", []mapi.GUID{outer.ID}, nil, 0},
	} {
		if _, err := d.ChangeMembers(ctx, tc.team, tc.add, tc.remove); mapi.CodeOf(err) != tc.want {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if got := groupsOf(t, d, bert.ID); !slices.Equal(got, []string{"inner", "outer"}) {
		t.Errorf("bert is in %v", got)
	}
	if err := d.Delete(ctx, "bert"); err != nil {
		t.Fatal(err)
	}
	if err := d.DeleteGroup(ctx, "inner"); err != nil {
		t.Fatal(err)
	}
	if got := groupsOf(t, d, anna.ID); !slices.Equal(got, []string{"outer"}) {
		t.Errorf("anna is in %v", got)
	}
	if got := groupsOf(t, d, bert.ID); len(got) != 0 {
		t.Errorf("bert is gone and in %v", got)
	}
}

func TestNamesAreOneSpace(t *testing.T) {
	ctx := t.Context()
	d := open(t)
	create(t, d, directory.User{Name: "anna", Aliases: []string{"a1"}}, "")
	group(t, d, directory.Group{Name: "sales", Address: "all", Aliases: []string{"everybody"}})
	contact(t, d, "partner", "p@outside.test")
	for _, tc := range []struct {
		name string
		do   func() error
		want mapi.Code
	}{
		{"group like a user", func() error { _, err := d.CreateGroup(ctx, directory.Group{Name: "Anna"}); return err }, mapi.AlreadyExists},
		{"user like a group", func() error { _, err := d.Create(ctx, directory.User{Name: "sales", Address: "s"}, ""); return err }, mapi.AlreadyExists},
		{"group like a contact", func() error { _, err := d.CreateGroup(ctx, directory.Group{Name: "partner"}); return err }, mapi.AlreadyExists},
		{"group with a user's alias", func() error { _, err := d.CreateGroup(ctx, directory.Group{Name: "g", Address: "a1"}); return err }, mapi.AlreadyExists},
		{"user with a group's alias", func() error { _, err := d.Create(ctx, directory.User{Name: "everybody"}, ""); return err }, mapi.AlreadyExists},
		{"contact with a user's address", func() error {
			_, err := d.CreateContact(ctx, directory.Contact{Name: "c", Address: "anna@example.test"})
			return err
		}, mapi.AlreadyExists},
		{"contact without an address", func() error { _, err := d.CreateContact(ctx, directory.Contact{Name: "c"}); return err }, mapi.InvalidParameter},
		{"group without a name", func() error { _, err := d.CreateGroup(ctx, directory.Group{}); return err }, mapi.InvalidParameter},
		{"group with a path", func() error { _, err := d.CreateGroup(ctx, directory.Group{Name: "../x"}); return err }, mapi.InvalidParameter},
		{"user of a group's kind", func() error {
			_, err := d.Create(ctx, directory.User{Name: "k", Kind: directory.KindGroup}, "")
			return err
		}, mapi.InvalidParameter},
		{"unknown service", func() error {
			_, err := d.Create(ctx, directory.User{Name: "k", NoServices: []string{"telnet"}}, "")
			return err
		}, mapi.InvalidParameter},
		{"unknown sender", func() error {
			_, err := d.Create(ctx, directory.User{Name: "k", SendAs: []mapi.GUID{mapi.NewGUID()}}, "")
			return err
		}, mapi.NotFound},
	} {
		if err := tc.do(); mapi.CodeOf(err) != tc.want {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if _, err := d.ByAddress(ctx, "p@outside.test"); mapi.CodeOf(err) != mapi.NotFound {
		t.Errorf("a contact receives mail: %v", err)
	}
	for _, name := range []string{"sales", "all@example.test", "ALL", "everybody@example.test"} {
		if e, err := d.Find(ctx, name); err != nil || e.Name != "sales" || e.Kind != directory.KindGroup {
			t.Errorf("find %q: %+v %v", name, e, err)
		}
	}
}

func TestDynamicGroups(t *testing.T) {
	ctx := t.Context()
	d := open(t)
	anna := create(t, d, directory.User{Name: "anna", FullName: "Anna Bell", Attributes: directory.Attributes{Department: "Sales North", City: "Köln"}}, "")
	room := create(t, d, directory.User{Name: "room", Kind: directory.KindRoom, Attributes: directory.Attributes{Department: "sales"}}, "")
	g := group(t, d, directory.Group{Name: "dyn", Filter: directory.Filter{Department: "sALES*"}})
	if len(g.Members) != 2 {
		t.Errorf("members %v", g.Members)
	}
	above := group(t, d, directory.Group{Name: "above", Members: []mapi.GUID{g.ID}})
	if got := groupsOf(t, d, room.ID); !slices.Equal(got, []string{"above", "dyn"}) {
		t.Errorf("the room is in %v", got)
	}
	if list, err := d.Members(ctx, above.ID); err != nil || len(list) != 2 {
		t.Errorf("members %v %v", list, err)
	}
	for _, tc := range []struct {
		name   string
		filter directory.Filter
		want   int
	}{
		{"kind", directory.Filter{Kinds: []directory.Kind{directory.KindRoom}}, 1},
		{"two fields", directory.Filter{Department: "sales*", City: "KÖLN"}, 1},
		{"the middle of a name", directory.Filter{Name: "*na*el*"}, 1},
		{"address", directory.Filter{Address: "*@example.test"}, 2},
		{"the whole field", directory.Filter{Department: "sales"}, 1},
		{"none", directory.Filter{Title: "*x*"}, 0},
		{"any", directory.Filter{Title: "*"}, 2},
	} {
		g, err := d.ChangeGroup(ctx, "dyn", directory.GroupChanges{Filter: &tc.filter})
		if err != nil || len(g.Members) != tc.want {
			t.Errorf("%s: %v %v", tc.name, g.Members, err)
		}
		if list, err := d.Members(ctx, g.ID); err != nil || len(list) != tc.want {
			t.Errorf("%s: members %v %v", tc.name, list, err)
		}
	}
	if _, err := d.ChangeMembers(ctx, "dyn", []mapi.GUID{anna.ID}, nil); mapi.CodeOf(err) != mapi.InvalidObject {
		t.Errorf("a member by hand: %v", err)
	}
	filter := directory.Filter{Name: "*"}
	if _, err := d.ChangeGroup(ctx, "above", directory.GroupChanges{Filter: &filter}); mapi.CodeOf(err) != mapi.InvalidObject {
		t.Errorf("members and a filter: %v", err)
	}
	department := directory.Attributes{}
	if _, err := d.Change(ctx, "anna", directory.Changes{Attributes: &department}); err != nil {
		t.Fatal(err)
	}
	filter = directory.Filter{Department: "*north"}
	if _, err := d.ChangeGroup(ctx, "dyn", directory.GroupChanges{Filter: &filter}); err != nil {
		t.Fatal(err)
	}
	if got := groupsOf(t, d, anna.ID); len(got) != 0 {
		t.Errorf("anna is in %v", got)
	}
}

func TestListGroups(t *testing.T) {
	d := open(t)
	for i := range 5 {
		group(t, d, directory.Group{Name: fmt.Sprintf("g%d", i)})
	}
	create(t, d, directory.User{Name: "anna"}, "")
	n := 0
	for g, err := range d.Groups(t.Context()) {
		if err != nil || g.Name != fmt.Sprintf("g%d", n) {
			t.Errorf("%d: %+v %v", n, g, err)
		}
		n++
	}
	if n != 5 {
		t.Errorf("%d groups", n)
	}
}

func TestSearch(t *testing.T) {
	ctx := t.Context()
	d := open(t)
	create(t, d, directory.User{Name: "am", FullName: "Änne Müller-Straße", Address: "anne"}, "")
	create(t, d, directory.User{Name: "bm", FullName: "Bert Muller"}, "")
	create(t, d, directory.User{Name: "ghost", FullName: "Anne Hidden", Hidden: true}, "")
	group(t, d, directory.Group{Name: "müller group", FullName: "All Müllers"})
	contact(t, d, "out", "anne@outside.test")
	for _, tc := range []struct {
		text   string
		hidden bool
		limit  int
		want   []string
	}{
		{"mull", false, 0, []string{"müller group", "am@example.test", "bm@example.test"}},
		{"MÜLLER", false, 1, []string{"müller group"}},
		{"strasse", false, 0, []string{"am@example.test"}},
		{"mu an", false, 0, []string{"am@example.test"}},
		{"anne@ex", false, 0, []string{"am@example.test"}},
		{"anne", false, 0, []string{"am@example.test", "out"}},
		{"anne", true, 0, []string{"ghost@example.test", "am@example.test", "out"}},
		{"bm", false, 0, []string{"bm@example.test"}},
		{"xyz", false, 0, nil},
		{"", false, 0, nil},
		{"%", false, 0, nil},
	} {
		list, err := d.Search(ctx, tc.text, tc.hidden, tc.limit)
		if err != nil || !slices.Equal(names(list), tc.want) {
			t.Errorf("%q: %v %v, want %v", tc.text, names(list), err, tc.want)
		}
	}
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{"anna", "Ä ö", "a@b", "\xff", "*", "ﬁ"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		e := row{User: directory.User{FullName: name}}
		for _, w := range e.words() {
			if again := split(w); len(again) != 1 || again[0] != w {
				t.Errorf("%q has the word %q, which becomes %q", name, w, again)
			}
		}
		m := newMatcher(&directory.Filter{Name: "*" + text + "*"})
		if !m.match(&row{User: directory.User{FullName: name + text + name}}) && caseless(name+text+name) == caseless(name)+caseless(text)+caseless(name) {
			t.Errorf("*%q* is not in %q", text, name+text+name)
		}
		var a directory.Attributes
		_ = unpack(text, &a)
	})
}
