// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func searchCases() []testCase {
	return []testCase{
		{"a search folder holds what its criteria say", searchFinds},
		{"its rows are those of the messages", searchRows},
		{"its criteria are told", searchCriteria},
		{"what is wrong with criteria", searchErrors},
		{"it holds nothing of its own", searchHolds},
		{"without a parent it lies in the finder", searchFinder},
		{"folders below the scope count, later ones too", searchSubfolders},
		{"a scope may be a search folder", searchNested},
		{"a static one stays as it was filled", searchStatic},
		{"a stopped one stays as it is", searchStop},
		{"what is done through it is done to the messages", searchThrough},
		{"messages go to another store through it", searchAcross},
		{"its changes are told like a folder's", searchChanges},
		{"it is deleted without its messages", searchDelete},
		{"there is a limit", searchLimit},
		{"it is the owner's", searchOwner},
	}
}

// searchFolder makes a search folder in the finder.
func (m *mailbox) searchFolder(name string) mapi.ID {
	m.Helper()
	made, err := m.create(false, object.NewFolder{Name: name, Search: true})
	m.ok(err)
	return made[0].ID
}

// search sets criteria and gives the error back.
func (m *mailbox) search(folder mapi.ID, c object.SearchCriteria) error {
	_, err := m.s.SetSearchCriteria(m.Context(), object.SetSearchCriteriaRequest{Store: m.guid, Folder: folder, Criteria: c})
	return err
}

// criteria are what GetSearchCriteria tells.
func (m *mailbox) criteria(folder mapi.ID) object.GetSearchCriteriaResponse {
	m.Helper()
	resp, err := m.s.GetSearchCriteria(m.Context(), object.GetSearchCriteriaRequest{Store: m.guid, Folder: folder})
	m.ok(err)
	return resp
}

// searchFor sets criteria and waits until the folder is filled.
func (m *mailbox) searchFor(folder mapi.ID, c object.SearchCriteria) {
	m.Helper()
	m.ok(m.search(folder, c))
	m.filled(folder)
}

func (m *mailbox) filled(folder mapi.ID) {
	m.Helper()
	for end := time.Now().Add(watchPatience); m.criteria(folder).State == object.SearchRunning; {
		if time.Now().After(end) {
			m.Fatal("the search folder is not filled")
		}
	}
}

// found are the subjects in a folder, in order of their UIDs.
func (m *mailbox) found(folder mapi.ID) []string {
	m.Helper()
	out := []string{}
	for _, b := range bags(m.kit, m.s.Query(m.Context(), object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: folder,
		Columns: []mapi.PropTag{tag.Subject}})) {
		out = append(out, b.Text(tag.Subject))
	}
	return out
}

// isRead is true for messages that were read.
var isRead = mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1, NonZero: true}

func ofSubject(s string) mapi.Restriction {
	return mapi.Content{Tag: tag.Subject, Match: mapi.Substring | mapi.IgnoreCase, Value: mapi.String(s)}
}

// markOne adds flags or takes them off.
func (m *mailbox) markOne(folder mapi.ID, uid mapi.UID, mode object.FlagMode, flags object.Flags) object.SetFlagsResponse {
	m.Helper()
	resp, err := m.s.SetFlags(m.Context(), object.SetFlagsRequest{Store: m.guid, Folder: folder, UIDs: one(uid), Mode: mode, Flags: flags})
	m.ok(err)
	return resp
}

