// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"strings"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// hostileCases are what somebody tries who is let in, to get what is not theirs.
func hostileCases() []testCase {
	return []testCase{
		{"who has no mailbox has no queue", hostileQueue},
		{"what was deleted is for who could delete it", hostileDeleted},
		{"what waits to be sent stays as it was looked at", hostileSubmitted},
		{"an administrator of users takes nobody's place", hostileAdmin},
		{"whoever knows a hash has no content", hostileBlobs},
		{"names that are too long", hostileNames},
		{"properties of folders have bounds", hostileFolderProps},
		{"what is not content counts too", hostileSizes},
		{"a session has so many watches", hostileWatches},
	}
}

func hostileQueue(k *kit) {
	m := k.mailbox()
	k.ok(m.submit(m.outbox("to be sent").ID))
	homeless := k.newUser()
	_, err := k.admin.UnhookStore(k.Context(), object.UnhookStoreRequest{GUID: homeless.Store})
	k.ok(err)
	s := k.logon(homeless)
	if list, err := collect(s.Outgoing(k.Context(), object.OutgoingRequest{})); len(list) > 0 {
		k.Errorf("the queue of others is shown: %+v %v", list, err)
	}
	n := 0
	for range s.Query(k.Context(), object.QueryRequest{Table: object.TableOutgoing, Columns: []mapi.PropTag{tag.Mid}}) {
		n++
	}
	if n > 1 {
		k.Errorf("%d rows of the queue of others", n)
	}
}

func hostileDeleted(k *kit) {
	m, other := k.mailbox(), k.mailbox()
	folder := m.folder(0, "shared")
	m.permit(folder, other.user, rightsAuthor|mapi.RightDeleteOwned)
	gone := m.save(folder, plain("gone"))[0]
	_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: folder, UIDs: one(gone.UID), Soft: true})
	k.ok(err)
	equal(k, "what the owner sees of the deleted", len(m.inTable(object.TableSoftDeleted, folder)), 1)
	req := object.QueryRequest{Store: m.guid, Table: object.TableSoftDeleted, Folder: folder, Columns: []mapi.PropTag{tag.Subject}}
	_, err = collect(other.s.Query(k.Context(), req))
	k.fails(err, mapi.NoAccess)
	_, err = other.s.FindRow(k.Context(), object.FindRowRequest{Query: req})
	k.fails(err, mapi.NoAccess)
	_, err = other.s.Explain(k.Context(), req)
	k.fails(err, mapi.NoAccess)
	req.Folder, req.IDs = 0, []mapi.ID{gone.ID}
	if list, err := collect(other.s.Query(k.Context(), req)); len(list) > 0 {
		k.Errorf("a deleted message by its id: %d rows, %v", len(list), err)
	}
	for _, store := range []mapi.GUID{m.guid, other.guid} {
		to := other.inbox
		if store == m.guid {
			to = folder
		}
		resp, err := other.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: folder, UIDs: one(gone.UID), Restore: true, ToStore: store, ToFolder: to})
		k.fails(err, mapi.NoAccess)
		equal(k, "copies of deleted messages", len(resp.Pairs), 0)
	}
}

func hostileSubmitted(k *kit) {
	m, boss := k.mailbox(), k.newUser()
	id := m.outbox("to be sent").ID
	k.ok(m.submit(id))
	var from mapi.Props
	from.Set(tag.SentRepresentingEmailAddress, mapi.String(boss.Address))
	_, err := m.s.SetProps(k.Context(), object.SetPropsRequest{Store: m.guid, IDs: []mapi.ID{id}, Set: from})
	k.fails(err, mapi.Submitted)
	for _, msg := range m.get([]mapi.PropTag{tag.SentRepresentingEmailAddress}, id) {
		equal(k, "the sender of what was submitted", msg.Props.Text(tag.SentRepresentingEmailAddress), "")
	}
}

func hostileAdmin(k *kit) {
	admin, victim := k.newUser(withLevel(directory.AdminUsers)), k.newUser()
	s, err := k.adminBy(admin)
	k.ok(err)
	_, err = s.CreateUser(k.Context(), object.CreateUserRequest{User: directory.User{Name: "heir-of-" + victim.Name, ID: mapi.NewGUID()}})
	k.fails(err, mapi.NoAccess)
	_, err = s.CreateAppPassword(k.Context(), object.CreateAppPasswordRequest{User: victim.Name, Name: "unseen"})
	k.fails(err, mapi.NoAccess)
}

