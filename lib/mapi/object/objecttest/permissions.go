// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"bytes"
	"fmt"
	"slices"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// guest is another user as a visitor of somebody's mailbox.
type guest struct {
	*mailbox
	at mapi.GUID
}

// guest makes a user and gives rights in a folder.
func (m *mailbox) guest(folder mapi.ID, rights mapi.Rights) *guest {
	m.Helper()
	g := &guest{m.kit.mailbox(), m.guid}
	m.permit(folder, g.user, rights)
	return g
}

// rights are the guest's in a folder, and whether it is seen.
func (g *guest) rights(folder mapi.ID) (mapi.Rights, bool) {
	g.Helper()
	resp, err := g.s.GetRights(g.Context(), object.GetRightsRequest{Store: g.at, Folders: []mapi.ID{folder}})
	if mapi.CodeOf(err) == mapi.NoAccess {
		return 0, false
	}
	g.ok(err)
	if len(resp.Folders) == 0 {
		return 0, false
	}
	return resp.Folders[0].Rights, true
}

// expect wants the guest's rights in a folder; 0 is one that is not seen.
func (g *guest) expect(what string, folder mapi.ID, want mapi.Rights) {
	g.Helper()
	if got, seen := g.rights(folder); got != want || seen != (want != 0) {
		g.Errorf("%s: rights 0x%x (seen: %v), want 0x%x", what, got, seen, want)
	}
}

// ids are the messages of a folder that the guest's table shows.
func (g *guest) ids(folder mapi.ID) (out []mapi.ID, err error) {
	for row, err := range g.s.Query(g.Context(), object.QueryRequest{Store: g.at, Table: object.TableContents, Folder: folder, Columns: []mapi.PropTag{tag.Mid}}) {
		if err != nil {
			return nil, err
		}
		out = append(out, mapi.ID(row.Int(tag.Mid)))
	}
	return out, nil
}

func (m *mailbox) modify(req object.ModifyPermissionsRequest) error {
	req.Store = m.guid
	_, err := m.s.ModifyPermissions(m.Context(), req)
	return err
}

func permissionLists(k *kit) {
	owner := k.mailbox()
	f := owner.folder(0, "shared")
	anna := owner.guest(f, rightsEditor)
	bert := owner.guest(f, rightsReviewer)
	anna.expect("set", f, rightsEditor)
	k.ok(owner.modify(object.ModifyPermissionsRequest{Folder: f, Set: []object.Permission{{Member: anna.user.ID, Rights: rightsAuthor}}}))
	anna.expect("set again", f, rightsAuthor)
	bert.expect("beside", f, rightsReviewer)
	k.ok(owner.modify(object.ModifyPermissionsRequest{Folder: f, Remove: []mapi.GUID{anna.user.ID, k.newUser().ID}}))
	anna.expect("removed", f, 0)
	bert.expect("beside", f, rightsReviewer)
	k.ok(owner.modify(object.ModifyPermissionsRequest{Folder: f, Replace: true, Set: []object.Permission{{Member: anna.user.ID, Rights: rightsContributor}}}))
	anna.expect("replaced", f, rightsContributor)
	bert.expect("replaced", f, 0)
	resp, err := owner.s.GetRights(k.Context(), object.GetRightsRequest{})
	k.ok(err)
	if len(resp.Folders) < 5 {
		k.Errorf("the owner has rights in %d folders", len(resp.Folders))
	}
	for _, r := range resp.Folders {
		equal(k, "the owner's rights", r.Rights&mapi.RightsAll, mapi.RightsAll)
	}
}

