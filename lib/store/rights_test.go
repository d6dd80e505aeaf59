// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/directory/dbdir"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// grouped is a directory with a group of the test's own.
type grouped struct {
	directory.Directory
	members atomic.Pointer[[]mapi.GUID]
	sendAs  atomic.Pointer[mapi.GUID] // whose address the group may send from
}

var team = mapi.GUID{0x7e, 0xa1}

func (g *grouped) GroupsOf(_ context.Context, user mapi.GUID) ([]mapi.GUID, error) {
	if list := g.members.Load(); list != nil && slices.Contains(*list, user) {
		return []mapi.GUID{team}, nil
	}
	return nil, nil
}

func (g *grouped) Entry(ctx context.Context, id mapi.GUID) (directory.Entry, error) {
	if id == team {
		return directory.Entry{ID: team, Kind: directory.KindGroup, Name: "team"}, nil
	}
	return directory.Entry{}, mapi.NotFound
}

func (g *grouped) Group(_ context.Context, name string) (directory.Group, error) {
	if name == "team" {
		return directory.Group{ID: team, Name: name, Security: true}, nil
	}
	return directory.Group{}, mapi.NotFound
}

func (g *grouped) ByAddress(ctx context.Context, address string) (directory.User, error) {
	u, err := g.Directory.ByAddress(ctx, address)
	if of := g.sendAs.Load(); err == nil && of != nil && u.ID == *of {
		u.SendAs = []mapi.GUID{team}
	}
	return u, err
}

// rightsFixture is an engine in which bert visits anna.
type rightsFixture struct {
	*fixture
	dir  *grouped
	bert object.Session
}

