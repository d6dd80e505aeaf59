// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"context"
	"fmt"
	"slices"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func ownershipCases() []testCase {
	return []testCase{
		{"the public store", ownPublic},
		{"everybody uses the public store", ownPublicUse},
		{"an orphan is copied to the public store", ownCopy},
		{"a user's archive", ownArchive},
		{"a mailbox changes hands", ownHook},
		{"what cannot be created or hooked", ownFails},
		{"owners are the administrator's business", ownAccess},
		{"mailboxes of rooms and groups of people", ownKinds},
		{"the table of stores", ownTable},
	}
}

// public makes the public store; it is gone with the case.
func (k *kit) public(language string) object.Store {
	k.Helper()
	st, err := k.admin.CreateStore(k.Context(), object.CreateStoreRequest{Kind: object.StorePublic, Language: language})
	k.ok(err)
	k.Cleanup(func() { k.noPublic() })
	return st
}

// noPublic removes the public store.
func (k *kit) noPublic() {
	ctx := context.WithoutCancel(k.Context()) // that of the test ends before its cleanups
	st, err := k.admin.GetStore(ctx, object.GetStoreRequest{Public: true})
	if mapi.CodeOf(err) == mapi.NotFound {
		return
	}
	if err == nil {
		_, err = k.admin.UnhookStore(ctx, object.UnhookStoreRequest{GUID: st.GUID})
	}
	if err == nil {
		_, err = k.admin.RemoveStore(ctx, object.RemoveStoreRequest{GUID: st.GUID})
	}
	if err != nil {
		k.Errorf("remove public store: %v", err)
	}
}

// rowsOf queries a table.
func (k *kit) rowsOf(s object.Session, req object.QueryRequest) []mapi.Props {
	k.Helper()
	var out []mapi.Props
	for b, err := range s.Query(k.Context(), req) {
		k.ok(err)
		out = append(out, slices.Clone(b).Props())
	}
	return out
}

func ownPublic(k *kit) {
	_, err := k.admin.GetStore(k.Context(), object.GetStoreRequest{Public: true})
	k.fails(err, mapi.NotFound)
	st := k.public("de")
	equal(k, "the kind", st.Kind, object.StorePublic)
	equal(k, "the language", st.Language, "de")
	equal(k, "the owner", st.Owner, "")
	equal(k, "that it is an orphan", st.Orphan, false)
	if st.SpecialFolder(object.KindRoot) == 0 || st.SpecialFolder(object.KindInbox) != 0 || st.Limits.Hard >= 0 {
		k.Errorf("the public store is %+v", st)
	}
	got, err := k.admin.GetStore(k.Context(), object.GetStoreRequest{Public: true})
	k.ok(err)
	equal(k, "the public store", got.GUID, st.GUID)
	_, err = k.admin.CreateStore(k.Context(), object.CreateStoreRequest{Kind: object.StorePublic})
	k.fails(err, mapi.AlreadyExists)
	_, err = k.admin.RemoveStore(k.Context(), object.RemoveStoreRequest{GUID: st.GUID})
	k.fails(err, mapi.InvalidObject)
	equal(k, "the public store is among the orphans", k.isOrphan(st.GUID), false)
	orphan := k.orphan()
	_, err = k.admin.HookStore(k.Context(), object.HookStoreRequest{GUID: orphan, Kind: object.StorePublic})
	k.fails(err, mapi.AlreadyExists)

	_, err = k.admin.UnhookStore(k.Context(), object.UnhookStoreRequest{GUID: st.GUID})
	k.ok(err)
	equal(k, "the former public store is among the orphans", k.isOrphan(st.GUID), true)
	_, err = k.admin.GetStore(k.Context(), object.GetStoreRequest{Public: true})
	k.fails(err, mapi.NotFound)
	got, err = k.admin.HookStore(k.Context(), object.HookStoreRequest{GUID: st.GUID, Kind: object.StorePublic})
	k.ok(err)
	equal(k, "that it is an orphan", got.Orphan, false)
	got, err = k.admin.GetStore(k.Context(), object.GetStoreRequest{Public: true})
	k.ok(err)
	equal(k, "the public store", got.GUID, st.GUID)
}