func searchFinds(k *kit) {
	m := k.mailbox()
	other := m.folder(0, "other")
	m.save(m.inbox, plain("red 1"), plain("blue 2"), plain("Red 3"))
	id := m.searchFolder("red")
	m.searchFor(id, object.SearchCriteria{Scope: []mapi.ID{m.inbox}, Where: mapi.And{ofSubject("red"), mapi.Not{Of: isRead}}})
	same(k, "those there before", m.found(id), []string{"red 1", "Red 3"})
	st := m.state(id)
	equal(k, "the messages", st.Messages, 2)
	equal(k, "the unread", st.Unread, 2)
	equal(k, "the next UID", st.UIDNext, 3)
	m.save(m.inbox, plain("blue 4"), plain("red 5"))
	same(k, "with a new one", m.found(id), []string{"red 1", "Red 3", "red 5"})
	m.markOne(m.inbox, 1, object.FlagsAdd, object.FlagSeen)
	same(k, "without the one read", m.found(id), []string{"Red 3", "red 5"})
	m.markOne(m.inbox, 1, object.FlagsRemove, object.FlagSeen)
	same(k, "with it again", m.found(id), []string{"Red 3", "red 5", "red 1"})
	equal(k, "the next UID", m.state(id).UIDNext, 5)
	blue := m.save(m.inbox, plain("blue 6"))[0].ID
	_, err := m.s.SetProps(k.Context(), object.SetPropsRequest{Store: m.guid, IDs: []mapi.ID{blue}, Set: mapi.Props{{Tag: tag.Subject, Value: mapi.String("red 6")}}})
	k.ok(err)
	same(k, "with one that became red", m.found(id), []string{"Red 3", "red 5", "red 1", "red 6"})
	move := func(from, to mapi.ID, uid mapi.UID) {
		_, err := m.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: from, ToFolder: to, UIDs: one(uid), Move: true})
		k.ok(err)
	}
	move(m.inbox, other, 3)
	same(k, "without one moved away", m.found(id), []string{"red 5", "red 1", "red 6"})
	move(other, m.inbox, 1)
	same(k, "with it moved back", m.found(id), []string{"red 5", "red 1", "red 6", "Red 3"})
	_, err = m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: one(5)})
	k.ok(err)
	same(k, "without one deleted", m.found(id), []string{"red 1", "red 6", "Red 3"})
	m.searchFor(id, object.SearchCriteria{Scope: []mapi.ID{m.inbox}, Where: ofSubject("blue")})
	same(k, "with other criteria", m.found(id), []string{"blue 2", "blue 4"})
}

func searchRows(k *kit) {
	m := k.mailbox()
	saved := m.save(m.inbox, plain("b"), plain("other"), plain("a"))
	made, err := m.create(false, object.NewFolder{Parent: m.store.SpecialFolder(object.KindRoot), Name: "found", Search: true})
	k.ok(err)
	id := made[0].ID
	m.searchFor(id, object.SearchCriteria{Scope: []mapi.ID{m.inbox}, Where: mapi.Not{Of: ofSubject("other")}})
	for _, b := range bags(k, m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableHierarchy, IDs: []mapi.ID{id, m.inbox},
		Columns: []mapi.PropTag{tag.FolderId, tag.FolderType, tag.ContentCount}})) {
		want := map[mapi.ID][2]int64{id: {2, 2}, m.inbox: {1, 3}}[mapi.ID(b.Int(tag.FolderId))] // [MS-OXCFOLD] 2.2.2.2.1.5
		equal(k, "the type of a folder", b.Int(tag.FolderType), want[0])
		equal(k, "its count", b.Int(tag.ContentCount), want[1])
	}
	query := func(req object.QueryRequest) (out [][4]int64) {
		req.Store, req.Table, req.Folder = m.guid, object.TableContents, id
		req.Columns = []mapi.PropTag{tag.Mid, tag.InternetArticleNumber, tag.FolderId, tag.ParentFolderId}
		for _, b := range bags(k, m.s.Query(k.Context(), req)) {
			out = append(out, [4]int64{b.Int(tag.Mid), b.Int(tag.InternetArticleNumber), b.Int(tag.FolderId), b.Int(tag.ParentFolderId)})
		}
		return out
	}
	b := [4]int64{int64(saved[0].ID), 1, int64(id), int64(m.inbox)}
	a := [4]int64{int64(saved[2].ID), 2, int64(id), int64(m.inbox)}
	same(k, "the rows", query(object.QueryRequest{}), [][4]int64{b, a})
	same(k, "the rows sorted", query(object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.Subject}}}), [][4]int64{a, b})
	same(k, "the rows by uid", query(object.QueryRequest{UIDs: one(2)}), [][4]int64{a})
	same(k, "the rows by id", query(object.QueryRequest{IDs: []mapi.ID{saved[1].ID, saved[2].ID}}), [][4]int64{a})
	same(k, "the rows in the inbox", query(object.QueryRequest{Where: mapi.Property{Op: mapi.EQ, Tag: tag.ParentFolderId, Value: mapi.Int64(int64(m.inbox))}}), [][4]int64{b, a})
	msg := m.get(nil, saved[0].ID)[0]
	equal(k, "the message's folder", msg.Folder, m.inbox)
}