func permissionErrors(k *kit) {
	owner := k.mailbox()
	f := owner.folder(0, "shared")
	many := make([]object.Permission, object.MaxPermissions+1)
	for i := range many {
		many[i].Member = mapi.NewGUID()
	}
	for name, c := range map[string]struct {
		req  object.ModifyPermissionsRequest
		want mapi.Code
	}{
		"no folder":    {object.ModifyPermissionsRequest{Folder: 1 << 40}, mapi.NotFound},
		"the root":     {object.ModifyPermissionsRequest{Folder: owner.store.Root}, mapi.NotFound},
		"nobody":       {object.ModifyPermissionsRequest{Folder: f, Set: []object.Permission{{Member: mapi.NewGUID(), Rights: rightsReviewer}}}, mapi.NotFound},
		"no such bits": {object.ModifyPermissionsRequest{Folder: f, Set: []object.Permission{{Rights: 1 << 20}}}, mapi.InvalidParameter},
		"too many":     {object.ModifyPermissionsRequest{Folder: f, Set: many}, mapi.TooBig},
	} {
		if err := owner.modify(c.req); mapi.CodeOf(err) != c.want {
			k.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func permissionTable(k *kit) {
	owner := k.mailbox()
	f := owner.folder(0, "shared")
	u := k.newUser(func(u *directory.User) { u.FullName = "Zoe" })
	owner.permit(f, u, rightsAuthor)
	k.ok(owner.modify(object.ModifyPermissionsRequest{Folder: f, Set: []object.Permission{{Rights: mapi.RightFolderVisible}}}))
	rows := bags(k, owner.s.Query(k.Context(), object.QueryRequest{Store: owner.guid, Table: object.TablePermissions, Folder: f,
		Columns: []mapi.PropTag{tag.EntryId, tag.MemberId, tag.MemberName, tag.MemberRights}}))
	want := []struct {
		member mapi.GUID
		rights mapi.Rights
	}{{object.MemberDefault, mapi.RightFolderVisible}, {object.MemberAnonymous, 0}, {u.ID, rightsAuthor}}
	if len(rows) != len(want) {
		k.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i, w := range want {
		if !bytes.Equal(rows[i].Bytes(tag.EntryId), w.member[:]) || mapi.Rights(rows[i].Int(tag.MemberRights)) != w.rights {
			k.Errorf("row %d: %v", i, rows[i].Props())
		}
	}
	equal(k, "default's number", rows[0].Int(tag.MemberId), 0)
	equal(k, "anonymous' number", rows[1].Int(tag.MemberId), -1)
	equal(k, "the user's name", rows[2].Text(tag.MemberName), "Zoe")
}

func permissionDefault(k *kit) {
	owner := k.mailbox()
	f := owner.folder(0, "shared")
	listed := owner.guest(f, rightsContributor)
	nothing := owner.guest(f, 0)
	other := &guest{k.mailbox(), owner.guid}
	k.ok(owner.modify(object.ModifyPermissionsRequest{Folder: f, Set: []object.Permission{
		{Member: object.MemberDefault, Rights: rightsReviewer}, {Member: object.MemberAnonymous, Rights: mapi.RightsAll}}}))
	other.expect("not listed", f, rightsReviewer)
	listed.expect("listed", f, rightsContributor)
	nothing.expect("listed with nothing", f, 0)
	for _, row := range []struct {
		has, gives mapi.Rights
	}{
		{mapi.RightReadAny, mapi.RightReadAny | mapi.RightFolderVisible},
		{mapi.RightFolderOwner, mapi.RightFolderOwner | mapi.RightFolderVisible},
		{mapi.RightFolderVisible | mapi.RightEditAny | mapi.RightDeleteAny,
			mapi.RightFolderVisible | mapi.RightEditAny | mapi.RightDeleteAny | mapi.RightEditOwned | mapi.RightDeleteOwned},
		{mapi.RightCreate, 0},
		{mapi.RightFreeBusyDetailed, 0},
	} {
		owner.permit(f, listed.user, row.has)
		listed.expect("what rights bring along", f, row.gives)
	}
}

// permissionGroups tries rights by way of a group, in another too.
func permissionGroups(k *kit) {
	owner := k.mailbox()
	f := owner.folder(0, "shared")
	g := &guest{k.mailbox(), owner.guid}
	name := "group-" + mapi.NewGUID().String()
	ctx := k.Context()
	inner, err := k.admin.CreateGroup(ctx, object.CreateGroupRequest{Group: directory.Group{Name: name, Security: true}})
	k.ok(err)
	outer, err := k.admin.CreateGroup(ctx, object.CreateGroupRequest{Group: directory.Group{Name: name + "-outer", Security: true}})
	k.ok(err)
	mailing, err := k.admin.CreateGroup(ctx, object.CreateGroupRequest{Group: directory.Group{Name: name + "-mailing", Mailing: true}})
	k.ok(err)
	k.fails(owner.modify(object.ModifyPermissionsRequest{Folder: f, Set: []object.Permission{{Member: mailing.ID, Rights: rightsReviewer}}}), mapi.InvalidParameter)
	k.ok(owner.modify(object.ModifyPermissionsRequest{Folder: f, Set: []object.Permission{
		{Member: object.MemberDefault, Rights: mapi.RightsAll},
		{Member: inner.ID, Rights: rightsReviewer}, {Member: outer.ID, Rights: rightsContributor}}}))
	g.expect("in no group", f, mapi.RightsAll)
	_, err = k.admin.ChangeMembers(ctx, object.ChangeMembersRequest{Group: inner.Name, Add: []string{g.user.Name}})
	k.ok(err)
	g.expect("in a group", f, rightsReviewer)
	_, err = k.admin.ChangeMembers(ctx, object.ChangeMembersRequest{Group: outer.Name, Add: []string{inner.Name}})
	k.ok(err)
	g.expect("in a group of a group", f, rightsReviewer|rightsContributor)
	owner.permit(f, g.user, mapi.RightFolderVisible)
	g.expect("listed beside", f, mapi.RightFolderVisible)
	k.ok(owner.modify(object.ModifyPermissionsRequest{Folder: f, Remove: []mapi.GUID{g.user.ID}}))
	_, err = k.admin.ChangeMembers(ctx, object.ChangeMembersRequest{Group: inner.Name, Remove: []string{g.user.Name}})
	k.ok(err)
	g.expect("in no group any more", f, mapi.RightsAll)
}

func permissionHidden(k *kit) {
	owner := k.mailbox()
	top := owner.folder(0, "top")
	hidden := owner.folder(top, "hidden")
	shared := owner.folder(hidden, "shared")
	below := owner.folder(shared, "below")
	inHidden, inShared := owner.save(hidden, plain("hidden"))[0], owner.save(shared, plain("shared"))[0]
	g := owner.guest(shared, rightsEditor)
	columns := []mapi.PropTag{tag.FolderId, tag.Subfolders, tag.Rights, tag.Access}
	rows := bags(k, g.s.Query(k.Context(), object.QueryRequest{Store: owner.guid, Table: object.TableHierarchy, Columns: columns}))
	if len(rows) != 1 || mapi.ID(rows[0].Int(tag.FolderId)) != shared {
		k.Fatalf("%d folders are seen, not the one", len(rows))
	}
	v, _ := rows[0].Get(tag.Subfolders)
	equal(k, "subfolders are seen", v.Bool(), false)
	equal(k, "the rights", mapi.Rights(rows[0].Int(tag.Rights)), rightsEditor)
	equal(k, "the access", mapi.Access(rows[0].Int(tag.Access)), mapi.AccessRead|mapi.AccessCreateContents)
	states, err := g.s.FolderStates(k.Context(), object.FolderStatesRequest{Store: owner.guid})
	k.ok(err)
	equal(k, "folder states", len(states.Folders), 1)
	for _, f := range []mapi.ID{hidden, below, top} {
		_, err := g.ids(f)
		k.fails(err, mapi.NotFound)
		_, err = collect(g.s.Query(k.Context(), object.QueryRequest{Store: owner.guid, Table: object.TableHierarchy, Folder: f}))
		k.fails(err, mapi.NotFound)
	}
	for _, f := range []mapi.ID{hidden, below, top} {
		_, err := collect(g.s.FolderChanges(k.Context(), object.FolderChangesRequest{Store: owner.guid, Folder: f}))
		k.fails(err, mapi.NotFound)
	}
	tree := all(k, g.s.FolderChanges(k.Context(), object.FolderChangesRequest{Store: owner.guid}))
	if len(tree) != 2 || tree[1].ID != shared {
		k.Errorf("changes of the tree are %+v", tree)
	}
	both := []mapi.ID{inHidden.ID, inShared.ID}
	messages := all(k, g.s.GetMessages(k.Context(), object.GetMessagesRequest{Store: owner.guid, IDs: both}))
	if len(messages) != 1 || messages[0].ID != inShared.ID {
		k.Errorf("%d messages of two folders are shown", len(messages))
	}
	var found []wire.Bag
	for row, err := range g.s.Query(k.Context(), object.QueryRequest{Store: owner.guid, Table: object.TableContents, IDs: both, Columns: []mapi.PropTag{tag.Mid}}) {
		k.ok(err)
		found = append(found, slices.Clone(row))
	}
	if len(found) != 1 || mapi.ID(found[0].Int(tag.Mid)) != inShared.ID {
		k.Errorf("%d rows of two folders are shown", len(found))
	}
	st, err := g.s.GetStore(k.Context(), object.GetStoreRequest{GUID: owner.guid})
	k.ok(err)
	if len(st.Special) != 0 || st.Messages != 0 || st.Size != 0 {
		k.Errorf("a guest sees of the store %+v", st)
	}
}

func permissionDrop(k *kit) {
	owner := k.mailbox()
	drop := owner.folder(0, "drop")
	owner.folder(0, "hidden")
	g := owner.guest(drop, mapi.RightCreate)
	ctx := k.Context()
	g.expect("the folder", drop, 0)
	shared, err := g.s.SharedStores(ctx, object.SharedStoresRequest{})
	k.ok(err)
	if !slices.ContainsFunc(shared.Stores, func(st object.SharedStore) bool { return st.GUID == owner.guid }) {
		k.Errorf("shared are %+v", shared.Stores)
	}
	columns := []mapi.PropTag{tag.FolderId, tag.DisplayName, tag.Rights, tag.ContentCount}
	rows := bags(k, g.s.Query(ctx, object.QueryRequest{Store: owner.guid, Table: object.TableDropFolders, Columns: columns}))
	if len(rows) != 1 || mapi.ID(rows[0].Int(tag.FolderId)) != drop {
		k.Fatalf("%d folders to put messages into, not the one", len(rows))
	}
	equal(k, "its name", rows[0].Text(tag.DisplayName), "drop")
	equal(k, "the rights", mapi.Rights(rows[0].Int(tag.Rights)), mapi.RightCreate)
	if _, ok := rows[0].Get(tag.ContentCount); ok {
		k.Error("the number of messages is told")
	}
	equal(k, "what the owner does not see", len(bags(k, owner.s.Query(ctx, object.QueryRequest{Store: owner.guid, Table: object.TableDropFolders}))), 0)

	k.ok(saveInto(g, drop, plain("dropped")))
	own := g.save(g.inbox, plain("copied"))[0]
	_, err = g.s.Transfer(ctx, object.TransferRequest{
		Store: g.mailbox.guid, Folder: g.inbox, UIDs: one(own.UID), ToStore: owner.guid, ToFolder: drop})
	k.ok(err)
	equal(k, "messages that came", len(owner.uids(drop)), 2)
	_, err = g.ids(drop)
	k.fails(err, mapi.NotFound)
	_, err = g.s.FolderStates(ctx, object.FolderStatesRequest{Store: owner.guid, Folders: []mapi.ID{drop}})
	k.ok(err)
	there := owner.save(drop, plain("there"))[0]
	replaced := plain("replaced")
	replaced.ID = there.ID
	k.fails(saveInto(g, drop, replaced), mapi.NotFound)
	_, err = g.s.SetFlags(ctx, object.SetFlagsRequest{Store: owner.guid, Folder: drop, UIDs: one(there.UID), Mode: object.FlagsAdd, Flags: object.FlagSeen})
	k.fails(err, mapi.NotFound)

	owner.permit(drop, g.user, mapi.RightFreeBusySimple)
	k.fails(saveInto(g, drop, plain("no more")), mapi.NotFound)
}

// saveInto saves a message in the mailbox that the guest visits.
func saveInto(g *guest, folder mapi.ID, m object.NewMessage) error {
	_, err := g.s.SaveMessages(g.Context(), object.SaveMessagesRequest{Store: g.at, Folder: folder, Messages: []object.NewMessage{m}})
	return err
}

func permissionInherited(k *kit) {
	owner := k.mailbox()
	f := owner.folder(0, "shared")
	reader := owner.guest(f, rightsReviewer)
	maker := owner.guest(f, rightsReviewer|mapi.RightCreateSubfolder)
	made := owner.folder(f, "by the owner")
	reader.expect("inherited", made, rightsReviewer)
	maker.expect("inherited", made, rightsReviewer|mapi.RightCreateSubfolder)
	resp, err := maker.s.CreateFolders(k.Context(), object.CreateFoldersRequest{Store: owner.guid,
		Folders: []object.NewFolder{{Parent: f, Name: "by a guest"}, {Under: 1, Name: "below"}}})
	k.ok(err)
	for _, c := range resp.Created {
		maker.expect("the maker", c.ID, mapi.RightsAll)
		reader.expect("the others", c.ID, rightsReviewer)
	}
	_, err = maker.s.ModifyPermissions(k.Context(), object.ModifyPermissionsRequest{Store: owner.guid, Folder: resp.Created[0].ID, Remove: []mapi.GUID{reader.user.ID}})
	k.ok(err)
	reader.expect("what the maker took", resp.Created[0].ID, 0)
	equal(k, "the owner's count", owner.state(resp.Created[0].ID).Messages, 0)
	_, err = maker.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: owner.guid, Folder: resp.Created[0].ID, Subfolders: true})
	k.ok(err)
	_, err = maker.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: owner.guid, Folder: made})
	k.fails(err, mapi.NoAccess)
}

