// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"context"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func publicFolderCases() []testCase {
	return []testCase{
		{"administrators look after the folders", publicFolderLife},
		{"who may change the folders", publicFolderRights},
		{"administrators change no others", publicFolderLimits},
	}
}

// folderCall is a call that changes the folders of a store.
type folderCall struct {
	name string
	call func(ctx context.Context, s object.Session, store mapi.GUID, top, folder mapi.ID) error
}

// folderCalls are those that administrators have in the public store.
var folderCalls = []folderCall{
	{"CreateFolders", func(ctx context.Context, s object.Session, store mapi.GUID, top, _ mapi.ID) error {
		_, err := s.CreateFolders(ctx, object.CreateFoldersRequest{Store: store, Folders: []object.NewFolder{{Parent: top, Name: mapi.NewGUID().String()}}})
		return err
	}},
	{"MoveFolder", func(ctx context.Context, s object.Session, store mapi.GUID, _, folder mapi.ID) error {
		_, err := s.MoveFolder(ctx, object.MoveFolderRequest{Store: store, Folder: folder, Name: mapi.NewGUID().String()})
		return err
	}},
	{"SetFolderProps", func(ctx context.Context, s object.Session, store mapi.GUID, _, folder mapi.ID) error {
		_, err := s.SetFolderProps(ctx, object.SetFolderPropsRequest{Store: store, Folder: folder, Set: mapi.Props{{Tag: tag.Comment, Value: mapi.String("public")}}})
		return err
	}},
	{"EmptyFolder", func(ctx context.Context, s object.Session, store mapi.GUID, _, folder mapi.ID) error {
		_, err := s.EmptyFolder(ctx, object.EmptyFolderRequest{Store: store, Folder: folder})
		return err
	}},
	{"DeleteFolder, softly", func(ctx context.Context, s object.Session, store mapi.GUID, _, folder mapi.ID) error {
		_, err := s.DeleteFolder(ctx, object.DeleteFolderRequest{Store: store, Folder: folder, Soft: true})
		return err
	}},
	{"RestoreFolder", func(ctx context.Context, s object.Session, store mapi.GUID, top, folder mapi.ID) error {
		_, err := s.RestoreFolder(ctx, object.RestoreFolderRequest{Store: store, Folder: folder, Parent: top})
		return passing(err, mapi.NotFound, mapi.InvalidParameter, mapi.InvalidObject) // it is not deleted, or those are not kept
	}},
	{"DeleteFolder", func(ctx context.Context, s object.Session, store mapi.GUID, top, folder mapi.ID) error {
		_, err := s.DeleteFolder(ctx, object.DeleteFolderRequest{Store: store, Folder: folder, Messages: true, Subfolders: true})
		return passing(err, mapi.NotFound) // deleted softly before
	}},
}

// newFolder makes a folder as an administrator.
func (k *kit) newFolder(s object.Session, store mapi.GUID, parent mapi.ID, name string) mapi.ID {
	k.Helper()
	resp, err := s.CreateFolders(k.Context(), object.CreateFoldersRequest{Store: store, Folders: []object.NewFolder{{Parent: parent, Name: name}}})
	k.ok(err)
	return resp.Created[0].ID
}

func publicFolderLife(k *kit) {
	public, m := k.public(""), k.mailbox()
	ctx, top := k.Context(), public.SpecialFolder(object.KindRoot)
	resp, err := k.admin.CreateFolders(ctx, object.CreateFoldersRequest{Store: public.GUID, Folders: []object.NewFolder{
		{Parent: top, Name: "Sales", Class: "IPF.Appointment"}, {Under: 1, Name: "2026"}}})
	k.ok(err)
	sales, year := resp.Created[0].ID, resp.Created[1].ID
	_, err = k.admin.CreateFolders(ctx, object.CreateFoldersRequest{Store: public.GUID, Folders: []object.NewFolder{{Parent: top, Name: "sales"}}})
	k.fails(err, mapi.AlreadyExists)
	_, err = k.admin.MoveFolder(ctx, object.MoveFolderRequest{Store: public.GUID, Folder: year, Parent: top, Name: "Year"})
	k.ok(err)
	_, err = k.admin.MoveFolder(ctx, object.MoveFolderRequest{Store: public.GUID, Folder: top, Name: "Top"})
	k.fails(err, mapi.NoAccess)
	_, err = k.admin.SetFolderProps(ctx, object.SetFolderPropsRequest{Store: public.GUID, Folder: year, Set: mapi.Props{{Tag: tag.Comment, Value: mapi.String("noted")}}})
	k.ok(err)

	m.guid = public.GUID // everybody uses what was made
	m.save(year, plain("for all"))
	rows := k.rowsOf(m.s, object.QueryRequest{Store: public.GUID, Table: object.TableHierarchy, Folder: top,
		Columns: []mapi.PropTag{tag.FolderId, tag.ParentFolderId, tag.DisplayName, tag.ContainerClass, tag.Comment}})
	seen := map[mapi.ID]mapi.Props{}
	for _, p := range rows {
		seen[mapi.ID(p.Int(tag.FolderId))] = p
	}
	equal(k, "the class", seen[sales].Text(tag.ContainerClass), "IPF.Appointment")
	equal(k, "the name", seen[year].Text(tag.DisplayName), "Year")
	equal(k, "the parent", mapi.ID(seen[year].Int(tag.ParentFolderId)), top)
	equal(k, "the comment", seen[year].Text(tag.Comment), "noted")

	_, err = k.admin.DeleteFolder(ctx, object.DeleteFolderRequest{Store: public.GUID, Folder: year, Soft: true})
	k.fails(err, mapi.HasMessages)
	_, err = k.admin.EmptyFolder(ctx, object.EmptyFolderRequest{Store: public.GUID, Folder: year})
	k.ok(err)
	for _, id := range []mapi.ID{year, sales} {
		_, err = k.admin.DeleteFolder(ctx, object.DeleteFolderRequest{Store: public.GUID, Folder: id, Soft: true})
		k.ok(err)
	}
	states, err := m.s.FolderStates(ctx, object.FolderStatesRequest{Store: public.GUID, Folders: []mapi.ID{sales, year}})
	k.ok(err)
	equal(k, "the folders that are left", len(states.Folders), 0)
}