func ownPublicUse(k *kit) {
	public := k.public("")
	a, b := k.mailbox(), k.mailbox()
	top := public.SpecialFolder(object.KindRoot)
	for _, m := range []*mailbox{a, b} {
		st, err := m.s.GetStore(k.Context(), object.GetStoreRequest{Public: true})
		k.ok(err)
		m.store, m.guid = st, st.GUID
	}
	msg := a.save(top, plain("for all"))[0]
	equal(k, "what others read", string(b.content(msg.ID)), "Subject: for all\r\n\r\nbody of for all\r\n")
	del := object.DeleteMessagesRequest{Store: public.GUID, Folder: top, UIDs: everything()}
	_, err := b.s.DeleteMessages(k.Context(), del)
	k.fails(err, mapi.NoAccess)
	_, err = a.s.DeleteMessages(k.Context(), del)
	k.ok(err)
	_, err = a.s.CreateFolders(k.Context(), object.CreateFoldersRequest{Store: public.GUID, Folders: []object.NewFolder{{Parent: top, Name: "mine"}}})
	k.fails(err, mapi.NoAccess)
	k.fails(a.setStoreProps(a.s, mapi.Props{{Tag: tag.Comment, Value: mapi.String("mine")}}), mapi.NoAccess)
	k.ok(a.setStoreProps(k.admin, mapi.Props{{Tag: tag.Comment, Value: mapi.String("secret")}}))
	p := a.storeProps(a.s)
	if _, secret := p.Get(tag.Comment); secret || p.Text(tag.DisplayName) == "" || mapi.StoreSupport(p.Int(tag.StoreSupportMask))&mapi.SupportPublicFolders == 0 {
		k.Errorf("everybody sees %+v", p)
	}
	_, err = a.s.GetRules(k.Context(), object.GetRulesRequest{Store: public.GUID, Folder: top})
	k.fails(err, mapi.NoAccess)
	_, err = a.s.SetReceiveFolder(k.Context(), object.SetReceiveFolderRequest{Store: public.GUID, Class: "IPM.X", Folder: top})
	k.fails(err, mapi.NoAccess)
	if ids := a.ids(true, text("everybody's")); ids[0] != b.ids(false, text("everybody's"))[0] {
		k.Errorf("the name has the ids %x", ids)
	}
}

// orphan makes a mailbox whose user is gone.
func (k *kit) orphan() mapi.GUID {
	k.Helper()
	u := k.newUser()
	_, err := k.admin.DeleteUser(k.Context(), object.DeleteUserRequest{Name: u.Name})
	k.ok(err)
	return u.Store
}