func permissionBelow(k *kit) {
	owner := k.mailbox()
	f := owner.folder(0, "a")
	b := owner.folder(f, "b")
	c := owner.folder(b, "c")
	beside := owner.folder(0, "beside")
	g := &guest{k.mailbox(), owner.guid}
	k.ok(owner.modify(object.ModifyPermissionsRequest{Folder: f, Subfolders: true, Set: []object.Permission{{Member: g.user.ID, Rights: rightsAuthor}}}))
	for _, id := range []mapi.ID{f, b, c} {
		g.expect("below", id, rightsAuthor)
	}
	g.expect("beside", beside, 0)
	k.ok(owner.modify(object.ModifyPermissionsRequest{Folder: b, Subfolders: true, Remove: []mapi.GUID{g.user.ID}}))
	g.expect("above", f, rightsAuthor)
	g.expect("removed", b, 0)
	g.expect("removed below", c, 0)
}

func permissionExpunge(k *kit) {
	owner := k.mailbox()
	f := owner.folder(0, "shared")
	g := owner.guest(f, rightsAuthor)
	others := owner.save(f, plain("of the owner"))[0]
	resp, err := g.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: owner.guid, Folder: f, Messages: []object.NewMessage{plain("own")}})
	k.ok(err)
	own := resp.Saved[0]
	_, err = owner.s.SetFlags(k.Context(), object.SetFlagsRequest{Store: owner.guid, Folder: f, UIDs: everything(), Mode: object.FlagsAdd, Flags: object.FlagDeleted})
	k.ok(err)
	_, err = g.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: owner.guid, Folder: f, UIDs: everything()})
	k.fails(err, mapi.NoAccess)
	gone, err := g.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: owner.guid, Folder: f, UIDs: everything(), OnlyDeleted: true})
	k.ok(err)
	same(k, "what is gone", gone.UIDs, []mapi.UID{own.UID})
	same(k, "what is there", owner.uids(f), []mapi.UID{others.UID})
}

