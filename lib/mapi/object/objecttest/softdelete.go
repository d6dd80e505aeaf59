// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"strings"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func softDeleteCases() []testCase {
	return []testCase{
		{"a soft-deleted message is out of sight, and comes back", softDeleteMessages},
		{"what is soft-deleted does not count for the quota", softDeleteQuota},
		{"a soft-deleted message is no more in the queue", softDeleteQueued},
		{"a soft-deleted message is copied and deleted for good", softDeleteAgain},
		{"a soft-deleted folder is out of sight, and comes back", softDeleteFolder},
		{"a folder that cannot come back", softDeleteFolderFails},
		{"what is soft-deleted is purged", softDeletePurge},
		{"folders are emptied", emptyFolder},
	}
}

// discard soft-deletes messages.
func (m *mailbox) discard(folder mapi.ID, uids []mapi.UIDRange) object.DeleteMessagesResponse {
	m.Helper()
	resp, err := m.s.DeleteMessages(m.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: folder, UIDs: uids, Soft: true})
	m.ok(err)
	return resp
}

// inTable are the UIDs of a folder's messages in one of its tables.
func (m *mailbox) inTable(table object.TableKind, folder mapi.ID) []mapi.UID {
	m.Helper()
	var out []mapi.UID
	for _, b := range bags(m.kit, m.s.Query(m.Context(), object.QueryRequest{Store: m.guid, Table: table, Folder: folder, Columns: []mapi.PropTag{tag.InternetArticleNumber}})) {
		out = append(out, mapi.UID(b.Int(tag.InternetArticleNumber)))
	}
	return out
}

// describe is the store as it is now.
func (m *mailbox) describe() object.Store {
	m.Helper()
	st, err := m.s.GetStore(m.Context(), object.GetStoreRequest{GUID: m.guid})
	m.ok(err)
	return st
}

func softDeleteMessages(k *kit) {
	m := k.mailbox()
	saved := m.fill(m.inbox, 4)
	m.setFlags(one(2), object.FlagsAdd, object.FlagSeen, "word")
	since := m.state(m.inbox).Change
	size := m.describe().Size
	resp := m.discard(m.inbox, []mapi.UIDRange{{First: 2, Last: 3}})
	same(k, "what was removed", resp.UIDs, []mapi.UID{2, 3})
	same(k, "what is left", m.uids(m.inbox), []mapi.UID{1, 4})
	same(k, "the contents", m.inTable(object.TableContents, m.inbox), []mapi.UID{1, 4})
	same(k, "the soft-deleted", m.inTable(object.TableSoftDeleted, m.inbox), []mapi.UID{2, 3})
	for _, b := range bags(k, m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableSoftDeleted, Folder: m.inbox, Columns: []mapi.PropTag{tag.DeletedOn}})) {
		if v, _ := b.Get(tag.DeletedOn); time.Since(v.Time()) > time.Hour {
			k.Errorf("deleted on %v", v)
		}
	}
	state, items := m.changes(m.inbox, since)
	equal(k, "the number of tombstones", len(items), 2)
	equal(k, "the tombstone", items[0].Kind, object.ChangeGone)
	equal(k, "the messages", state.Messages, 2)
	equal(k, "the recoverable", state.Recoverable, 2)
	equal(k, "messages found by id", len(m.get(nil, saved[1].ID)), 0)
	st := m.describe()
	equal(k, "both sizes", st.Size+st.Deleted, size)
	_, err := m.s.SetProps(k.Context(), object.SetPropsRequest{Store: m.guid, IDs: []mapi.ID{saved[1].ID}, Set: mapi.Props{{Tag: tag.Subject, Value: mapi.String("x")}}})
	k.ok(err)
	next := plain("x")
	next.ID = saved[1].ID
	_, err = m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: m.inbox, Messages: []object.NewMessage{next}})
	k.fails(err, mapi.NotFound)
	back, err := m.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: m.inbox, UIDs: one(2), Restore: true, Move: true})
	k.ok(err)
	same(k, "the way back", back.Pairs, []object.UIDPair{{From: 2, To: 5}})
	got := m.get(nil, saved[1].ID)
	if len(got) != 1 || got[0].Folder != m.inbox || got[0].Flags != object.FlagSeen || len(got[0].Keywords) != 1 || got[0].Props.Text(tag.Subject) != "message 2" {
		k.Fatalf("the restored message is %+v", got)
	}
	equal(k, "its content", string(m.content(saved[1].ID)), "Subject: message 2\r\n\r\nbody of message 2\r\n")
	equal(k, "the recoverable", m.state(m.inbox).Recoverable, 1)
	_, items = m.changes(m.inbox, state.Change)
	equal(k, "the number of changes", len(items), 1)
}

