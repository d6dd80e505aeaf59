// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

func TestStandardFolders(t *testing.T) {
	f := open(t)
	if len(f.st.Special) != 18 || f.st.Owner != "anna@example.test" || f.st.Kind != object.StorePrivate {
		t.Errorf("store %+v", f.st)
	}
	rows := collect(t, func(yield func(string, error) bool) {
		for b, err := range f.anna.Query(t.Context(), object.QueryRequest{Table: object.TableHierarchy, Folder: f.st.SpecialFolder(object.KindRoot),
			Columns: []mapi.PropTag{tag.DisplayName, tag.ContainerClass}}) {
			if !yield(b.Text(tag.DisplayName)+"|"+b.Text(tag.ContainerClass), err) {
				return
			}
		}
	})
	if len(rows) != 17 || rows[0] != "Inbox|IPF.Note" || !slices.Contains(rows, "Calendar|IPF.Appointment") {
		t.Errorf("tree %q", rows)
	}
	f.check()
}

func TestSaveAndRead(t *testing.T) {
	f := open(t)
	saved := f.save(f.inbox, text("one"), text("two"))
	if saved[0].UID != 1 || saved[1].UID != 2 || saved[1].Change != saved[0].Change+1 {
		t.Fatalf("saved %+v", saved)
	}
	got := f.content(object.ReadItem{Message: saved[1].ID, Length: -1})
	if !bytes.Equal(got, text("two").Content[0].Inline) {
		t.Errorf("content %q", got)
	}
	if got := f.content(object.ReadItem{Message: saved[1].ID, Offset: 9, Length: 3}); string(got) != "two" {
		t.Errorf("stretch %q", got)
	}
	msgs := collect(t, f.anna.GetMessages(t.Context(), object.GetMessagesRequest{IDs: []mapi.ID{saved[1].ID, 999, saved[0].ID}}))
	if len(msgs) != 2 || msgs[0].Props.Text(tag.Subject) != "two" || msgs[0].Props.Text(tag.MessageClass) != "IPM.Note" || msgs[0].Props.Check() != nil {
		t.Errorf("messages %+v", msgs)
	}
	st := f.state(f.inbox)
	if st.Messages != 2 || st.Unread != 2 || st.UIDNext != 3 || st.Change != saved[1].Change || st.Size != int64(2*len(got)+0)+st.Size-int64(2*len(got)) {
		t.Errorf("state %+v", st)
	}
	f.check()
}