func ownCopy(k *kit) {
	m := k.mailbox()
	folder := m.folder(m.inbox, "below")
	m.fill(m.inbox, 3)
	word := mapi.Name{Set: tag.SetPublicStrings.GUID(), Text: "Word"}
	ids, err := m.s.NamesToIDs(k.Context(), object.NamesToIDsRequest{Names: []mapi.Name{{Set: word.Set, Text: "other"}, word}, Create: true})
	k.ok(err)
	named := mapi.NewTag(ids.IDs[1], mapi.PtypString)
	msg := plain("named")
	msg.Props.Set(named, mapi.String("kept"))
	msg.Flags = object.FlagSeen
	m.save(folder, msg)
	copyTo := func(name string) ([]object.Progress, error) {
		return collect(k.admin.CopyToPublic(k.Context(), object.CopyToPublicRequest{GUID: m.guid, Name: name}))
	}
	_, err = copyTo("x")
	k.fails(err, mapi.InvalidObject)
	_, err = k.admin.DeleteUser(k.Context(), object.DeleteUserRequest{Name: m.user.Name})
	k.ok(err)
	_, err = copyTo("x")
	k.fails(err, mapi.NotFound)
	public := k.public("")
	_, err = collect(k.admin.CopyToPublic(k.Context(), object.CopyToPublicRequest{GUID: mapi.GUID{1}}))
	k.fails(err, mapi.NotFound)
	steps, err := copyTo("copied")
	k.ok(err)
	if len(steps) == 0 || steps[len(steps)-1] != (object.Progress{Done: 4, Total: 4}) {
		k.Fatalf("the progress is %+v", steps)
	}
	_, err = copyTo("Copied")
	k.fails(err, mapi.AlreadyExists)

	p := &mailbox{kit: k, s: k.admin, store: public, guid: public.GUID}
	rows := map[string]folderRow{}
	for _, r := range p.hierarchy(0) {
		rows[r.name] = r
	}
	inbox, below := rows["Inbox"], rows["below"]
	if rows["copied"].parent != public.SpecialFolder(object.KindRoot) || inbox.parent != rows["copied"].id || below.parent != inbox.id || inbox.kind != object.KindGeneric {
		k.Fatalf("the folders are %+v", rows)
	}
	equal(k, "the messages in the Inbox", p.state(inbox.id).Messages, 3)
	equal(k, "the unread ones below", p.state(below.id).Unread, 0)
	_, items := p.changes(below.id, 0)
	equal(k, "the content", string(p.content(items[0].ID)), "Subject: named\r\n\r\nbody of named\r\n")
	ids, err = k.admin.NamesToIDs(k.Context(), object.NamesToIDsRequest{Store: public.GUID, Names: []mapi.Name{word}})
	k.ok(err)
	if ids.IDs[0] == 0 || ids.IDs[0] == named.ID() {
		k.Fatalf("the named property is 0x%04x there and 0x%04x here", ids.IDs[0], named.ID())
	}
	equal(k, "the named property", p.get(nil, items[0].ID)[0].Props.Text(mapi.NewTag(ids.IDs[0], mapi.PtypString)), "kept")
	for _, problem := range all(k, k.admin.Check(k.Context(), object.CheckRequest{Store: public.GUID, Blobs: true})) {
		k.Errorf("check finds %+v", problem)
	}
}

func ownArchive(k *kit) {
	m := k.mailbox(func(u *directory.User) { u.Language, u.Quota = "de", directory.Quota{Hard: 100} })
	st, err := k.admin.CreateStore(k.Context(), object.CreateStoreRequest{Kind: object.StoreArchive, Owner: m.user.Name})
	k.ok(err)
	equal(k, "the kind", st.Kind, object.StoreArchive)
	equal(k, "the owner", st.Owner, m.user.Name)
	equal(k, "the language", st.Language, "de")
	if st.Limits.Hard >= 0 || st.SpecialFolder(object.KindRoot) == 0 || st.SpecialFolder(object.KindDeletedItems) == 0 {
		k.Errorf("the archive is %+v", st)
	}
	own, err := m.s.GetStore(k.Context(), object.GetStoreRequest{GUID: st.GUID})
	k.ok(err)
	archive := &mailbox{kit: k, s: m.s, store: own, guid: own.GUID}
	archive.save(archive.folder(0, "old mail"), plain("beyond the quota of the mailbox"), plain("put away"))
	_, err = k.mailbox().s.GetStore(k.Context(), object.GetStoreRequest{GUID: st.GUID})
	k.fails(err, mapi.NoAccess)
	u, err := k.admin.GetUser(k.Context(), object.GetUserRequest{Name: m.user.Name})
	k.ok(err)
	equal(k, "the user's archive", u.Archive, st.GUID)
	equal(k, "the user's mailbox", u.Store, m.guid)
	_, err = k.admin.CreateStore(k.Context(), object.CreateStoreRequest{Kind: object.StoreArchive, Owner: m.user.Name})
	k.fails(err, mapi.AlreadyExists)
	_, err = k.admin.RemoveStore(k.Context(), object.RemoveStoreRequest{GUID: st.GUID})
	k.fails(err, mapi.InvalidObject)
	equal(k, "the archive is among the orphans", k.isOrphan(st.GUID), false)
	_, err = k.admin.UnhookStore(k.Context(), object.UnhookStoreRequest{GUID: st.GUID})
	k.ok(err)
	equal(k, "the former archive is among the orphans", k.isOrphan(st.GUID), true)
	heir := k.newUser()
	st, err = k.admin.HookStore(k.Context(), object.HookStoreRequest{GUID: st.GUID, Kind: object.StoreArchive, User: heir.Name})
	k.ok(err)
	equal(k, "the new owner", st.Owner, heir.Name)
	_, err = k.admin.DeleteUser(k.Context(), object.DeleteUserRequest{Name: heir.Name, Purge: true})
	k.ok(err)
	_, err = k.admin.GetStore(k.Context(), object.GetStoreRequest{GUID: st.GUID})
	k.fails(err, mapi.NotFound)
}

