// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// office is a store with the users anna, bert and carl, of whom carl is in the
// group sales, and a public store.
type office struct {
	*rig
	engine *store.Engine
	ids    map[string]mapi.GUID // of users and groups
}

// The rights that scripts give.
const (
	reads  = mapi.RightReadAny | mapi.RightFolderVisible
	writes = reads | mapi.RightCreate | mapi.RightEditAny | mapi.RightDeleteAny
)

func newOffice(t *testing.T, over func(testing.TB, object.Service) object.Service) *office {
	t.Helper()
	e := storetest.Open(t)
	storetest.AddUser(t, e, "carl")
	admin := storetest.As(t, e, object.RoleAdmin)
	o := &office{engine: e, ids: map[string]mapi.GUID{"anyone": object.MemberDefault}}
	for _, name := range []string{"anna", "bert", "carl"} {
		u, err := admin.GetUser(t.Context(), object.GetUserRequest{Name: name})
		must(t, "get user", err)
		o.ids[name] = u.ID
	}
	g, err := admin.CreateGroup(t.Context(), object.CreateGroupRequest{Group: directory.Group{Name: "sales", Security: true}})
	must(t, "create group", err)
	o.ids["sales"] = g.ID
	o.members(t, object.ChangeMembersRequest{Group: "sales", Add: []string{"carl"}})
	_, err = admin.CreateStore(t.Context(), object.CreateStoreRequest{Kind: object.StorePublic})
	must(t, "create public store", err)
	o.rig = newRig(t, over(t, e.As(store.Peer{Roles: []object.Role{object.RoleGateway}, Name: "test"})), func(c *Config) {
		c.OtherUsers, c.PublicFolders = "Other Users", "Public Folders"
	})
	return o
}

func (o *office) members(t *testing.T, req object.ChangeMembersRequest) {
	t.Helper()
	_, err := storetest.As(t, o.engine, object.RoleAdmin).ChangeMembers(t.Context(), req)
	must(t, "change members", err)
}

// grant gives somebody rights in a folder of a user, as an owner may outside of
// IMAP; 0 lists the member with nothing.
func (o *office) grant(t *testing.T, owner string, kind object.FolderKind, member string, rights mapi.Rights) {
	t.Helper()
	s := storetest.Logon(t, o.engine, owner)
	st, err := s.GetStore(t.Context(), object.GetStoreRequest{})
	must(t, "get store", err)
	_, err = s.ModifyPermissions(t.Context(), object.ModifyPermissionsRequest{
		Store: st.GUID, Folder: st.SpecialFolder(kind), Set: []object.Permission{{Member: o.ids[member], Rights: rights}},
	})
	must(t, "grant", err)
}

// eachOffice runs a test in process and over the RPC.
func eachOffice(t *testing.T, test func(t *testing.T, o *office)) {
	t.Run("engine", func(t *testing.T) {
		test(t, newOffice(t, func(_ testing.TB, s object.Service) object.Service { return s }))
	})
	t.Run("rpc", func(t *testing.T) { test(t, newOffice(t, overRPC)) })
}
