// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/directory/dbdir"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// archiving is a directory that keeps archives in memory.
type archiving struct {
	*dbdir.DB
	mu       sync.Mutex
	archives map[mapi.GUID]mapi.GUID // by user; guarded by mu
}

func (a *archiving) with(u directory.User, err error) (directory.User, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	u.Archive = a.archives[u.ID]
	return u, err
}

func (a *archiving) User(ctx context.Context, name string) (directory.User, error) {
	return a.with(a.DB.User(ctx, name))
}

func (a *archiving) ByID(ctx context.Context, id mapi.GUID) (directory.User, error) {
	return a.with(a.DB.ByID(ctx, id))
}

func (a *archiving) Change(ctx context.Context, name string, ch directory.Changes) (directory.User, error) {
	u, err := a.DB.Change(ctx, name, ch)
	if err == nil && ch.Archive != nil {
		a.mu.Lock()
		a.archives[u.ID] = *ch.Archive
		a.mu.Unlock()
	}
	return a.with(u, err)
}

func TestArchive(t *testing.T) {
	db, err := dbdir.Open(filepath.Join(t.TempDir(), "directory.db"), dbdir.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	e := storetest.OpenDir(t, t.TempDir(), store.Options{Directory: &archiving{DB: db, archives: map[mapi.GUID]mapi.GUID{}}, Quota: object.Limits{Hard: 1000}})
	anna, bert := storetest.AddUser(t, e, "anna"), storetest.AddUser(t, e, "bert")
	admin := storetest.As(t, e, object.RoleAdmin)
	create := object.CreateStoreRequest{Kind: object.StoreArchive, Owner: "anna"}
	st, err := admin.CreateStore(t.Context(), create)
	if err != nil || st.Owner != anna.Name || st.Kind != object.StoreArchive || st.Orphan || st.Limits.Hard >= 0 || len(st.Special) != 2 {
		t.Fatalf("%+v %v", st, err)
	}
	if _, err := admin.CreateStore(t.Context(), create); !errors.Is(err, mapi.AlreadyExists) {
		t.Errorf("a second archive: %v", err)
	}
	hook := object.HookStoreRequest{GUID: st.GUID, Kind: object.StoreArchive, User: "bert"}
	if _, err := admin.HookStore(t.Context(), hook); !errors.Is(err, mapi.InvalidObject) {
		t.Errorf("hook what has an owner: %v", err)
	}
	if _, err := admin.UnhookStore(t.Context(), object.UnhookStoreRequest{GUID: st.GUID}); err != nil {
		t.Fatal(err)
	}
	if u, err := admin.GetUser(t.Context(), object.GetUserRequest{Name: "anna"}); err != nil || !u.Archive.IsZero() || u.Store != anna.Store {
		t.Errorf("%+v %v", u, err)
	}
	if st, err = admin.HookStore(t.Context(), hook); err != nil || st.Owner != bert.Name || st.OwnerID != bert.ID {
		t.Errorf("%+v %v", st, err)
	}
	if _, err := admin.DeleteUser(t.Context(), object.DeleteUserRequest{Name: "bert", Purge: true}); err != nil {
		t.Fatal(err)
	}
	if left := collect(t, admin.ListStores(t.Context(), object.ListStoresRequest{})); len(left) != 1 || left[0].GUID != anna.Store {
		t.Errorf("left are %+v", left)
	}
}

func createPublic(t *testing.T, e *store.Engine) object.Store {
	t.Helper()
	st, err := storetest.As(t, e, object.RoleAdmin).CreateStore(t.Context(), object.CreateStoreRequest{Kind: object.StorePublic})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// The public store is found by its file when the server starts.
func TestPublicIsFound(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "public")
	reopen := func() (object.Store, error) {
		e, err := store.Open(t.Context(), dir, store.Options{})
		if err != nil {
			return object.Store{}, err
		}
		defer e.Close()
		return storetest.As(t, e, object.RoleAdmin).GetStore(t.Context(), object.GetStoreRequest{Public: true})
	}
	if _, err := reopen(); !errors.Is(err, mapi.NotFound) {
		t.Errorf("without one: %v", err)
	}
	e, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	st := createPublic(t, e)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != st.GUID.String()+"\n" {
		t.Errorf("%q %v", b, err)
	}
	if got, err := reopen(); err != nil || got.GUID != st.GUID || got.Orphan {
		t.Errorf("%+v %v", got, err)
	}
	if err := os.WriteFile(file, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := reopen(); !errors.Is(err, mapi.CorruptStore) {
		t.Errorf("a damaged file: %v", err)
	}
	if err := os.WriteFile(file, []byte(mapi.NewGUID().String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := reopen(); !errors.Is(err, mapi.NotFound) {
		t.Errorf("a store that is not there: %v", err)
	}
	e = storetest.OpenDir(t, dir, store.Options{})
	if list := collect(t, storetest.As(t, e, object.RoleAdmin).ListStores(t.Context(), object.ListStoresRequest{Orphans: true})); len(list) != 1 || list[0].GUID != st.GUID {
		t.Errorf("the orphans are %+v", list)
	}
	createPublic(t, e)
}

// permissions are the rows of a mailbox's permission lists.
func permissions(t *testing.T, dir string, guid mapi.GUID) map[mapi.ID]mapi.Rights {
	t.Helper()
	c, err := sqlite.Open(filepath.Join(dir, "mailboxes", guid.String(), "mailbox.db"), sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	rows, err := c.Query("SELECT folder, member, rights FROM acl")
	if err != nil {
		t.Fatal(err)
	}
	out := map[mapi.ID]mapi.Rights{}
	for rows.Next() {
		if mapi.GUID(rows.Bytes(1)) == object.MemberDefault {
			out[mapi.ID(rows.Int(0))] = mapi.Rights(rows.Int(2))
		}
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// A store that becomes another kind of store gets the folders of that kind, and
// what everybody may do in a public one ends with it.
func TestHookAsOther(t *testing.T) {
	dir := t.TempDir()
	e := storetest.OpenDir(t, dir, store.Options{})
	storetest.AddUser(t, e, "anna")
	bert := storetest.AddUser(t, e, "bert")
	admin := storetest.As(t, e, object.RoleAdmin)
	unhook := func(guid mapi.GUID) {
		t.Helper()
		if _, err := admin.UnhookStore(t.Context(), object.UnhookStoreRequest{GUID: guid}); err != nil {
			t.Fatal(err)
		}
	}
	hook := func(req object.HookStoreRequest) object.Store {
		t.Helper()
		st, err := admin.HookStore(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	public := createPublic(t, e)
	top := public.SpecialFolder(object.KindRoot)
	author := mapi.RightFolderVisible | mapi.RightReadAny | mapi.RightCreate | mapi.RightEditOwned | mapi.RightDeleteOwned
	if got := permissions(t, dir, public.GUID); len(got) != 1 || got[top] != author {
		t.Errorf("the public store opens %v", got)
	}
	unhook(public.GUID)
	unhook(bert.Store)
	st := hook(object.HookStoreRequest{GUID: public.GUID, Kind: object.StorePrivate, User: "bert"})
	if st.Kind != object.StorePrivate || st.Owner != bert.Name || len(st.Special) != 18 || st.SpecialFolder(object.KindRoot) != top {
		t.Errorf("%+v", st)
	}
	if got := permissions(t, dir, public.GUID); len(got) != 0 {
		t.Errorf("bert's mailbox opens %v", got)
	}
	f := &fixture{t: t, e: e, anna: storetest.Logon(t, e, "bert"), store: st.GUID, inbox: st.SpecialFolder(object.KindInbox)}
	f.save(f.inbox, text("here"))
	f.check()
	st = hook(object.HookStoreRequest{GUID: bert.Store, Kind: object.StorePublic})
	if got := permissions(t, dir, st.GUID); st.Kind != object.StorePublic || len(got) != 1 || got[st.SpecialFolder(object.KindRoot)] != author {
		t.Errorf("%+v opens %v", st, got)
	}
}

// An orphan's folder that has the name of a missing standard folder becomes it.
func TestHookAdopts(t *testing.T) {
	f := open(t)
	admin := storetest.As(t, f.e, object.RoleAdmin)
	if _, err := admin.UnhookStore(t.Context(), object.UnhookStoreRequest{GUID: f.store}); err != nil {
		t.Fatal(err)
	}
	public := createPublic(t, f.e)
	for range collect(t, admin.CopyToPublic(t.Context(), object.CopyToPublicRequest{GUID: f.store, Name: "inbox"})) {
	}
	if _, err := admin.UnhookStore(t.Context(), object.UnhookStoreRequest{GUID: public.GUID}); err != nil {
		t.Fatal(err)
	}
	st, err := admin.HookStore(t.Context(), object.HookStoreRequest{GUID: public.GUID, Kind: object.StorePrivate, User: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	anna := storetest.Logon(t, f.e, "anna")
	for b, err := range anna.Query(t.Context(), object.QueryRequest{Table: object.TableHierarchy, Folder: st.SpecialFolder(object.KindRoot), Columns: displayName}) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, b.Text(displayName[0]))
	}
	if len(names) < 17 || names[0] != "inbox" || st.SpecialFolder(object.KindInbox) == 0 {
		t.Errorf("%q %+v", names, st)
	}
}