func permissionWatch(k *kit) {
	owner := k.mailbox()
	shared, hidden, listed := owner.folder(0, "shared"), owner.folder(0, "hidden"), owner.folder(0, "listed")
	g := owner.guest(shared, rightsReviewer)
	owner.permit(listed, g.user, mapi.RightFolderVisible)
	w := k.watch(g.s, owner.guid)
	next := func(what string, kind object.EventKind, folder mapi.ID) {
		k.Helper()
		for e := w.next(); e.Kind != kind; e = w.next() {
			if e.Folder != folder {
				k.Errorf("%s: event %+v, want kind %d of folder %s", what, e, kind, folder)
			}
		}
	}
	owner.fill(hidden, 1)
	owner.fill(listed, 1)
	owner.fill(shared, 1)
	next("messages of one that is read", object.EventContents, shared)
	k.ok(owner.move(hidden, 0, "renamed"))
	k.ok(owner.move(listed, 0, "renamed too"))
	next("one that is seen is renamed", object.EventHierarchy, listed)
	second := owner.folder(shared, "second") // has the same list
	next("one is made", object.EventHierarchy, second)
	k.ok(owner.modify(object.ModifyPermissionsRequest{Folder: shared, Remove: []mapi.GUID{g.user.ID}}))
	next("it is to be seen no more", object.EventHierarchy, shared)
	owner.fill(shared, 1)
	k.ok(owner.move(shared, 0, "not any more"))
	owner.fill(second, 1)
	next("after rights were taken", object.EventContents, second)
	_, err := owner.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: owner.guid, Folder: hidden, Messages: true})
	k.ok(err)
	_, err = owner.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: owner.guid, Folder: second, Messages: true})
	k.ok(err)
	next("one is deleted", object.EventHierarchy, second)
}