func searchCriteria(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 3)
	id := m.searchFolder("x")
	equal(k, "the state before", m.criteria(id).State, object.SearchNone)
	equal(k, "what it holds before", m.state(id).Messages, 0)
	_, err := m.s.SetSearchCriteria(k.Context(), object.SetSearchCriteriaRequest{Store: m.guid, Folder: id, Stop: true})
	k.ok(err)
	equal(k, "the state after a stop of nothing", m.criteria(id).State, object.SearchNone)

	ctx, cancel := context.WithCancel(k.Context())
	defer cancel()
	events := make(chan object.Event, 100)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for e, err := range m.s.Watch(ctx, object.WatchRequest{Events: object.Mask(object.EventSearchComplete)}) {
			if err != nil {
				return
			}
			events <- e
		}
	}()
	wait := func(kind object.EventKind) (e object.Event) {
		for e.Kind != kind {
			select {
			case e = <-events:
			case <-time.After(watchPatience):
				k.Fatal("no event came")
			}
		}
		return e
	}
	wait(object.EventStarted)
	c := object.SearchCriteria{Scope: []mapi.ID{m.inbox, m.store.SpecialFolder(object.KindDrafts)}, Subfolders: true, Where: ofSubject("message 2")}
	k.ok(m.search(id, c))
	equal(k, "the folder that was filled", wait(object.EventSearchComplete).Folder, id)
	cancel()
	<-ended
	got := m.criteria(id)
	same(k, "the scope", got.Criteria.Scope, c.Scope)
	equal(k, "subfolders", got.Criteria.Subfolders, true)
	equal(k, "static", got.Criteria.Static, false)
	equal(k, "the condition", fmt.Sprint(got.Criteria.Where), fmt.Sprint(c.Where))
	equal(k, "the state", got.State, object.SearchComplete)
	equal(k, "how many were looked at", got.Searched, 3)
	equal(k, "of how many", got.Total, 3)
}

func searchErrors(k *kit) {
	m := k.mailbox()
	a, b := m.searchFolder("a"), m.searchFolder("b")
	deep := ofSubject("x")
	for range mapi.MaxRestrictionDepth {
		deep = mapi.Not{Of: deep}
	}
	inbox := []mapi.ID{m.inbox}
	m.searchFor(a, object.SearchCriteria{Scope: inbox})
	m.searchFor(b, object.SearchCriteria{Scope: []mapi.ID{a}})
	for _, tc := range []struct {
		what   string
		folder mapi.ID
		c      object.SearchCriteria
		want   []mapi.Code
	}{
		{"an ordinary folder", m.inbox, object.SearchCriteria{Scope: inbox}, []mapi.Code{mapi.InvalidObject}},
		{"no folder", 1 << 40, object.SearchCriteria{Scope: inbox}, []mapi.Code{mapi.NotFound}},
		{"no scope", a, object.SearchCriteria{}, []mapi.Code{mapi.InvalidParameter}},
		{"a scope that is not there", a, object.SearchCriteria{Scope: []mapi.ID{m.inbox, 1 << 40}}, []mapi.Code{mapi.NotFound}},
		{"itself", a, object.SearchCriteria{Scope: []mapi.ID{a}}, []mapi.Code{mapi.FolderCycle}},
		{"one that searches it", a, object.SearchCriteria{Scope: []mapi.ID{m.inbox, b}}, []mapi.Code{mapi.FolderCycle}},
		{"too many folders", a, object.SearchCriteria{Scope: slices.Repeat(inbox, object.MaxSearchScope+1)}, []mapi.Code{mapi.TooBig}},
		{"a bad pattern", a, object.SearchCriteria{Scope: inbox, Where: mapi.Property{Op: mapi.RE, Tag: tag.Subject, Value: mapi.String("(")}}, []mapi.Code{mapi.InvalidParameter}},
		{"what counts", a, object.SearchCriteria{Scope: inbox, Where: mapi.Count{N: 1, Of: ofSubject("x")}}, []mapi.Code{mapi.NoSupport}},
		{"too deep", a, object.SearchCriteria{Scope: inbox, Where: deep}, []mapi.Code{mapi.TooComplex}},
	} {
		if got := mapi.CodeOf(m.search(tc.folder, tc.c)); !slices.Contains(tc.want, got) {
			k.Errorf("%s: %v, want %v", tc.what, got, tc.want)
		}
	}
	same(k, "the scope that stayed", m.criteria(a).Criteria.Scope, inbox)
	for id, want := range map[mapi.ID]mapi.Code{m.inbox: mapi.InvalidObject, 1 << 40: mapi.NotFound} {
		_, err := m.s.GetSearchCriteria(k.Context(), object.GetSearchCriteriaRequest{Store: m.guid, Folder: id})
		k.fails(err, want)
	}
}