func openRights(t *testing.T) *rightsFixture {
	t.Helper()
	path := t.TempDir()
	db, err := dbdir.Open(filepath.Join(path, "directory.db"), dbdir.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	dir := &grouped{Directory: db}
	e := storetest.OpenDir(t, path, store.Options{Directory: dir})
	storetest.AddUser(t, e, "anna")
	storetest.AddUser(t, e, "bert")
	return &rightsFixture{newFixture(t, e), dir, storetest.Logon(t, e, "bert")}
}

func (f *rightsFixture) permit(member mapi.GUID, rights mapi.Rights) error {
	_, err := f.anna.ModifyPermissions(f.t.Context(), object.ModifyPermissionsRequest{Store: f.store, Folder: f.inbox,
		Set: []object.Permission{{Member: member, Rights: rights}}})
	return err
}

// rights are bert's in anna's Inbox.
func (f *rightsFixture) rights() mapi.Rights {
	f.t.Helper()
	resp, err := f.bert.GetRights(f.t.Context(), object.GetRightsRequest{Store: f.store, Folders: []mapi.ID{f.inbox}})
	if err != nil || len(resp.Folders) == 0 {
		return 0
	}
	return resp.Folders[0].Rights
}

func TestRightsByGroup(t *testing.T) {
	f := openRights(t)
	const reads = mapi.RightReadAny | mapi.RightFolderVisible
	if err := f.permit(team, reads); err != nil {
		t.Fatal(err)
	}
	if got := f.rights(); got != 0 {
		t.Errorf("rights of who is not in the group: 0x%x", got)
	}
	f.dir.members.Store(&[]mapi.GUID{f.bert.Whoami().ID})
	if got := f.rights(); got != reads {
		t.Errorf("rights by the group: 0x%x", got)
	}
	if err := f.permit(f.bert.Whoami().ID, mapi.RightFolderVisible); err != nil {
		t.Fatal(err)
	}
	if got := f.rights(); got != mapi.RightFolderVisible {
		t.Errorf("rights of who is listed beside: 0x%x", got)
	}
}

func TestSendAsByGroup(t *testing.T) {
	f := openRights(t)
	anna := f.anna.Whoami().ID
	if err := f.send("anna@" + storetest.Domain); mapi.CodeOf(err) != mapi.NoAccess {
		t.Errorf("send as another: %v", err)
	}
	f.dir.sendAs.Store(&anna)
	if err := f.send("anna@" + storetest.Domain); mapi.CodeOf(err) != mapi.NoAccess {
		t.Errorf("send as another who lets a group do so: %v", err)
	}
	f.dir.members.Store(&[]mapi.GUID{f.bert.Whoami().ID})
	if err := f.send("anna@" + storetest.Domain); err != nil {
		t.Errorf("send as a member of the group: %v", err)
	}
}

// send submits a message of bert's that is from an address.
func (f *rightsFixture) send(from string) error {
	f.t.Helper()
	st, err := f.bert.GetStore(f.t.Context(), object.GetStoreRequest{})
	if err != nil {
		f.t.Fatal(err)
	}
	msg := text("hello")
	msg.Recipients = []mapi.Props{{{Tag: tag.SmtpAddress, Value: mapi.String("to@outside.test")}}}
	body := "From: " + from + "\r\n\r\nhello"
	msg.Content = []object.Segment{{Inline: []byte(body), Size: int64(len(body))}}
	saved, err := f.bert.SaveMessages(f.t.Context(), object.SaveMessagesRequest{Folder: st.SpecialFolder(object.KindOutbox), Messages: []object.NewMessage{msg}})
	if err != nil {
		f.t.Fatal(err)
	}
	_, err = f.bert.Submit(f.t.Context(), object.SubmitRequest{Message: saved.Saved[0].ID})
	return err
}

func TestRightsOutliveTheProcess(t *testing.T) {
	path := t.TempDir()
	e, err := store.Open(t.Context(), path, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	storetest.AddUser(t, e, "anna")
	bert := storetest.AddUser(t, e, "bert")
	f := newFixture(t, e)
	const rights = mapi.RightReadAny | mapi.RightCreate | mapi.RightEditOwned | mapi.RightFolderVisible
	_, err = f.anna.ModifyPermissions(t.Context(), object.ModifyPermissionsRequest{Folder: f.inbox, Set: []object.Permission{{Member: bert.ID, Rights: rights}}})
	if err != nil {
		t.Fatal(err)
	}
	delegates := []object.Delegate{{User: bert.ID, Name: bert.Name, Private: true, OnBehalf: true}}
	if _, err := f.anna.SetDelegates(t.Context(), object.SetDelegatesRequest{Delegates: delegates}); err != nil {
		t.Fatal(err)
	}
	resp, err := storetest.Logon(t, e, "bert").SaveMessages(t.Context(), object.SaveMessagesRequest{Store: f.store, Folder: f.inbox, Messages: []object.NewMessage{text("own")}})
	if err != nil {
		t.Fatal(err)
	}
	other := f.save(f.inbox, text("of the owner"))[0]
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}

	e = storetest.OpenDir(t, path, store.Options{})
	s := storetest.Logon(t, e, "bert")
	got, err := s.GetDelegates(t.Context(), object.GetDelegatesRequest{Store: f.store})
	if err != nil || !slices.Equal(got.Delegates, delegates) {
		t.Errorf("delegates %+v, %v", got.Delegates, err)
	}
	flag := func(uid mapi.UID) error {
		_, err := s.SetFlags(t.Context(), object.SetFlagsRequest{Store: f.store, Folder: f.inbox, UIDs: []mapi.UIDRange{{First: uid, Last: uid}},
			Mode: object.FlagsAdd, Flags: object.FlagFlagged})
		return err
	}
	if err := flag(resp.Saved[0].UID); err != nil {
		t.Errorf("flag the own message: %v", err)
	}
	if err := flag(other.UID); mapi.CodeOf(err) != mapi.NoAccess {
		t.Errorf("flag another's message: %v", err)
	}
	newFixture(t, e).check()
}

func TestAudit(t *testing.T) {
	f := openRights(t)
	var out bytes.Buffer
	ctx := log.Into(t.Context(), slog.New(slog.NewTextHandler(&out, nil)))
	admin := f.e.As(store.Peer{Roles: []object.Role{object.RoleAdmin}, Name: "uid 7"})
	as, err := admin.Logon(ctx, object.LogonRequest{Role: object.RoleUser, User: "anna", Impersonate: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err = as.FolderStates(ctx, object.FolderStatesRequest{})
	}
	if err == nil {
		_, err = as.ModifyPermissions(ctx, object.ModifyPermissionsRequest{Folder: f.inbox, Set: []object.Permission{{Member: f.bert.Whoami().ID, Rights: mapi.RightReadAny}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.anna.ModifyPermissions(ctx, object.ModifyPermissionsRequest{Folder: f.inbox}); err != nil {
		t.Fatal(err)
	}
	service, err := admin.Logon(ctx, object.LogonRequest{Role: object.RoleAdmin})
	if err == nil {
		_, err = service.SetPassword(ctx, object.SetPasswordRequest{Name: "bert", New: "hidden word"})
	}
	if err == nil {
		_, err = service.UnlockUser(ctx, object.UnlockUserRequest{User: "bert"})
	}
	if err != nil {
		t.Fatal(err)
	}
	place := publicFolder(ctx, t, service)
	for _, want := range []struct {
		text  string
		times int
	}{
		{`code=TW-STORED-0308 actor="uid 7" act=impersonate user=anna@example.test`, 1},
		{`code=TW-STORED-0303 actor="uid 7" act="read mailbox" store=` + f.store.String(), 1},
		{`code=TW-STORED-0309 actor="uid 7" act="set permissions" object="folder ` + f.inbox.String() + ` of store ` + f.store.String(), 1},
		{`code=TW-STORED-0309 actor="uid 7" act="set password" object=bert@example.test`, 1},
		{`code=TW-STORED-0309 actor="uid 7" act="unlock user" object=bert@example.test`, 1},
		{`code=TW-STORED-0309 actor="uid 7" act="create folder" object="` + place, 1},
		{`code=TW-STORED-0309 actor="uid 7" act="move folder" object="` + place, 1},
		{`code=TW-STORED-0309 actor="uid 7" act="set folder properties" object="` + place, 1},
		{`code=TW-STORED-0309 actor="uid 7" act="empty folder" object="` + place, 1},
		{`code=TW-STORED-0309 actor="uid 7" act="delete folder" object="` + place, 1},
		{`code=TW-STORED-0309 actor="uid 7" act="restore folder" object="` + place, 1},
		{"hidden word", 0},
	} {
		if n := strings.Count(out.String(), want.text); n != want.times {
			t.Errorf("%d lines with %s, want %d, in\n%s", n, want.text, want.times, out.String())
		}
	}
}

// publicFolder does all that an administrator may to a folder of a new public
// store, and tells what the log calls it.
func publicFolder(ctx context.Context, t *testing.T, s object.Session) string {
	t.Helper()
	st, err := s.CreateStore(ctx, object.CreateStoreRequest{Kind: object.StorePublic})
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.CreateFolders(ctx, object.CreateFoldersRequest{Store: st.GUID,
		Folders: []object.NewFolder{{Parent: st.SpecialFolder(object.KindRoot), Name: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	id := made.Created[0].ID
	_, err = s.MoveFolder(ctx, object.MoveFolderRequest{Store: st.GUID, Folder: id, Name: "b"})
	if err == nil {
		_, err = s.SetFolderProps(ctx, object.SetFolderPropsRequest{Store: st.GUID, Folder: id, Set: mapi.Props{{Tag: tag.Comment, Value: mapi.String("c")}}})
	}
	if err == nil {
		_, err = s.EmptyFolder(ctx, object.EmptyFolderRequest{Store: st.GUID, Folder: id})
	}
	if err == nil {
		_, err = s.DeleteFolder(ctx, object.DeleteFolderRequest{Store: st.GUID, Folder: id, Soft: true})
	}
	if err == nil {
		_, err = s.RestoreFolder(ctx, object.RestoreFolderRequest{Store: st.GUID, Folder: id})
	}
	if err != nil {
		t.Fatal(err)
	}
	return "folder " + id.String() + " of store " + st.GUID.String()
}