// watchShares wants one event for each change of the stores that SharedStores has.
func watchShares(k *kit) {
	g, one, other := k.mailbox(), k.mailbox(), k.mailbox()
	w := k.watch(g.s, object.SharedVersion)
	event := object.Event{Kind: object.EventHierarchy, Store: object.SharedVersion}
	f := one.folder(0, "shared")
	one.permit(f, k.newUser(), rightsReviewer) // somebody else
	one.permit(f, g.user, rightsReviewer)
	w.is("it is shared", event)
	one.permit(f, g.user, rightsEditor)
	one.permit(one.folder(f, "below"), g.user, rightsReviewer)
	_, err := one.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: one.guid, Folder: f, Subfolders: true})
	k.ok(err)
	w.is("it is shared no more", event)
	other.permit(other.folder(0, "shared"), g.user, mapi.RightCreate)
	w.is("another is shared", event)
	list, err := g.s.SharedStores(k.Context(), object.SharedStoresRequest{})
	k.ok(err)
	if !slices.ContainsFunc(list.Stores, func(st object.SharedStore) bool { return st.GUID == other.guid }) {
		k.Error("the event came before the mailbox was shared")
	}
}

func permissionOrphan(k *kit) {
	owner := k.mailbox()
	g := owner.guest(owner.inbox, rightsEditor)
	g.expect("before", owner.inbox, rightsEditor)
	_, err := k.admin.DeleteUser(k.Context(), object.DeleteUserRequest{Name: owner.user.Name})
	k.ok(err)
	_, err = g.ids(owner.inbox)
	k.fails(err, mapi.NoAccess)
}