func ownHook(k *kit) {
	m := k.mailbox()
	saved := m.save(m.inbox, plain("kept"))[0]
	_, err := k.admin.UnhookStore(k.Context(), object.UnhookStoreRequest{GUID: m.guid})
	k.ok(err)
	_, err = m.s.GetStore(k.Context(), object.GetStoreRequest{})
	k.fails(err, mapi.EndOfSession)
	_, err = k.admin.UnhookStore(k.Context(), object.UnhookStoreRequest{GUID: m.guid})
	k.fails(err, mapi.InvalidObject)
	equal(k, "the mailbox is among the orphans", k.isOrphan(m.guid), true)
	for _, st := range all(k, k.admin.ListStores(k.Context(), object.ListStoresRequest{Orphans: true})) {
		if st.GUID == m.guid && (st.Size <= 0 || st.OwnerID != m.user.ID || !st.Orphan) {
			k.Errorf("the orphan is %+v", st)
		}
	}
	u, err := k.admin.GetUser(k.Context(), object.GetUserRequest{Name: m.user.Name})
	k.ok(err)
	equal(k, "the mailbox of the user", u.Store, mapi.GUID{})
	other := k.newUser()
	_, err = k.admin.HookStore(k.Context(), object.HookStoreRequest{GUID: m.guid, Kind: object.StorePrivate, User: other.Name})
	k.fails(err, mapi.AlreadyExists)
	_, err = k.admin.HookStore(k.Context(), object.HookStoreRequest{GUID: other.Store, Kind: object.StorePrivate, User: m.user.Name})
	k.fails(err, mapi.InvalidObject)
	st, err := k.admin.HookStore(k.Context(), object.HookStoreRequest{GUID: m.guid, Kind: object.StorePrivate, User: m.user.Name})
	k.ok(err)
	equal(k, "the owner", st.Owner, m.user.Name)
	m.s = k.logon(m.user)
	equal(k, "the content", string(m.content(saved.ID)), "Subject: kept\r\n\r\nbody of kept\r\n")
}