func softDeleteQuota(k *kit) {
	m := k.mailbox(func(u *directory.User) { u.Quota = directory.Quota{Hard: 20_000} })
	large := object.NewMessage{Content: inline("Subject: large\r\n\r\n" + strings.Repeat("0123456789", 1500))}
	m.save(m.inbox, large)
	m.discard(m.inbox, one(1))
	m.save(m.inbox, large)
	_, err := m.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: m.inbox, UIDs: one(1), Restore: true, Move: true})
	k.fails(err, mapi.QuotaExceeded)
	same(k, "the soft-deleted", m.inTable(object.TableSoftDeleted, m.inbox), []mapi.UID{1})
}

func softDeleteQueued(k *kit) {
	m := k.mailbox()
	msg := m.outbox("queued")
	k.ok(m.submit(msg.ID))
	outbox := m.store.SpecialFolder(object.KindOutbox)
	m.discard(outbox, everything())
	equal(k, "entries of the queue", len(m.queued(m.s, time.Time{})), 0)
	back, err := m.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: outbox, UIDs: everything(), Restore: true, Move: true})
	k.ok(err)
	equal(k, "what comes back", len(back.Pairs), 1)
	equal(k, "it is not submitted", m.get(nil, msg.ID)[0].Flags&object.FlagSubmitted, 0)
	k.ok(m.submit(msg.ID))
}

func softDeleteAgain(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 3)
	m.discard(m.inbox, everything())
	to := m.folder(0, "to")
	req := object.TransferRequest{Store: m.guid, Folder: m.inbox, UIDs: one(1), ToFolder: to, Restore: true}
	copied, err := m.s.Transfer(k.Context(), req)
	k.ok(err)
	same(k, "the copy", copied.Pairs, []object.UIDPair{{From: 1, To: 1}})
	same(k, "the soft-deleted", m.inTable(object.TableSoftDeleted, m.inbox), []mapi.UID{1, 2, 3})
	req.Move = true
	_, err = m.s.Transfer(k.Context(), req)
	k.ok(err)
	same(k, "the restored", m.uids(to), []mapi.UID{1, 2})
	resp, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: one(2), Table: object.TableSoftDeleted, Soft: true})
	k.ok(err)
	same(k, "what was deleted", resp.UIDs, []mapi.UID{2})
	same(k, "the soft-deleted", m.inTable(object.TableSoftDeleted, m.inbox), []mapi.UID{3})
	_, err = m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: one(3), Table: object.TableHierarchy})
	k.fails(err, mapi.InvalidParameter)
}

// softDeletedFolders are the rows of their table.
func (m *mailbox) softDeletedFolders() []folderRow {
	m.Helper()
	var out []folderRow
	for _, b := range bags(m.kit, m.s.Query(m.Context(), object.QueryRequest{Store: m.guid, Table: object.TableSoftDeletedFolders,
		Columns: []mapi.PropTag{tag.FolderId, tag.ParentFolderId, tag.DisplayName, tag.DeletedOn}})) {
		if _, ok := b.Get(tag.DeletedOn); !ok {
			m.Errorf("since when folder %s is deleted is not told", b.Text(tag.DisplayName))
		}
		out = append(out, folderRow{id: mapi.ID(b.Int(tag.FolderId)), parent: mapi.ID(b.Int(tag.ParentFolderId)), name: b.Text(tag.DisplayName)})
	}
	return out
}