func TestQuery(t *testing.T) {
	f := open(t)
	f.save(f.inbox, text("banana"), text("apple"), text("cherry"))
	subjects := func(req object.QueryRequest) string {
		req.Folder, req.Table = f.inbox, object.TableContents
		req.Columns = []mapi.PropTag{tag.Subject, tag.InternetArticleNumber, tag.TwigaEnvelope}
		var out []string
		for b, err := range f.anna.Query(t.Context(), req) {
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(b.Bytes(tag.TwigaEnvelope)), "ENV ") || b.Check() != nil {
				t.Errorf("row %x", b)
			}
			out = append(out, b.Text(tag.Subject))
		}
		return strings.Join(out, " ")
	}
	for _, tc := range []struct {
		name string
		req  object.QueryRequest
		want string
	}{
		{"all by uid", object.QueryRequest{}, "banana apple cherry"},
		{"uids", object.QueryRequest{UIDs: []mapi.UIDRange{{First: 3, Last: 9}, {First: 1, Last: 1}}}, "banana cherry"},
		{"offset and limit", object.QueryRequest{Offset: 1, Limit: 1}, "apple"},
		{"sorted", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.Subject}}}, "apple banana cherry"},
		{"sorted down, limited", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.Subject, Descending: true}}, Limit: 2}, "cherry banana"},
		{"where", object.QueryRequest{Where: mapi.Content{Tag: tag.Subject, Match: mapi.Substring | mapi.IgnoreCase, Value: mapi.String("AN")}}, "banana"},
		{"where on a column", object.QueryRequest{Where: mapi.Property{Op: mapi.GT, Tag: tag.InternetArticleNumber, Value: mapi.Int32(1)}}, "apple cherry"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := subjects(tc.req); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestFlags(t *testing.T) {
	f := open(t)
	f.save(f.inbox, text("1"), text("2"), text("3"))
	set := func(req object.SetFlagsRequest) object.SetFlagsResponse {
		t.Helper()
		req.Folder = f.inbox
		if req.UIDs == nil {
			req.UIDs = []mapi.UIDRange{{First: 1, Last: 1 << 31}}
		}
		r, err := f.anna.SetFlags(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := set(object.SetFlagsRequest{Mode: object.FlagsAdd, Flags: object.FlagSeen, Keywords: []string{"$Work"}, UIDs: []mapi.UIDRange{{First: 2, Last: 2}}})
	if len(r.Items) != 1 || !r.Items[0].Changed || r.Items[0].Change != r.Change || r.Items[0].Keywords[0] != "$Work" {
		t.Errorf("add %+v", r)
	}
	before := r.Change
	r = set(object.SetFlagsRequest{Mode: object.FlagsAdd, Flags: object.FlagSeen, Keywords: []string{"$work"}, Conditional: true, UnchangedSince: before - 1})
	if len(r.Conflicts) != 1 || r.Conflicts[0] != 2 || len(r.Items) != 2 {
		t.Errorf("conditional %+v", r)
	}
	r = set(object.SetFlagsRequest{Mode: object.FlagsReplace, Flags: object.FlagDeleted})
	if st := f.state(f.inbox); st.Unread != 3 || st.Deleted != 3 || len(r.Items) != 3 || len(r.Items[1].Keywords) != 0 {
		t.Errorf("replace %+v %+v", r, st)
	}
	if r2 := set(object.SetFlagsRequest{Mode: object.FlagsReplace, Flags: object.FlagDeleted}); r2.Change != r.Change || r2.Items[0].Changed {
		t.Errorf("nothing changes, but %+v", r2)
	}
	changed := collect(t, f.anna.Changes(t.Context(), object.ChangesRequest{Folder: f.inbox, Since: r.Items[0].Change}))
	if len(changed) != 3 || changed[0].Kind != object.ChangeState || changed[1].UID != 2 || changed[2].Flags != object.FlagDeleted {
		t.Errorf("changes %+v", changed)
	}
	f.check()
}

func TestTransferAndDelete(t *testing.T) {
	f := open(t)
	drafts := f.st.SpecialFolder(object.KindDrafts)
	saved := f.save(f.inbox, text("1"), text("2"), text("3"))
	since := f.state(f.inbox).Change
	move, err := f.anna.Transfer(t.Context(), object.TransferRequest{Folder: f.inbox, ToFolder: drafts, Move: true, UIDs: []mapi.UIDRange{{First: 2, Last: 3}}})
	if err != nil || len(move.Pairs) != 2 || move.Pairs[0] != (object.UIDPair{From: 2, To: 1}) {
		t.Fatalf("move %+v %v", move, err)
	}
	copied, err := f.anna.Transfer(t.Context(), object.TransferRequest{Folder: drafts, ToFolder: f.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 1}}})
	if err != nil || copied.Pairs[0] != (object.UIDPair{From: 1, To: 4}) {
		t.Fatalf("copy %+v %v", copied, err)
	}
	if got := f.content(object.ReadItem{Message: saved[1].ID, Offset: 9, Length: 1}); string(got) != "2" {
		t.Errorf("moved %q", got)
	}
	changed := collect(t, f.anna.Changes(t.Context(), object.ChangesRequest{Folder: f.inbox, Since: since}))
	if len(changed) != 4 || changed[1].UID != 4 || changed[2].Kind != object.ChangeGone || changed[2].UID != 2 || changed[2].ID != saved[1].ID || changed[3].UID != 3 {
		t.Errorf("changes %+v", changed)
	}
	del, err := f.anna.DeleteMessages(t.Context(), object.DeleteMessagesRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 9}}})
	if err != nil || !slices.Equal(del.UIDs, []mapi.UID{1, 4}) {
		t.Errorf("delete %+v %v", del, err)
	}
	if st := f.state(f.inbox); st.Messages != 0 || st.Size != 0 || st.Unread != 0 || st.Change != del.Change {
		t.Errorf("state %+v", st)
	}
	f.check()
}

