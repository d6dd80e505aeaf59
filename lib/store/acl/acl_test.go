// SPDX-License-Identifier: AGPL-3.0-or-later

package acl_test

import (
	"slices"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store/acl"
)

var (
	anna, bert, sales, staff = mapi.GUID{1}, mapi.GUID{2}, mapi.GUID{3}, mapi.GUID{4}

	read   = mapi.RightReadAny
	create = mapi.RightCreate
	seen   = mapi.RightFolderVisible
)

func list(of ...object.Permission) acl.List { return acl.List(nil).Change(false, of, nil) }

func TestRights(t *testing.T) {
	for name, c := range map[string]struct {
		list acl.List
		who  acl.Who
		want mapi.Rights
	}{
		"no list":                        {nil, acl.Who{User: anna}, 0},
		"default":                        {list(object.Permission{Rights: create}), acl.Who{User: anna}, create},
		"a user goes before default":     {list(object.Permission{Rights: acl.Full}, object.Permission{Member: anna, Rights: create}), acl.Who{User: anna}, create},
		"listed with nothing":            {list(object.Permission{Rights: acl.Full}, object.Permission{Member: anna}), acl.Who{User: anna}, 0},
		"another is listed":              {list(object.Permission{Member: bert, Rights: acl.Full}), acl.Who{User: anna}, 0},
		"a group":                        {list(object.Permission{Member: sales, Rights: create}), acl.Who{anna, []mapi.GUID{sales}}, create},
		"groups add up":                  {list(object.Permission{Member: sales, Rights: create}, object.Permission{Member: staff, Rights: seen}), acl.Who{anna, []mapi.GUID{staff, sales}}, create | seen},
		"a group goes before default":    {list(object.Permission{Rights: acl.Full}, object.Permission{Member: sales, Rights: create}), acl.Who{anna, []mapi.GUID{sales}}, create},
		"a group with nothing counts":    {list(object.Permission{Rights: acl.Full}, object.Permission{Member: sales}), acl.Who{anna, []mapi.GUID{sales}}, 0},
		"a user goes before groups":      {list(object.Permission{Member: anna, Rights: seen}, object.Permission{Member: sales, Rights: acl.Full}), acl.Who{anna, []mapi.GUID{sales}}, seen},
		"a group that is not listed":     {list(object.Permission{Rights: create}, object.Permission{Member: sales, Rights: acl.Full}), acl.Who{anna, []mapi.GUID{staff}}, create},
		"nobody has what anonymous has":  {list(object.Permission{Rights: acl.Full}, object.Permission{Member: object.MemberAnonymous, Rights: create}), acl.Who{}, create},
		"nobody does not have default":   {list(object.Permission{Rights: acl.Full}), acl.Who{}, 0},
		"anonymous is nobody's default":  {list(object.Permission{Member: object.MemberAnonymous, Rights: acl.Full}), acl.Who{User: anna}, 0},
		"reading is seeing":              {list(object.Permission{Rights: read}), acl.Who{User: anna}, read | seen},
		"owning is seeing":               {list(object.Permission{Rights: mapi.RightFolderOwner}), acl.Who{User: anna}, mapi.RightFolderOwner | seen},
		"editing any is editing own":     {list(object.Permission{Rights: mapi.RightEditAny}), acl.Who{User: anna}, mapi.RightEditAny | mapi.RightEditOwned},
		"deleting any is deleting own":   {list(object.Permission{Rights: mapi.RightDeleteAny}), acl.Who{User: anna}, mapi.RightDeleteAny | mapi.RightDeleteOwned},
		"free/busy does not show folder": {list(object.Permission{Rights: mapi.RightFreeBusyDetailed}), acl.Who{User: anna}, mapi.RightFreeBusyDetailed},
	} {
		if got := c.list.Rights(c.who); got != c.want {
			t.Errorf("%s: 0x%x, want 0x%x", name, got, c.want)
		}
	}
}

func TestChange(t *testing.T) {
	old := list(object.Permission{Member: anna, Rights: read}, object.Permission{Member: sales, Rights: seen})
	kept := slices.Clone(old)
	for name, c := range map[string]struct {
		got, want acl.List
	}{
		"set and remove":          {old.Change(false, []object.Permission{{Member: bert, Rights: create}}, []mapi.GUID{anna}), acl.List{{Member: bert, Rights: create}, {Member: sales, Rights: seen}}},
		"set again":               {old.Change(false, []object.Permission{{Member: anna}}, nil), acl.List{{Member: anna}, {Member: sales, Rights: seen}}},
		"remove who is not there": {old.Change(false, nil, []mapi.GUID{staff}), old},
		"replace":                 {old.Change(true, []object.Permission{{Member: staff, Rights: read}}, nil), acl.List{{Member: staff, Rights: read}}},
		"replace by nothing":      {old.Change(true, nil, nil), nil},
		"removed and set":         {old.Change(false, []object.Permission{{Member: anna, Rights: create}}, []mapi.GUID{anna}), acl.List{{Member: anna, Rights: create}, {Member: sales, Rights: seen}}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if !slices.Equal(old, kept) {
		t.Errorf("the list was changed: %v", old)
	}
}

func TestAccess(t *testing.T) {
	for r, want := range map[mapi.Rights]mapi.Access{
		0:                         0,
		read:                      mapi.AccessRead,
		read | create:             mapi.AccessRead | mapi.AccessCreateContents,
		mapi.RightCreateSubfolder: mapi.AccessCreateHierarchy,
		acl.Full:                  0x3f,
	} {
		if got := acl.Access(r); got != want {
			t.Errorf("access of 0x%x is 0x%x, want 0x%x", r, got, want)
		}
	}
}

func TestValid(t *testing.T) {
	for r, want := range map[mapi.Rights]bool{0: true, acl.Full: true, 4: false, 0x2000: false} {
		if acl.Valid(r) != want {
			t.Errorf("rights 0x%x: valid %v", r, !want)
		}
	}
}
