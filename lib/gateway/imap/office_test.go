// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"iter"
	"sync/atomic"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
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
	o.rig = newRig(t, over(t, o.engineService()), func(c *Config) {
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

// private marks messages as private.
func (o *office) private(t *testing.T, s object.Session, ids []mapi.ID) {
	t.Helper()
	var set mapi.Props
	set.Set(tag.Sensitivity, mapi.Int32(int32(mapi.SensitivityPrivate)))
	_, err := s.SetProps(t.Context(), object.SetPropsRequest{Store: s.Whoami().Store, IDs: ids, Set: set})
	must(t, "mark private", err)
}

// engineService is the store as a gateway sees it, in process.
func (o *office) engineService() object.Service {
	return o.engine.As(store.Peer{Roles: []object.Role{object.RoleGateway}, Name: "test"})
}

// countingService counts the calls by which the gateway asks for what there is.
type countingService struct {
	object.Service
	calls atomic.Int64
}

func (s *countingService) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	session, err := s.Service.Logon(ctx, req)
	if err != nil {
		return nil, err
	}
	return &countingSession{Session: session, service: s}, nil
}

type countingSession struct {
	object.Session
	service *countingService
}

func (s *countingSession) Version(store mapi.GUID) (uint64, bool) {
	return s.Session.(object.Versioned).Version(store)
}

func (s *countingSession) GetStore(ctx context.Context, req object.GetStoreRequest) (object.Store, error) {
	s.service.calls.Add(1)
	return s.Session.GetStore(ctx, req)
}

func (s *countingSession) SharedStores(ctx context.Context, req object.SharedStoresRequest) (object.SharedStoresResponse, error) {
	s.service.calls.Add(1)
	return s.Session.SharedStores(ctx, req)
}

func (s *countingSession) GetStoreProps(ctx context.Context, req object.GetStorePropsRequest) (object.GetStorePropsResponse, error) {
	s.service.calls.Add(1)
	return s.Session.GetStoreProps(ctx, req)
}

func (s *countingSession) FolderStates(ctx context.Context, req object.FolderStatesRequest) (object.FolderStatesResponse, error) {
	s.service.calls.Add(1)
	return s.Session.FolderStates(ctx, req)
}

func (s *countingSession) Query(ctx context.Context, req object.QueryRequest) iter.Seq2[wire.Bag, error] {
	s.service.calls.Add(1)
	return s.Session.Query(ctx, req)
}

func (s *countingSession) Changes(ctx context.Context, req object.ChangesRequest) iter.Seq2[object.ChangeItem, error] {
	s.service.calls.Add(1)
	return s.Session.Changes(ctx, req)
}