func TestFolderTree(t *testing.T) {
	f := open(t)
	ctx := t.Context()
	root := f.st.SpecialFolder(object.KindRoot)
	r, err := f.anna.CreateFolders(ctx, object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: root, Name: "A"}, {Under: 1, Name: "B"}}})
	if err != nil {
		t.Fatal(err)
	}
	a, b := r.Created[0].ID, r.Created[1].ID
	create := func(name string, parent mapi.ID) error {
		_, err := f.anna.CreateFolders(ctx, object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: parent, Name: name}}})
		return err
	}
	move := func(id, parent mapi.ID, name string) error {
		_, err := f.anna.MoveFolder(ctx, object.MoveFolderRequest{Folder: id, Parent: parent, Name: name})
		return err
	}
	del := func(id mapi.ID, messages, sub bool) error {
		_, err := f.anna.DeleteFolder(ctx, object.DeleteFolderRequest{Folder: id, Messages: messages, Subfolders: sub})
		return err
	}
	for _, tc := range []struct {
		name string
		err  error
		want mapi.Code
	}{
		{"same name in other case", create("a", root), mapi.AlreadyExists},
		{"empty name", create("", root), mapi.InvalidParameter},
		{"long name", create(strings.Repeat("ä", 256), root), mapi.StringTooLong},
		{"no parent", create("x", 9999), mapi.NotFound},
		{"into itself", move(a, b, ""), mapi.FolderCycle},
		{"onto a sibling", move(a, 0, "inbox"), mapi.AlreadyExists},
		{"standard folder", move(f.inbox, 0, "x"), mapi.NoAccess},
		{"change of case", move(a, 0, "AA"), 0},
		{"has folders", del(a, true, false), mapi.HasFolders},
		{"delete standard folder", del(f.inbox, true, true), mapi.NoAccess},
	} {
		if mapi.CodeOf(tc.err) != tc.want {
			t.Errorf("%s: %v", tc.name, tc.err)
		}
	}
	f.save(b, text("x"))
	if err := del(a, false, true); mapi.CodeOf(err) != mapi.HasMessages {
		t.Errorf("has messages: %v", err)
	}
	f.check()
	if err := del(a, true, true); err != nil {
		t.Error(err)
	}
	if st, _ := f.anna.GetStore(ctx, object.GetStoreRequest{}); st.Messages != 0 || st.Size != 0 {
		t.Errorf("store %+v", st)
	}
	f.check()
}

func TestWatch(t *testing.T) {
	f := open(t)
	next, stop := iter.Pull2(f.anna.Watch(t.Context(), object.WatchRequest{}))
	defer stop()
	if e, err, _ := next(); err != nil || e.Kind != object.EventStarted {
		t.Fatalf("%+v %v", e, err)
	}
	d := storetest.As(t, f.e, object.RoleDelivery)
	if _, err := d.Deliver(t.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: f.store}}, Message: text("x")}); err != nil {
		t.Fatal(err)
	}
	if e, err, _ := next(); err != nil || e.Kind != object.EventContents || e.Folder != f.inbox || e.Change != f.state(f.inbox).Change {
		t.Errorf("%+v %v", e, err)
	}
	if e, err, _ := next(); err != nil || e.Kind != object.EventNewMail || e.Message == 0 {
		t.Errorf("%+v %v", e, err)
	}
	f.anna.Logoff(t.Context())
	if _, err, _ := next(); !errors.Is(err, mapi.EndOfSession) {
		t.Errorf("after logoff: %v", err)
	}
}

func TestRoles(t *testing.T) {
	f := open(t)
	ctx := t.Context()
	bert := storetest.Logon(t, f.e, "bert")
	if _, err := bert.GetStore(ctx, object.GetStoreRequest{GUID: f.store}); !errors.Is(err, mapi.NoAccess) {
		t.Errorf("bert opens anna's store: %v", err)
	}
	if _, err := bert.CreateUser(ctx, object.CreateUserRequest{}); !errors.Is(err, mapi.NoAccess) {
		t.Errorf("bert creates a user: %v", err)
	}
	gw := f.e.As(store.Peer{Roles: []object.Role{object.RoleGateway}})
	if _, err := gw.Logon(ctx, object.LogonRequest{Role: object.RoleAdmin}); !errors.Is(err, mapi.NoAccess) {
		t.Errorf("gateway is admin: %v", err)
	}
	if _, err := gw.Logon(ctx, object.LogonRequest{Role: object.RoleUser, User: "anna", Password: "wrong"}); !errors.Is(err, mapi.LogonFailed) {
		t.Errorf("wrong password: %v", err)
	}
	if _, err := bert.SetPassword(ctx, object.SetPasswordRequest{Name: "bert", Old: storetest.Password, New: "new"}); err != nil {
		t.Errorf("own password: %v", err)
	}
	if _, err := gw.Logon(ctx, object.LogonRequest{Role: object.RoleUser, User: "bert", Password: storetest.Password}); !errors.Is(err, mapi.LogonFailed) {
		t.Errorf("old password: %v", err)
	}
	if _, err := bert.SetPassword(ctx, object.SetPasswordRequest{Name: "anna", Old: storetest.Password, New: "new"}); !errors.Is(err, mapi.NoAccess) {
		t.Errorf("other's password: %v", err)
	}
	bert.Logoff(ctx)
	if _, err := bert.GetStore(ctx, object.GetStoreRequest{}); !errors.Is(err, mapi.EndOfSession) {
		t.Errorf("after logoff: %v", err)
	}
}

