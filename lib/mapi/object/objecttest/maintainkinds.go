// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"bytes"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// load loads a dump.
func (k *kit) load(req object.LoadRequest, stream []byte) object.LoadResponse {
	k.Helper()
	got, err := k.admin.Load(k.Context(), req, bytes.NewReader(stream))
	k.ok(err)
	return got
}

// maintainSearch is about search folders, which hold copies.
func maintainSearch(k *kit) {
	m := k.mailbox()
	m.save(m.inbox, plain("red 1"), m.withBlob("red 2", 5000), plain("blue 3"))
	id := m.searchFolder("red")
	m.searchFor(id, object.SearchCriteria{Scope: []mapi.ID{m.inbox}, Where: ofSubject("red")})
	st, err := k.admin.StoreStatistics(k.Context(), object.StoreStatisticsRequest{Store: m.guid, Top: 9})
	k.ok(err)
	equal(k, "messages", st.Messages, 3)
	equal(k, "references", st.BlobRefs, 1)
	equal(k, "content", st.Content, m.describe().Size)
	equal(k, "folders with messages", len(st.Folders), 1)
	k.fails(k.dumpError(k.admin, object.DumpRequest{Store: m.guid, Folder: id}), mapi.InvalidObject)

	stream := k.dump(object.DumpRequest{Store: m.guid})
	as := mapi.NewGUID()
	equal(k, "messages loaded", k.load(object.LoadRequest{As: as}, stream).Messages, 3)
	n := m.as(as)
	same(k, "what is found", n.found(id), []string{"red 1", "red 2"})
	same(k, "its UIDs", n.uids(id), m.uids(id))
	k.sound(as)

	m.discard(m.inbox, one(1))
	same(k, "what is found, of less", m.found(id), []string{"red 2"})
	m.save(m.inbox, plain("red 4"))
	increment := k.dump(object.DumpRequest{Store: m.guid, Since: n.describe().Change})
	k.load(object.LoadRequest{Store: as, Continue: true}, increment)
	same(k, "what is found later", n.found(id), []string{"red 2", "red 4"})
	k.sound(as)

	to := k.mailbox()
	got := k.load(object.LoadRequest{Store: to.guid, Folder: to.inbox}, stream)
	equal(k, "messages below a folder", got.Messages, 3)
	for _, r := range to.hierarchy(0) {
		if r.name == "red" {
			k.Error("a search folder was loaded below a folder")
		}
	}
	mine := to.searchFolder("mine")
	_, err = k.admin.Load(k.Context(), object.LoadRequest{Store: to.guid, Folder: mine}, bytes.NewReader(stream))
	k.fails(err, mapi.InvalidObject)
	k.sound(to.guid)
}

// maintainDeleted is about what is soft-deleted, and associated.
func maintainDeleted(k *kit) {
	m := k.mailbox()
	m.save(m.inbox, plain("1"), plain("2"), plain("3"))
	m.saveAssociated(m.inbox, plain("view"))
	gone := m.folder(0, "gone")
	m.fill(gone, 2)
	m.discard(m.inbox, one(1))
	_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: gone, Messages: true, Subfolders: true, Soft: true})
	k.ok(err)
	st, err := k.admin.StoreStatistics(k.Context(), object.StoreStatisticsRequest{Store: m.guid, Top: 9})
	k.ok(err)
	equal(k, "messages", st.Messages, 2)
	equal(k, "associated", st.Associated, 1)
	equal(k, "soft-deleted", st.Deleted, 3)
	equal(k, "soft-deleted content", st.DeletedContent, m.describe().Deleted)

	stream := k.dump(object.DumpRequest{Store: m.guid})
	as := mapi.NewGUID()
	k.load(object.LoadRequest{As: as}, stream)
	n := m.as(as)
	same(k, "the soft-deleted", n.inTable(object.TableSoftDeleted, m.inbox), []mapi.UID{1})
	same(k, "the associated", n.inTable(object.TableAssociated, m.inbox), []mapi.UID{4})
	equal(k, "soft-deleted folders", len(n.softDeletedFolders()), 1)
	k.sound(as)
	purged, err := k.admin.PurgeDeleted(k.Context(), object.PurgeDeletedRequest{Store: as, Before: time.Now().Add(time.Hour)})
	k.ok(err)
	equal(k, "what is purged", purged, object.PurgeDeletedResponse{Messages: 3, Folders: 1, Bytes: st.DeletedContent})
	k.sound(as)

	to := k.mailbox()
	for _, first := range []bool{true, false} {
		got := k.load(object.LoadRequest{Store: to.guid, Folder: to.inbox}, k.dump(object.DumpRequest{Store: m.guid, Folder: m.inbox}))
		if first && got.Messages != 3 || !first && got.Skipped != 3 {
			k.Errorf("loaded %+v", got)
		}
	}
	below := to.below(to.inbox, m.nameOf(m.inbox))
	equal(k, "messages below a folder", len(to.uids(below)), 2)
	equal(k, "associated ones", len(to.inTable(object.TableAssociated, below)), 1)
	k.load(object.LoadRequest{Store: to.guid, Folder: to.folder(0, "all")}, stream)
	equal(k, "all messages", to.describe().Messages, 4)
	k.sound(to.guid)
}

// nameOf is a folder's name.
func (m *mailbox) nameOf(folder mapi.ID) string {
	m.Helper()
	row, _ := m.row(folder)
	return row.name
}

// maintainNames is about named properties, whose ids are each mailbox's own.
func maintainNames(k *kit) {
	m, to := k.mailbox(), k.mailbox()
	to.ids(true, text("one of its own"), text("another"))
	t := mapi.NewTag(m.ids(true, text("colour"))[0], mapi.PtypString)
	msg := plain("named")
	msg.Props.Set(t, mapi.String("green"))
	m.save(m.inbox, msg)
	for range 2 {
		k.load(object.LoadRequest{Store: to.guid, Folder: to.inbox}, k.dump(object.DumpRequest{Store: m.guid}))
	}
	ids := to.ids(false, text("colour"))
	if ids[0] == 0 || ids[0] == t.ID() {
		k.Fatalf("the id is %x, there it is %x", ids[0], t.ID())
	}
	there := to.below(to.inbox, m.nameOf(m.inbox))
	_, items := to.changes(there, 0)
	equal(k, "messages", len(items), 1)
	got := to.get(nil, items[0].ID)
	equal(k, "the property", got[0].Props.Text(mapi.NewTag(ids[0], mapi.PtypString)), "green")
}

// maintainQueue is about what waits to be sent in a mailbox that is loaded: it
// waits on until the mailbox is somebody's.
func maintainQueue(k *kit) {
	m := k.mailbox()
	k.ok(m.submit(m.outbox("out").ID))
	as := mapi.NewGUID()
	k.load(object.LoadRequest{As: as}, k.dump(object.DumpRequest{Store: m.guid}))
	queued := func() (n int) {
		for _, e := range all(k, k.role(object.RoleSpool).Outgoing(k.Context(), object.OutgoingRequest{})) {
			if e.Store == as {
				n++
			}
		}
		return n
	}
	equal(k, "what the orphan sends", queued(), 0)
	_, err := k.admin.UnhookStore(k.Context(), object.UnhookStoreRequest{GUID: m.guid})
	k.ok(err)
	_, err = k.admin.HookStore(k.Context(), object.HookStoreRequest{GUID: as, Kind: object.StorePrivate, User: m.user.Name})
	k.ok(err)
	equal(k, "what it sends as a user's", queued(), 1)
}