func searchHolds(k *kit) {
	m := k.mailbox()
	id := m.searchFolder("x")
	m.searchFor(id, object.SearchCriteria{Scope: []mapi.ID{m.inbox}})
	saved := m.fill(m.inbox, 1)
	_, err := m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: id, Messages: []object.NewMessage{plain("x")}})
	k.fails(err, mapi.InvalidObject)
	again := plain("y")
	again.ID = saved[0].ID
	_, err = m.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: m.guid, Folder: id, Messages: []object.NewMessage{again}})
	k.fails(err, mapi.InvalidObject)
	for _, from := range []mapi.ID{m.inbox, id} {
		for _, move := range []bool{true, false} {
			_, err = m.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: from, ToFolder: id, UIDs: one(1), Move: move})
			k.fails(err, mapi.InvalidObject)
		}
	}
	resp, err := k.role(object.RoleDelivery).Deliver(k.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: m.guid, Folder: id}}, Message: plain("z")})
	k.ok(err)
	equal(k, "the answer to a delivery", resp.Results[0].Code, mapi.InvalidObject)
	_, err = m.create(false, object.NewFolder{Parent: id, Name: "below"})
	k.fails(err, mapi.InvalidObject)
	k.fails(m.move(m.folder(0, "a"), id, ""), mapi.InvalidObject)
	same(k, "what it holds", m.found(id), []string{"message 1"})
	st, err := m.s.GetStore(k.Context(), object.GetStoreRequest{})
	k.ok(err)
	equal(k, "the number of messages", st.Messages, 1)
}

func searchFinder(k *kit) {
	m := k.mailbox()
	equal(k, "the finder before", m.store.SpecialFolder(object.KindSearchRoot), 0)
	a, b := m.searchFolder("a"), m.searchFolder("b")
	st, err := m.s.GetStore(k.Context(), object.GetStoreRequest{})
	k.ok(err)
	finder := st.SpecialFolder(object.KindSearchRoot)
	for _, id := range []mapi.ID{a, b} {
		row, _ := m.row(id)
		equal(k, "the parent", row.parent, finder)
	}
	for _, r := range m.hierarchy(m.store.SpecialFolder(object.KindRoot)) {
		if r.id == a || r.id == finder {
			k.Errorf("folder %q is shown to people", r.name)
		}
	}
	_, err = m.create(false, object.NewFolder{Name: "A", Search: true})
	k.fails(err, mapi.AlreadyExists)
	again, err := m.create(true, object.NewFolder{Name: "A", Search: true})
	k.ok(err)
	equal(k, "the one that is there", again[0], object.CreatedFolder{ID: a, Existed: true})
	_, err = m.create(true, object.NewFolder{Parent: finder, Name: "a"})
	k.fails(err, mapi.AlreadyExists)
	_, err = m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: finder, Messages: true, Subfolders: true})
	k.fails(err, mapi.NoAccess)
	k.ok(m.move(a, m.store.SpecialFolder(object.KindRoot), "seen"))
	m.searchFor(a, object.SearchCriteria{Scope: []mapi.ID{m.inbox}})
}

func searchSubfolders(k *kit) {
	m := k.mailbox()
	top := m.folder(0, "top")
	below := m.folder(top, "below")
	outside := m.folder(0, "outside")
	m.save(top, plain("1"))
	m.save(below, plain("2"))
	m.save(outside, plain("3"))
	deep, flat := m.searchFolder("deep"), m.searchFolder("flat")
	m.searchFor(deep, object.SearchCriteria{Scope: []mapi.ID{top}, Subfolders: true})
	m.searchFor(flat, object.SearchCriteria{Scope: []mapi.ID{top}})
	same(k, "with subfolders", m.found(deep), []string{"1", "2"})
	same(k, "without", m.found(flat), []string{"1"})
	m.save(m.folder(below, "new"), plain("4"))
	same(k, "with one made later", m.found(deep), []string{"1", "2", "4"})
	k.ok(m.move(outside, below, ""))
	m.filled(deep)
	same(k, "with one moved there", m.found(deep), []string{"1", "2", "4", "3"})
	k.ok(m.move(below, 0, "elsewhere"))
	k.ok(m.move(below, m.inbox, ""))
	m.filled(deep)
	same(k, "without those moved away", m.found(deep), []string{"1"})
	same(k, "without subfolders", m.found(flat), []string{"1"})
}