func permissionAuthors(k *kit) {
	owner := k.mailbox()
	f, other := owner.folder(0, "shared"), owner.folder(0, "other")
	g := owner.guest(f, rightsAuthor)
	owner.permit(other, g.user, rightsAuthor)
	ctx := k.Context()
	resp, err := g.s.SaveMessages(ctx, object.SaveMessagesRequest{Store: owner.guid, Folder: f, Messages: []object.NewMessage{plain("own")}})
	k.ok(err)
	own := resp.Saved[0]
	edit := func(what string, folder mapi.ID, uid mapi.UID, want mapi.Code) {
		k.Helper()
		_, err := g.s.SetFlags(ctx, object.SetFlagsRequest{Store: owner.guid, Folder: folder, UIDs: one(uid), Mode: object.FlagsAdd, Flags: object.FlagFlagged})
		if err == nil && want != 0 || err != nil && mapi.CodeOf(err) != want {
			k.Errorf("edit %s: %v, want %v", what, err, want)
		}
	}
	edit("the own", f, own.UID, 0)
	moved := owner.transfer(f, other, one(own.UID), true)
	edit("the own, which the owner moved", other, moved.Pairs[0].To, 0)
	copied := owner.transfer(other, f, one(moved.Pairs[0].To), false)
	edit("the owner's copy", f, copied.Pairs[0].To, mapi.NoAccess)
	theirs := owner.save(f, plain("of the owner"))[0]
	edit("the owner's", f, theirs.UID, mapi.NoAccess)
	mine, err := g.s.Transfer(ctx, object.TransferRequest{Store: owner.guid, Folder: f, UIDs: one(theirs.UID), ToFolder: other})
	k.ok(err)
	edit("the own copy of it", other, mine.Pairs[0].To, 0)
	n := plain("replaced by the owner")
	n.ID = own.ID
	replaced := owner.save(other, n)[0]
	edit("the own, which the owner replaced", other, replaced.UID, 0)
}