func softDeleteFolder(k *kit) {
	m := k.mailbox()
	parent := m.folder(0, "parent")
	top := m.folder(parent, "top")
	below := m.folder(top, "below")
	saved := m.fill(below, 3)
	before := m.state(below)
	folders := len(m.hierarchy(0))
	size := m.describe().Size
	_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: top, Messages: true, Subfolders: true, Soft: true})
	k.ok(err)
	equal(k, "the folders", len(m.hierarchy(0)), folders-2)
	st := m.describe()
	equal(k, "the recoverable folder is shown", st.SpecialFolder(object.KindRecoverable), 0)
	equal(k, "the size", st.Size, 0)
	equal(k, "the soft-deleted bytes", st.Deleted, size)
	equal(k, "the messages", st.Messages, 0)
	states, err := m.s.FolderStates(k.Context(), object.FolderStatesRequest{Store: m.guid})
	k.ok(err)
	equal(k, "the states", len(states.Folders), folders-2)
	equal(k, "messages found by id", len(m.get(nil, saved[0].ID)), 0)
	_, err = m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: below, Messages: []object.NewMessage{plain("x")}})
	k.fails(err, mapi.NotFound)
	_, err = collect(m.s.Changes(k.Context(), object.ChangesRequest{Store: m.guid, Folder: below}))
	k.fails(err, mapi.NotFound)
	list := m.softDeletedFolders()
	if len(list) != 1 || list[0].id != top || list[0].parent != parent || list[0].name != "top" {
		k.Fatalf("the soft-deleted folders are %+v", list)
	}
	other := m.folder(parent, "top")
	_, err = m.s.RestoreFolder(k.Context(), object.RestoreFolderRequest{Store: m.guid, Folder: top})
	k.fails(err, mapi.AlreadyExists)
	k.ok(m.move(other, 0, "other"))
	_, err = m.s.RestoreFolder(k.Context(), object.RestoreFolderRequest{Store: m.guid, Folder: top})
	k.ok(err)
	equal(k, "the state", m.state(below), before)
	equal(k, "messages found by id", len(m.get(nil, saved[0].ID)), 1)
	row, _ := m.row(below)
	equal(k, "the parent", row.parent, top)
	st = m.describe()
	equal(k, "the size", st.Size, size)
	equal(k, "the soft-deleted bytes", st.Deleted, 0)
	equal(k, "soft-deleted folders", len(m.softDeletedFolders()), 0)
}

func softDeleteFolderFails(k *kit) {
	m := k.mailbox()
	parent := m.folder(0, "parent")
	top := m.folder(parent, "top")
	below := m.folder(top, "below")
	restore := func(folder, to mapi.ID) error {
		_, err := m.s.RestoreFolder(k.Context(), object.RestoreFolderRequest{Store: m.guid, Folder: folder, Parent: to})
		return err
	}
	k.fails(restore(top, 0), mapi.NotFound)
	for _, id := range []mapi.ID{top, parent} {
		_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: id, Subfolders: true, Soft: true})
		k.ok(err)
	}
	k.fails(restore(below, 0), mapi.NotFound) // part of another
	k.fails(restore(top, 0), mapi.NotFound)   // its parent is gone
	k.fails(restore(1<<40, 0), mapi.NotFound)
	k.ok(restore(top, m.store.SpecialFolder(object.KindRoot)))
	row, _ := m.row(top)
	equal(k, "the parent", row.parent, m.store.SpecialFolder(object.KindRoot))
	_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: m.inbox, Messages: true, Subfolders: true, Soft: true})
	k.fails(err, mapi.NoAccess)
}