func searchNested(k *kit) {
	m := k.mailbox()
	outer, inner := m.searchFolder("outer"), m.searchFolder("inner")
	m.save(m.inbox, plain("red"), plain("green"))
	m.searchFor(inner, object.SearchCriteria{Scope: []mapi.ID{m.inbox}, Where: mapi.Not{Of: isRead}})
	m.searchFor(outer, object.SearchCriteria{Scope: []mapi.ID{inner}, Where: ofSubject("red")})
	same(k, "those there before", m.found(outer), []string{"red"})
	m.save(m.inbox, plain("red 2"), plain("green 2"))
	same(k, "with a new one", m.found(outer), []string{"red", "red 2"})
	m.markOne(m.inbox, 1, object.FlagsAdd, object.FlagSeen)
	same(k, "without what the inner one lost", m.found(outer), []string{"red 2"})
	m.searchFor(inner, object.SearchCriteria{Scope: []mapi.ID{m.inbox}, Where: isRead})
	same(k, "with other criteria of the inner one", m.found(outer), []string{"red"})
	_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: inner})
	k.ok(err)
	same(k, "without the inner one", m.found(outer), nil)
}

func searchStatic(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 3)
	id := m.searchFolder("static")
	m.searchFor(id, object.SearchCriteria{Scope: []mapi.ID{m.inbox}, Where: mapi.Not{Of: isRead}, Static: true})
	equal(k, "the state", m.criteria(id).State, object.SearchStopped)
	equal(k, "static", m.criteria(id).Criteria.Static, true)
	m.fill(m.inbox, 1)
	m.markOne(m.inbox, 1, object.FlagsAdd, object.FlagSeen)
	same(k, "what it holds", m.found(id), []string{"message 1", "message 2", "message 3"})
	equal(k, "the unread", m.state(id).Unread, 2)
	_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: one(2)})
	k.ok(err)
	same(k, "without one deleted", m.found(id), []string{"message 1", "message 3"})
}

func searchStop(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 2)
	id := m.searchFolder("stopped")
	c := object.SearchCriteria{Scope: []mapi.ID{m.inbox}}
	m.searchFor(id, c)
	_, err := m.s.SetSearchCriteria(k.Context(), object.SetSearchCriteriaRequest{Store: m.guid, Folder: id, Stop: true})
	k.ok(err)
	got := m.criteria(id)
	equal(k, "the state", got.State, object.SearchStopped)
	same(k, "the scope", got.Criteria.Scope, c.Scope)
	m.save(m.inbox, plain("new"))
	same(k, "what it holds", m.found(id), []string{"message 1", "message 2"})
	m.searchFor(id, c)
	same(k, "what it holds anew", m.found(id), []string{"message 1", "message 2", "new"})
}