// permissionFlags: of the flags of what is saved, copied or moved those stay that
// the session could set in the target.
func permissionFlags(k *kit) {
	const all = object.FlagSeen | object.FlagDeleted | object.FlagFlagged
	const reads = mapi.RightReadAny | mapi.RightFolderVisible
	owner := k.mailbox()
	from := owner.folder(0, "from")
	g := owner.guest(from, rightsEditor)
	ctx := k.Context()
	message := plain("flagged")
	message.Flags, message.Keywords = all, []string{"work"}
	saved := func(s object.Session, store mapi.GUID, folder mapi.ID) mapi.UID {
		k.Helper()
		resp, err := s.SaveMessages(ctx, object.SaveMessagesRequest{Store: store, Folder: folder, Messages: []object.NewMessage{message}})
		k.ok(err)
		return resp.Saved[0].UID
	}
	for i, tc := range []struct {
		rights       mapi.Rights
		theirs, mine object.Flags // what is left of messages that others made, and of those that are one's own
	}{
		{reads | mapi.RightCreate, 0, 0},
		{reads | mapi.RightCreate | mapi.RightDeleteAny, object.FlagDeleted, object.FlagDeleted},
		{reads | mapi.RightCreate | mapi.RightDeleteOwned, 0, object.FlagDeleted},
		{reads | mapi.RightCreate | mapi.RightEditOwned, 0, all &^ object.FlagDeleted},
		{reads | mapi.RightCreate | mapi.RightDeleteAny | mapi.RightEditOwned, object.FlagDeleted, all},
		{reads | mapi.RightCreate | mapi.RightEditAny, all &^ object.FlagDeleted, all &^ object.FlagDeleted},
		{reads | mapi.RightCreate | mapi.RightEditAny | mapi.RightDeleteOwned, all &^ object.FlagDeleted, all},
	} {
		to := owner.folder(0, fmt.Sprint("to ", i))
		owner.permit(to, g.user, tc.rights)
		left := func(what string, uid mapi.UID, want object.Flags) {
			k.Helper()
			for it, err := range owner.s.Changes(ctx, object.ChangesRequest{Store: owner.guid, Folder: to}) {
				k.ok(err)
				if it.Kind == object.ChangeUpsert && it.UID == uid {
					equal(k, fmt.Sprintf("rights 0x%x, %s", uint32(tc.rights), what), it.Flags&object.FlagsSettable, want)
					equal(k, what+", keywords", len(it.Keywords) == 1, want&object.FlagFlagged != 0)
				}
			}
		}
		transfer := func(store mapi.GUID, folder mapi.ID, uid mapi.UID, move bool) mapi.UID {
			k.Helper()
			resp, err := g.s.Transfer(ctx, object.TransferRequest{Store: store, Folder: folder, UIDs: one(uid), ToStore: owner.guid, ToFolder: to, Move: move})
			k.ok(err)
			return resp.Pairs[0].To
		}
		left("saved", saved(g.s, owner.guid, to), tc.mine)
		left("copied", transfer(owner.guid, from, saved(owner.s, owner.guid, from), false), tc.mine)
		left("moved, of the owner", transfer(owner.guid, from, saved(owner.s, owner.guid, from), true), tc.theirs)
		left("moved, the own", transfer(owner.guid, from, saved(g.s, owner.guid, from), true), tc.mine)
		left("copied from elsewhere", transfer(g.guid, g.inbox, saved(g.s, g.guid, g.inbox), false), tc.mine)
		left("moved from elsewhere", transfer(g.guid, g.inbox, saved(g.s, g.guid, g.inbox), true), tc.mine)
		left("copied by the owner", owner.transfer(from, to, one(saved(owner.s, owner.guid, from)), false).Pairs[0].To, all)
	}
}