func ownFails(k *kit) {
	u := k.newUser()
	orphan := k.orphan()
	for name, tc := range map[string]struct {
		req  object.CreateStoreRequest
		want mapi.Code
	}{
		"no kind":                     {object.CreateStoreRequest{}, mapi.InvalidParameter},
		"an unknown kind":             {object.CreateStoreRequest{Kind: 9, Owner: u.Name}, mapi.InvalidParameter},
		"a user's second mailbox":     {object.CreateStoreRequest{Kind: object.StorePrivate, Owner: u.Name}, mapi.AlreadyExists},
		"an archive of nobody's":      {object.CreateStoreRequest{Kind: object.StoreArchive}, mapi.InvalidParameter},
		"an archive of somebody gone": {object.CreateStoreRequest{Kind: object.StoreArchive, Owner: "nobody"}, mapi.NotFound},
		"a public store of somebody":  {object.CreateStoreRequest{Kind: object.StorePublic, Owner: u.Name}, mapi.InvalidParameter},
	} {
		_, err := k.admin.CreateStore(k.Context(), tc.req)
		if mapi.CodeOf(err) != tc.want {
			k.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	for name, tc := range map[string]struct {
		req  object.HookStoreRequest
		want mapi.Code
	}{
		"no kind":             {object.HookStoreRequest{GUID: orphan, User: u.Name}, mapi.InvalidParameter},
		"no user":             {object.HookStoreRequest{GUID: orphan, Kind: object.StorePrivate}, mapi.InvalidParameter},
		"a user who is gone":  {object.HookStoreRequest{GUID: orphan, Kind: object.StorePrivate, User: "nobody"}, mapi.NotFound},
		"no store":            {object.HookStoreRequest{Kind: object.StorePublic}, mapi.NotFound},
		"a store that's gone": {object.HookStoreRequest{GUID: mapi.GUID{1}, Kind: object.StorePublic}, mapi.NotFound},
	} {
		_, err := k.admin.HookStore(k.Context(), tc.req)
		if mapi.CodeOf(err) != tc.want {
			k.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	_, err := k.admin.UnhookStore(k.Context(), object.UnhookStoreRequest{GUID: mapi.GUID{1}})
	k.fails(err, mapi.NotFound)
	_, err = k.admin.CreateUser(k.Context(), object.CreateUserRequest{User: directory.User{Name: "takes-" + u.Name}, Store: u.Store})
	k.fails(err, mapi.InvalidObject)
	equal(k, "the orphan is still one", k.isOrphan(orphan), true)
}

func ownAccess(k *kit) {
	m := k.mailbox()
	for _, s := range []object.Session{m.s, k.role(object.RoleMonitor), k.role(object.RoleArchive), k.role(object.RoleDelivery)} {
		_, err := s.CreateStore(k.Context(), object.CreateStoreRequest{Kind: object.StorePublic})
		k.fails(err, mapi.NoAccess)
		_, err = s.HookStore(k.Context(), object.HookStoreRequest{GUID: m.guid, Kind: object.StorePublic})
		k.fails(err, mapi.NoAccess)
		_, err = s.UnhookStore(k.Context(), object.UnhookStoreRequest{GUID: m.guid})
		k.fails(err, mapi.NoAccess)
		_, err = collect(s.CopyToPublic(k.Context(), object.CopyToPublicRequest{GUID: m.guid}))
		k.fails(err, mapi.NoAccess)
	}
}

func ownKinds(k *kit) {
	for _, kind := range []directory.Kind{directory.KindShared, directory.KindRoom, directory.KindEquipment} {
		u, err := k.admin.CreateUser(k.Context(), object.CreateUserRequest{User: directory.User{Name: fmt.Sprintf("%s%d", kind, k.users.Add(1)), Kind: kind}})
		k.ok(err)
		st, err := k.admin.GetStore(k.Context(), object.GetStoreRequest{User: u.Name})
		k.ok(err)
		if st.Owner != u.Name || st.Kind != object.StorePrivate || st.SpecialFolder(object.KindCalendar) == 0 {
			k.Errorf("the mailbox of a %s is %+v", kind, st)
		}
	}
}

func ownTable(k *kit) {
	m := k.mailbox(func(u *directory.User) { u.Quota = directory.Quota{Warn: 2 << 20} })
	m.fill(m.inbox, 2)
	orphan := k.orphan()
	req := object.QueryRequest{Table: object.TableStores, Columns: []mapi.PropTag{tag.TwigaStore, tag.TwigaStoreKind, tag.TwigaStoreOwner,
		tag.TwigaStoreOrphan, tag.MailboxOwnerName, tag.MessageSizeExtended, tag.ContentCount, tag.StorageQuotaLimit}}
	for _, s := range []object.Session{k.admin, k.role(object.RoleMonitor)} {
		seen := map[mapi.GUID]mapi.Props{}
		for _, p := range k.rowsOf(s, req) {
			v, _ := p.Get(tag.TwigaStore)
			seen[v.GUID()] = p
		}
		p := seen[m.guid]
		owner, _ := p.Get(tag.TwigaStoreOwner)
		if p.Int(tag.TwigaStoreKind) != int64(object.StorePrivate) || owner.GUID() != m.user.ID || p.Text(tag.MailboxOwnerName) != m.user.Name ||
			p.Int(tag.ContentCount) != 2 || p.Int(tag.MessageSizeExtended) <= 0 || p.Int(tag.StorageQuotaLimit) != 2<<10 {
			k.Errorf("the row of the mailbox is %+v", p)
		}
		if v, _ := seen[orphan].Get(tag.TwigaStoreOrphan); !v.Bool() {
			k.Errorf("the row of the orphan is %+v", seen[orphan])
		}
	}
	for _, s := range []object.Session{m.s, k.role(object.RoleIndex)} {
		_, err := collect(s.Query(k.Context(), req))
		k.fails(err, mapi.NoAccess)
	}
}