func searchThrough(k *kit) {
	m := k.mailbox()
	a, b := m.folder(0, "a"), m.folder(0, "b")
	m.save(b, plain("no"), plain("yes 1"), plain("yes 2"))
	m.save(a, plain("yes 3"))
	id := m.searchFolder("yes")
	m.searchFor(id, object.SearchCriteria{Scope: []mapi.ID{b, a}, Where: mapi.And{ofSubject("yes"), mapi.Not{Of: isRead}}})
	at := map[string]mapi.UID{}
	for i, s := range m.found(id) {
		at[s] = mapi.UID(i + 1)
	}
	before := m.state(id).Change
	resp := m.markOne(id, at["yes 2"], object.FlagsAdd, object.FlagFlagged)
	equal(k, "the change before", resp.Before, before)
	equal(k, "the change", resp.Change, m.state(id).Change)
	equal(k, "the item", resp.Items[0].UID, at["yes 2"])
	equal(k, "its flags", resp.Items[0].Flags, object.FlagFlagged)
	_, items := m.changes(b, 0)
	equal(k, "the message's flags", items[2].Flags, object.FlagFlagged)
	late, err := m.s.SetFlags(k.Context(), object.SetFlagsRequest{Store: m.guid, Folder: id, UIDs: everything(), Mode: object.FlagsAdd,
		Flags: object.FlagAnswered, Conditional: true, UnchangedSince: before})
	k.ok(err)
	same(k, "the conflicts", late.Conflicts, []mapi.UID{at["yes 2"]})
	equal(k, "the items that changed", len(late.Items), 2)
	resp = m.markOne(id, at["yes 1"], object.FlagsAdd, object.FlagSeen)
	equal(k, "the flags of one that leaves", resp.Items[0].Flags, object.FlagSeen|object.FlagAnswered)
	equal(k, "those left", len(m.found(id)), 2)
	moved, err := m.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: id, ToFolder: a, UIDs: one(at["yes 2"]), Move: true})
	k.ok(err)
	same(k, "the pairs", moved.Pairs, []object.UIDPair{{From: at["yes 2"], To: 2}})
	equal(k, "the validity", moved.UIDValidity, m.state(a).UIDValidity)
	same(k, "folder a", m.found(a), []string{"yes 3", "yes 2"})
	same(k, "folder b", m.found(b), []string{"no", "yes 1"})
	equal(k, "what the search folder holds", len(m.found(id)), 2)
	gone, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: id, UIDs: everything()})
	k.ok(err)
	equal(k, "those deleted", len(gone.UIDs), 2)
	equal(k, "the change", gone.Change, m.state(id).Change)
	same(k, "folder a", m.found(a), nil)
	same(k, "the search folder", m.found(id), nil)
}

func searchAcross(k *kit) {
	m := k.mailbox()
	m.save(m.inbox, plain("a"), plain("b"), plain("a 2"))
	id := m.searchFolder("x")
	m.searchFor(id, object.SearchCriteria{Scope: []mapi.ID{m.inbox}, Where: ofSubject("a")})
	archive := k.role(object.RoleArchive)
	to := k.mailbox()
	resp, err := archive.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: id, UIDs: everything(), ToStore: to.guid, ToFolder: to.inbox, Move: true})
	k.ok(err)
	same(k, "the pairs", resp.Pairs, []object.UIDPair{{From: 1, To: 1}, {From: 2, To: 2}})
	same(k, "what arrived", to.found(to.inbox), []string{"a", "a 2"})
	same(k, "what stayed", m.found(m.inbox), []string{"b"})
	same(k, "what is found", m.found(id), nil)
	_, err = archive.Transfer(k.Context(), object.TransferRequest{Store: to.guid, Folder: to.inbox, UIDs: everything(), ToStore: m.guid, ToFolder: id})
	k.fails(err, mapi.InvalidObject)
}

func searchChanges(k *kit) {
	m := k.mailbox()
	m.save(m.inbox, plain("a"), plain("b"))
	id := m.searchFolder("x")
	m.searchFor(id, object.SearchCriteria{Scope: []mapi.ID{m.inbox}, Where: mapi.Not{Of: isRead}})
	st, items := m.changes(id, 0)
	equal(k, "the items", len(items), 2)
	m.markOne(m.inbox, 1, object.FlagsAdd, object.FlagFlagged)
	m.markOne(m.inbox, 2, object.FlagsAdd, object.FlagSeen)
	m.save(m.inbox, plain("c"))
	st2, items := m.changes(id, st.Change)
	equal(k, "the number of changes", len(items), 3)
	equal(k, "the change of the flag", items[0].Kind, object.ChangeUpsert)
	equal(k, "its flags", items[0].Flags, object.FlagFlagged)
	equal(k, "the UID of the new one", items[1].UID, 3)
	equal(k, "what is gone", items[2].Kind, object.ChangeGone)
	equal(k, "its UID", items[2].UID, 2)
	_, items = m.changes(id, st2.Change)
	equal(k, "the number of changes since", len(items), 0)
	m.markOne(m.inbox, 2, object.FlagsAdd, object.FlagAnswered)
	equal(k, "the change after one elsewhere", m.state(id).Change, st2.Change)
}