// permissionDeleted: FlagDeleted goes with the right to delete, the others with
// the right to edit.
func permissionDeleted(k *kit) {
	const seen, deleted, flagged = object.FlagSeen, object.FlagDeleted, object.FlagFlagged
	owner := k.mailbox()
	ctx := k.Context()
	for i, tc := range []struct {
		rights mapi.Rights
		mode   object.FlagMode
		flags  object.Flags
		want   mapi.Code
		left   object.Flags // of a message that was flagged and deleted
	}{
		{mapi.RightEditAny, object.FlagsAdd, seen, 0, seen | flagged | deleted},
		{mapi.RightEditAny, object.FlagsAdd, deleted, mapi.NoAccess, flagged | deleted},
		{mapi.RightEditAny, object.FlagsRemove, deleted, mapi.NoAccess, flagged | deleted},
		{mapi.RightEditAny, object.FlagsRemove, deleted | flagged, mapi.NoAccess, flagged | deleted},
		{mapi.RightEditAny, object.FlagsReplace, seen, 0, seen | deleted},
		{mapi.RightEditAny, object.FlagsReplace, seen | deleted, 0, seen | deleted},
		{mapi.RightDeleteAny, object.FlagsRemove, deleted, 0, flagged},
		{mapi.RightDeleteAny, object.FlagsAdd, seen, mapi.NoAccess, flagged | deleted},
		{mapi.RightDeleteAny, object.FlagsRemove, deleted | flagged, mapi.NoAccess, flagged | deleted},
		{mapi.RightDeleteAny, object.FlagsReplace, seen, mapi.NoAccess, flagged | deleted},
		{mapi.RightEditAny | mapi.RightDeleteAny, object.FlagsReplace, seen, 0, seen},
		{mapi.RightEditAny | mapi.RightDeleteAny, object.FlagsRemove, deleted | flagged, 0, 0},
	} {
		f := owner.folder(0, fmt.Sprint("flags ", i))
		g := owner.guest(f, tc.rights|mapi.RightReadAny|mapi.RightFolderVisible)
		message := plain("flags")
		message.Flags = flagged | deleted
		owner.save(f, message)
		_, err := g.s.SetFlags(ctx, object.SetFlagsRequest{Store: owner.guid, Folder: f, UIDs: everything(), Mode: tc.mode, Flags: tc.flags})
		if tc.want == 0 {
			k.ok(err)
		} else {
			k.fails(err, tc.want)
		}
		for it, err := range owner.s.Changes(ctx, object.ChangesRequest{Store: owner.guid, Folder: f}) {
			if k.ok(err); it.Kind == object.ChangeUpsert {
				equal(k, fmt.Sprintf("case %d, what is left", i), it.Flags&object.FlagsSettable, tc.left)
			}
		}
	}
}