func softDeletePurge(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 3)
	gone := m.folder(0, "gone")
	m.fill(m.folder(gone, "below"), 2)
	_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: gone, Messages: true, Subfolders: true, Soft: true})
	k.ok(err)
	other := m.folder(0, "other")
	m.fill(other, 1)
	m.discard(other, everything())
	m.discard(m.inbox, []mapi.UIDRange{{First: 1, Last: 2}})
	purge := func(s object.Session, folder mapi.ID, before time.Time) object.PurgeDeletedResponse {
		k.Helper()
		resp, err := s.PurgeDeleted(k.Context(), object.PurgeDeletedRequest{Store: m.guid, Folder: folder, Before: before})
		k.ok(err)
		return resp
	}
	equal(k, "what is older than an hour", purge(m.s, 0, time.Now().Add(-time.Hour)), object.PurgeDeletedResponse{})
	one := purge(m.s, other, time.Now().Add(time.Hour))
	equal(k, "what was purged", one.Messages, 1)
	same(k, "the soft-deleted", m.inTable(object.TableSoftDeleted, m.inbox), []mapi.UID{1, 2})
	deleted := m.describe().Deleted
	all := purge(k.admin, 0, time.Time{})
	equal(k, "what was purged", all, object.PurgeDeletedResponse{Messages: 4, Folders: 2, Bytes: deleted})
	equal(k, "the soft-deleted bytes", m.describe().Deleted, 0)
	equal(k, "the recoverable", m.state(m.inbox).Recoverable, 0)
	equal(k, "the soft-deleted folders", len(m.softDeletedFolders()), 0)
	same(k, "what is left", m.uids(m.inbox), []mapi.UID{3})
	_, err = m.s.PurgeDeleted(k.Context(), object.PurgeDeletedRequest{Store: m.guid, Folder: 1 << 40})
	k.fails(err, mapi.NotFound)
	_, err = k.role(object.RoleDelivery).PurgeDeleted(k.Context(), object.PurgeDeletedRequest{Store: m.guid})
	k.fails(err, mapi.NoAccess)
	for p, err := range k.admin.Check(k.Context(), object.CheckRequest{Store: m.guid}) {
		k.Errorf("check: %+v, %v", p, err)
	}
}

func emptyFolder(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 3)
	below := m.folder(m.inbox, "below")
	m.fill(below, 1)
	m.saveAssociated(m.inbox, plain("view"))
	empty := func(req object.EmptyFolderRequest) {
		k.Helper()
		req.Store, req.Folder = m.guid, m.inbox
		_, err := m.s.EmptyFolder(k.Context(), req)
		k.ok(err)
	}
	since := m.state(m.inbox).Change
	empty(object.EmptyFolderRequest{Soft: true})
	st := m.state(m.inbox)
	equal(k, "the messages", st.Messages, 0)
	equal(k, "the recoverable", st.Recoverable, 3)
	equal(k, "the associated", st.Associated, 1)
	_, items := m.changes(m.inbox, since)
	equal(k, "the tombstones", len(items), 3)
	m.state(below)
	m.fill(m.inbox, 1)
	empty(object.EmptyFolderRequest{Associated: true, Subfolders: true})
	st = m.state(m.inbox)
	equal(k, "the messages", st.Messages, 0)
	equal(k, "the recoverable", st.Recoverable, 3)
	equal(k, "the associated", st.Associated, 0)
	if _, there := m.row(below); there {
		k.Error("the subfolder is there")
	}
	_, err := m.s.EmptyFolder(k.Context(), object.EmptyFolderRequest{Store: m.guid, Folder: 1 << 40})
	k.fails(err, mapi.NotFound)
	_, err = m.s.EmptyFolder(k.Context(), object.EmptyFolderRequest{Store: m.guid, Folder: m.store.SpecialFolder(object.KindSyncIssues), Subfolders: true})
	k.fails(err, mapi.NoAccess)
}