func searchDelete(k *kit) {
	m := k.mailbox()
	a := m.folder(0, "a")
	m.fill(a, 2)
	id := m.searchFolder("x")
	m.searchFor(id, object.SearchCriteria{Scope: []mapi.ID{a, m.inbox}})
	kept := m.searchFolder("kept")
	m.searchFor(kept, object.SearchCriteria{Scope: []mapi.ID{a}})
	_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: id})
	k.ok(err)
	equal(k, "the messages", m.state(a).Messages, 2)
	k.fails(m.search(id, object.SearchCriteria{Scope: []mapi.ID{a}}), mapi.NotFound)
	equal(k, "those of another", m.state(kept).Messages, 2)
	_, err = m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: a, Messages: true})
	k.ok(err)
	equal(k, "those of another, without its scope", m.state(kept).Messages, 0)
	st, err := m.s.GetStore(k.Context(), object.GetStoreRequest{})
	k.ok(err)
	equal(k, "the number of messages", st.Messages, 0)
}

func searchLimit(k *kit) {
	m := k.mailbox()
	list := make([]object.NewFolder, object.MaxSearchFolders)
	for i := range list {
		list[i] = object.NewFolder{Name: fmt.Sprint(i), Search: true}
	}
	_, err := m.create(false, list...)
	k.ok(err)
	_, err = m.create(false, object.NewFolder{Name: "one more", Search: true})
	k.fails(err, mapi.TooBig)
}

func searchOwner(k *kit) {
	m, other := k.mailbox(), k.mailbox()
	root := m.store.SpecialFolder(object.KindRoot)
	made, err := m.create(false, object.NewFolder{Parent: root, Name: "found", Search: true})
	k.ok(err)
	id := made[0].ID
	m.searchFor(id, object.SearchCriteria{Scope: []mapi.ID{m.inbox}})
	m.fill(m.inbox, 1)
	stop := object.SetSearchCriteriaRequest{Store: m.guid, Folder: id, Stop: true}
	_, err = other.s.SetSearchCriteria(k.Context(), stop)
	k.fails(err, mapi.NoAccess)
	_, err = other.s.GetSearchCriteria(k.Context(), object.GetSearchCriteriaRequest{Store: m.guid, Folder: id})
	k.fails(err, mapi.NoAccess)

	share := func(folder mapi.ID) error {
		_, err := m.s.ModifyPermissions(k.Context(), object.ModifyPermissionsRequest{Store: m.guid, Folder: folder,
			Set: []object.Permission{{Member: other.user.ID, Rights: mapi.RightsAll}}})
		return err
	}
	k.ok(share(root))
	k.ok(share(m.inbox))
	k.fails(share(id), mapi.InvalidObject)
	_, err = m.create(false, object.NewFolder{Parent: root, Name: "below a shared one", Search: true})
	k.ok(err)
	_, err = other.s.SetSearchCriteria(k.Context(), stop)
	k.fails(err, mapi.NotFound)
	_, err = other.s.GetSearchCriteria(k.Context(), object.GetSearchCriteriaRequest{Store: m.guid, Folder: id})
	k.fails(err, mapi.NotFound)
	_, err = other.s.CreateFolders(k.Context(), object.CreateFoldersRequest{Store: m.guid, Folders: []object.NewFolder{{Parent: root, Name: "x", Search: true}}})
	k.fails(err, mapi.NoAccess)
	for _, err := range other.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: id, Columns: []mapi.PropTag{tag.Mid}}) {
		k.fails(err, mapi.NotFound)
	}
	for _, err := range other.s.Changes(k.Context(), object.ChangesRequest{Store: m.guid, Folder: id}) {
		k.fails(err, mapi.NotFound)
	}
	_, err = other.s.SetFlags(k.Context(), object.SetFlagsRequest{Store: m.guid, Folder: id, UIDs: everything(), Mode: object.FlagsAdd, Flags: object.FlagSeen})
	k.fails(err, mapi.NotFound)
	_, err = other.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: id, UIDs: everything()})
	k.fails(err, mapi.NotFound)
	for _, across := range []mapi.GUID{m.guid, other.guid} {
		_, err = other.s.Transfer(k.Context(), object.TransferRequest{Store: m.guid, Folder: id, UIDs: everything(), ToStore: across,
			ToFolder: map[mapi.GUID]mapi.ID{m.guid: m.inbox, other.guid: other.inbox}[across]})
		k.fails(err, mapi.NotFound)
	}
	states, err := other.s.FolderStates(k.Context(), object.FolderStatesRequest{Store: m.guid})
	k.ok(err)
	equal(k, "the folders that another sees", len(states.Folders), 2)
	same(k, "what it holds", m.found(id), []string{"message 1"})
}