func hostileBlobs(k *kit) {
	m, other := k.mailbox(), k.mailbox()
	text := strings.Repeat("a secret of "+m.user.Name, 1000)
	id, err := m.s.Upload(k.Context(), object.UploadRequest{Size: -1}, strings.NewReader(text))
	k.ok(err)
	secret := object.NewMessage{Content: []object.Segment{{Blob: id, Size: int64(len(text))}}}
	m.save(m.inbox, secret)
	has, err := other.s.HasBlobs(k.Context(), object.HasBlobsRequest{IDs: []object.BlobID{id}})
	k.ok(err)
	equal(k, "another's blob is there", has.Has[0], false)
	_, err = other.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Folder: other.inbox, Messages: []object.NewMessage{secret}})
	k.fails(err, mapi.NotFound)
	wrong := object.NewMessage{Content: []object.Segment{{Blob: id, Size: 1}}}
	_, err = other.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Folder: other.inbox, Messages: []object.NewMessage{wrong}})
	k.fails(err, mapi.NotFound)
	_, err = other.s.Upload(k.Context(), object.UploadRequest{ID: id, Size: int64(len(text))}, strings.NewReader("a guess"))
	k.fails(err, mapi.InvalidParameter)
	_, err = other.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Folder: other.inbox, Messages: []object.NewMessage{secret}})
	k.fails(err, mapi.NotFound)
	again, err := other.s.Upload(k.Context(), object.UploadRequest{ID: id, Size: -1}, strings.NewReader(text))
	k.ok(err)
	equal(k, "the hash of the same content", again, id)
	saved := other.save(other.inbox, secret)
	equal(k, "content", string(other.content(saved[0].ID)), text)
	has, err = k.role(object.RoleDelivery).HasBlobs(k.Context(), object.HasBlobsRequest{IDs: []object.BlobID{id}})
	k.ok(err)
	equal(k, "the blob is there to delivery", has.Has[0], true)
}

func hostileNames(k *kit) {
	u := k.newUser()
	long := strings.Repeat("x", 10_000)
	for what, req := range map[string]object.LogonRequest{
		"user":    {User: long, Password: password},
		"program": {User: u.Name, Password: password, Program: long},
		"peer":    {User: u.Name, Password: password, Peer: long},
		"service": {User: u.Name, Password: password, Service: long},
	} {
		req.Role = object.RoleUser
		if _, err := k.gateway.Logon(k.Context(), req); err == nil {
			k.Errorf("log on with a %s of %d bytes", what, len(long))
		}
	}
}

func hostileFolderProps(k *kit) {
	m := k.mailbox()
	var set mapi.Props
	set.Set(tag.Comment, mapi.String(strings.Repeat("x", 1<<20)))
	_, err := m.s.SetFolderProps(k.Context(), object.SetFolderPropsRequest{Store: m.guid, Folder: m.inbox, Set: set})
	k.fails(err, mapi.TooBig)
	_, err = m.s.CreateFolders(k.Context(), object.CreateFoldersRequest{Store: m.guid, Folders: []object.NewFolder{{Parent: m.store.SpecialFolder(object.KindRoot), Name: "heavy", Props: set}}})
	k.fails(err, mapi.TooBig)
	_, err = m.s.FolderStates(k.Context(), object.FolderStatesRequest{Store: m.guid, Folders: make([]mapi.ID, object.MaxIDs+1)})
	k.fails(err, mapi.InvalidParameter)
}

func hostileSizes(k *kit) {
	const large = 200_000
	m := k.mailbox(func(u *directory.User) { u.Quota = directory.Quota{Warn: -1, Soft: -1, Hard: large} })
	var heavy mapi.Props
	heavy.Set(tag.Body, mapi.String(strings.Repeat("x", 2*large)))
	small := plain("small")
	id := m.save(m.inbox, small)[0].ID
	_, err := m.s.SetProps(k.Context(), object.SetPropsRequest{Store: m.guid, IDs: []mapi.ID{id}, Set: heavy})
	k.fails(err, mapi.QuotaExceeded)
	withProps := plain("with properties")
	withProps.Props = append(withProps.Props, heavy...)
	withAttachment := plain("with an attachment of its own")
	withAttachment.Attachments = []object.NewAttachment{{Content: inline(strings.Repeat("x", 2*large))}}
	for _, n := range []object.NewMessage{withProps, withAttachment} {
		n.Props = sorted(n.Props)
		_, err := m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: m.inbox, Messages: []object.NewMessage{n}})
		k.fails(err, mapi.QuotaExceeded)
	}
}

// hostileWatches begins watches within each other.
func hostileWatches(k *kit) {
	const enough = 1100
	m := k.mailbox()
	begun, refused := 0, error(nil)
	var begin func()
	begin = func() {
		for e, err := range m.s.Watch(k.Context(), object.WatchRequest{}) {
			if refused = err; err == nil && e.Kind == object.EventStarted && begun < enough {
				begun++
				begin()
			}
			return
		}
	}
	begin()
	k.fails(refused, mapi.NotEnoughResources)
	if begun < 100 {
		return // a transport that keeps those that ended for a while
	}
	for e, err := range m.s.Watch(k.Context(), object.WatchRequest{}) {
		if err != nil || e.Kind != object.EventStarted {
			k.Errorf("a watch after the others ended: %+v %v", e, err)
		}
		return
	}
}