func TestUsersAndOrphans(t *testing.T) {
	f := open(t)
	ctx := t.Context()
	admin := storetest.As(t, f.e, object.RoleAdmin)
	if _, err := admin.RemoveStore(ctx, object.RemoveStoreRequest{GUID: f.store}); !errors.Is(err, mapi.InvalidObject) {
		t.Errorf("remove an owned store: %v", err)
	}
	f.save(f.inbox, text("kept"))
	if _, err := admin.DeleteUser(ctx, object.DeleteUserRequest{Name: "anna"}); err != nil {
		t.Fatal(err)
	}
	orphans := collect(t, admin.ListStores(ctx, object.ListStoresRequest{Orphans: true}))
	if len(orphans) != 1 || orphans[0].GUID != f.store || orphans[0].Messages != 1 {
		t.Fatalf("orphans %+v", orphans)
	}
	u, err := admin.CreateUser(ctx, object.CreateUserRequest{User: directory.User{Name: "carl"}, Password: storetest.Password, Store: f.store})
	if err != nil || u.Store != f.store {
		t.Fatalf("hook %+v %v", u, err)
	}
	if st, err := storetest.Logon(t, f.e, "carl").GetStore(ctx, object.GetStoreRequest{}); err != nil || st.Owner != "carl@example.test" || st.Messages != 1 {
		t.Errorf("hooked %+v %v", st, err)
	}
	if _, err := admin.DeleteUser(ctx, object.DeleteUserRequest{Name: "carl", Purge: true}); err != nil {
		t.Fatal(err)
	}
	if n := len(collect(t, admin.ListStores(ctx, object.ListStoresRequest{}))); n != 1 {
		t.Errorf("%d stores", n)
	}
}

func TestReplace(t *testing.T) {
	f := open(t)
	ctx := t.Context()
	drafts := f.st.SpecialFolder(object.KindDrafts)
	first := f.save(drafts, text("v1"))[0]
	again := text("v1")
	again.ID, again.Flags = first.ID, object.FlagSeen
	if got := f.save(drafts, again)[0]; got.UID != first.UID || got.Change <= first.Change {
		t.Errorf("same content %+v", got)
	}
	other := text("v2")
	other.ID, other.IfChange = first.ID, first.Change
	if _, err := f.anna.SaveMessages(ctx, object.SaveMessagesRequest{Folder: drafts, Messages: []object.NewMessage{other}}); !errors.Is(err, mapi.ObjectChanged) {
		t.Errorf("stale: %v", err)
	}
	other.IfChange = 0
	if got := f.save(drafts, other)[0]; got.UID == first.UID || got.ID != first.ID {
		t.Errorf("other content %+v", got)
	}
	if st := f.state(drafts); st.Messages != 1 || st.Unread != 1 {
		t.Errorf("state %+v", st)
	}
	r, err := f.anna.SetProps(ctx, object.SetPropsRequest{IDs: []mapi.ID{first.ID, 77}, Set: mapi.Props{{Tag: tag.Subject, Value: mapi.String("v3")}},
		Delete: []mapi.PropTag{tag.TwigaEnvelope}})
	if err != nil || r.Changes[0] == 0 || r.Changes[1] != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	m := collect(t, f.anna.GetMessages(ctx, object.GetMessagesRequest{IDs: []mapi.ID{first.ID}, Columns: []mapi.PropTag{tag.Subject, tag.TwigaEnvelope}}))[0]
	if m.Props.Text(tag.Subject) != "v3" || m.Props.Bytes(tag.TwigaEnvelope) != nil || m.Change != r.Changes[0] {
		t.Errorf("%+v", m)
	}
	f.check()
}

func TestQuota(t *testing.T) {
	f := open(t)
	ctx := t.Context()
	q := directory.Quota{Hard: 1000, Soft: 1}
	admin := storetest.As(t, f.e, object.RoleAdmin)
	if _, err := admin.SetUser(ctx, object.SetUserRequest{Name: "anna", Changes: directory.Changes{Quota: &q}}); err != nil {
		t.Fatal(err)
	}
	f.save(f.inbox, text("fits"))
	_, err := f.anna.SaveMessages(ctx, object.SaveMessagesRequest{Folder: f.inbox, Messages: []object.NewMessage{text("does not")}})
	if !errors.Is(err, mapi.QuotaExceeded) {
		t.Errorf("save: %v", err)
	}
	d := storetest.As(t, f.e, object.RoleDelivery)
	r, err := d.Deliver(ctx, object.DeliverRequest{To: []object.DeliverTo{{Store: f.store}}, Message: text("does not")})
	if err != nil || r.Results[0].Code != mapi.QuotaExceeded {
		t.Errorf("deliver: %+v %v", r, err)
	}
	if st := f.state(f.inbox); st.Messages != 1 || st.UIDNext != 2 {
		t.Errorf("state %+v", st)
	}
	f.check()
}