// publicFolderRights tries each call as those who may, and as those who may not
// in folders that they only write to.
func publicFolderRights(k *kit) {
	public := k.public("")
	top := public.SpecialFolder(object.KindRoot)
	server, err := k.adminBy(k.newUser(withLevel(directory.AdminServer)))
	k.ok(err)
	users, err := k.adminBy(k.newUser(withLevel(directory.AdminUsers)))
	k.ok(err)
	u := k.newUser()
	for _, who := range []struct {
		name string
		s    object.Session
		want mapi.Code
	}{
		{"administrator", k.admin, 0},
		{"administrator by name", server, 0},
		{"administrator of users", users, mapi.NoAccess},
		{"role archive", k.role(object.RoleArchive), 0},
		{"role index", k.role(object.RoleIndex), mapi.NoAccess},
		{"role delivery", k.role(object.RoleDelivery), mapi.NoAccess},
		{"role spool", k.role(object.RoleSpool), mapi.NoAccess},
		{"role monitor", k.role(object.RoleMonitor), mapi.NoAccess},
		{"a user", k.logon(u), mapi.NoAccess},
		{"a user whom an administrator acts for", k.impersonate(u), mapi.NoAccess},
	} {
		folder := k.newFolder(k.admin, public.GUID, top, "for "+who.name)
		for _, c := range folderCalls {
			if c.name == "RestoreFolder" && who.s.Whoami().Role == object.RoleUser {
				continue // what is not deleted is not there to be restored
			}
			if err := c.call(k.Context(), who.s, public.GUID, top, folder); mapi.CodeOf(err) != who.want {
				k.Errorf("%s as %s: %v, want %v", c.name, who.name, err, who.want)
			}
		}
	}
}

// publicFolderLimits: the folders of mailboxes, and of a public store that is
// one no more, are not theirs; nor is what is no folder.
func publicFolderLimits(k *kit) {
	public, m := k.public(""), k.mailbox()
	top := public.SpecialFolder(object.KindRoot)
	folder := k.newFolder(k.admin, public.GUID, top, "a")
	try := func(what string, store mapi.GUID, top, folder mapi.ID) {
		for _, c := range folderCalls {
			if err := c.call(k.Context(), k.admin, store, top, folder); mapi.CodeOf(err) != mapi.NoAccess {
				k.Errorf("%s in %s: %v", c.name, what, err)
			}
		}
	}
	try("a mailbox", m.guid, m.store.SpecialFolder(object.KindRoot), m.folder(0, "theirs"))
	ctx := k.Context()
	for what, call := range map[string]func() error{
		"save a message": func() error {
			_, err := k.admin.SaveMessages(ctx, object.SaveMessagesRequest{Store: public.GUID, Folder: folder, Messages: []object.NewMessage{plain("mine")}})
			return err
		},
		"delete messages": func() error {
			_, err := k.admin.DeleteMessages(ctx, object.DeleteMessagesRequest{Store: public.GUID, Folder: folder, UIDs: everything()})
			return err
		},
		"make a search folder": func() error {
			_, err := k.admin.CreateFolders(ctx, object.CreateFoldersRequest{Store: public.GUID, Folders: []object.NewFolder{{Parent: top, Name: "s", Search: true}}})
			return err
		},
		"set up a search folder": func() error {
			_, err := k.admin.SetSearchCriteria(ctx, object.SetSearchCriteriaRequest{Store: public.GUID, Folder: folder, Criteria: object.SearchCriteria{Scope: []mapi.ID{folder}}})
			return err
		},
		"copy a folder": func() error {
			_, err := collect(k.admin.CopyFolder(ctx, object.CopyFolderRequest{Store: public.GUID, Folder: folder, ToParent: top, Name: "b"}))
			return err
		},
		"move a folder in": func() error {
			_, err := collect(k.admin.CopyFolder(ctx, object.CopyFolderRequest{Store: m.guid, Folder: m.folder(0, "a"), ToStore: public.GUID, ToParent: top, Move: true}))
			return err
		},
	} {
		if err := call(); mapi.CodeOf(err) != mapi.NoAccess {
			k.Errorf("%s: %v", what, err)
		}
	}
	_, err := k.admin.UnhookStore(ctx, object.UnhookStoreRequest{GUID: public.GUID})
	k.ok(err)
	try("an orphan", public.GUID, top, folder)
	_, err = k.admin.RemoveStore(ctx, object.RemoveStoreRequest{GUID: public.GUID})
	k.ok(err)
}
