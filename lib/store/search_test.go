// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// search makes a search folder.
func (f *fixture) search(parent mapi.ID, name string) mapi.ID {
	f.t.Helper()
	r, err := f.anna.CreateFolders(f.t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: parent, Name: name, Search: true}}})
	if err != nil {
		f.t.Fatal(err)
	}
	return r.Created[0].ID
}

func (f *fixture) find(folder mapi.ID, c object.SearchCriteria) {
	f.t.Helper()
	if _, err := f.anna.SetSearchCriteria(f.t.Context(), object.SetSearchCriteriaRequest{Folder: folder, Criteria: c}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) criteria(folder mapi.ID) object.GetSearchCriteriaResponse {
	f.t.Helper()
	r, err := f.anna.GetSearchCriteria(f.t.Context(), object.GetSearchCriteriaRequest{Folder: folder})
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

// filled waits until a search folder is not being filled.
func (f *fixture) filled(folder mapi.ID) object.GetSearchCriteriaResponse {
	f.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; runtime.Gosched() {
		if r := f.criteria(folder); r.State != object.SearchRunning {
			return r
		}
		if time.Now().After(deadline) {
			f.t.Fatalf("search folder is still being filled: %+v", f.criteria(folder))
		}
	}
}

// holds are the ids of the messages in a folder that satisfy a condition.
func (f *fixture) holds(folder mapi.ID, where mapi.Restriction) []mapi.ID {
	f.t.Helper()
	var out []mapi.ID
	for b, err := range f.anna.Query(f.t.Context(), object.QueryRequest{Table: object.TableContents, Folder: folder, Where: where, Columns: []mapi.PropTag{tag.Mid}}) {
		if err != nil {
			f.t.Fatal(err)
		}
		out = append(out, mapi.ID(b.Int(tag.Mid)))
	}
	return out
}

var (
	isUnread  = mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}
	ofSubject = func(s string) mapi.Restriction {
		return mapi.Content{Tag: tag.Subject, Match: mapi.Substring, Value: mapi.String(s)}
	}
)

// searchModel knows the folders and criteria, and asks the folders themselves
// what a search folder should hold.
type searchModel struct {
	f        *fixture
	folders  []mapi.ID
	parent   map[mapi.ID]mapi.ID
	searches []mapi.ID // each may only stand on earlier ones
	criteria map[mapi.ID]object.SearchCriteria
	known    map[mapi.ID]map[mapi.UID]object.ChangeItem // what a client has of search folders
	since    map[mapi.ID]mapi.Change
	count    int
}

// TestSearchModel does random things to messages, folders and criteria and
// compares search folders with what their scopes hold.
func TestSearchModel(t *testing.T) {
	f := newFixture(t, storetest.Open(t))
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		m := newSearchModel(f, run)
		rt.Repeat(map[string]func(*rapid.T){
			"save":        m.save,
			"replace":     m.replace,
			"flags":       m.flags,
			"props":       m.props,
			"transfer":    m.transfer,
			"delete":      m.delete,
			"move folder": m.moveFolder,
			"criteria":    m.setCriteria,
			"sync":        m.sync,
			"":            m.compare,
		})
		m.compare(rt)
		f.check()
		f.remove(m.folders[0])
		for _, id := range slices.Backward(m.searches) {
			f.remove(id)
		}
	})
	f.check()
}

func (f *fixture) remove(folder mapi.ID) {
	f.t.Helper()
	if _, err := f.anna.DeleteFolder(f.t.Context(), object.DeleteFolderRequest{Folder: folder, Messages: true, Subfolders: true}); err != nil {
		f.t.Fatal(err)
	}
}

func newSearchModel(f *fixture, run int) *searchModel {
	m := &searchModel{f: f, parent: map[mapi.ID]mapi.ID{}, criteria: map[mapi.ID]object.SearchCriteria{},
		known: map[mapi.ID]map[mapi.UID]object.ChangeItem{}, since: map[mapi.ID]mapi.Change{}}
	req := object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: f.st.SpecialFolder(object.KindRoot), Name: fmt.Sprint(run)}}}
	for i := range 4 {
		req.Folders = append(req.Folders, object.NewFolder{Under: 1, Name: fmt.Sprint(i)})
	}
	r, err := f.anna.CreateFolders(f.t.Context(), req)
	if err != nil {
		f.t.Fatal(err)
	}
	for i, c := range r.Created {
		m.folders = append(m.folders, c.ID)
		if i > 0 {
			m.parent[c.ID] = m.folders[0]
		}
	}
	for i := range 4 {
		m.searches = append(m.searches, f.search(0, fmt.Sprintf("%d-%d", run, i)))
	}
	return m
}

func (m *searchModel) folder(t *rapid.T) mapi.ID {
	return rapid.SampledFrom(m.folders).Draw(t, "folder")
}

// place is a folder or a search folder.
func (m *searchModel) place(t *rapid.T) mapi.ID {
	return rapid.SampledFrom(append(slices.Clone(m.folders), m.searches...)).Draw(t, "place")
}

func (m *searchModel) some(t *rapid.T, folder mapi.ID) []mapi.UIDRange {
	last := uint32(m.f.state(folder).UIDNext)
	first := rapid.Uint32Range(1, last).Draw(t, "first")
	return []mapi.UIDRange{{First: mapi.UID(first), Last: mapi.UID(first + rapid.Uint32Range(0, 3).Draw(t, "length"))}}
}

func (m *searchModel) message(t *rapid.T) object.NewMessage {
	m.count++
	msg := text(fmt.Sprintf("%s %d", rapid.SampledFrom([]string{"red", "green", "blue"}).Draw(t, "colour"), m.count))
	msg.Flags = modelFlags.Draw(t, "flags")
	return msg
}

func (m *searchModel) save(t *rapid.T) {
	m.f.save(m.folder(t), m.message(t), m.message(t), m.message(t))
}

func (m *searchModel) replace(t *rapid.T) {
	folder := m.folder(t)
	if ids := m.f.holds(folder, nil); len(ids) > 0 {
		msg := m.message(t)
		msg.ID = rapid.SampledFrom(ids).Draw(t, "id")
		m.f.save(folder, msg)
	}
}

func (m *searchModel) flags(t *rapid.T) {
	folder := m.place(t)
	_, err := m.f.anna.SetFlags(m.f.t.Context(), object.SetFlagsRequest{Folder: folder, UIDs: m.some(t, folder),
		Mode: object.FlagMode(rapid.IntRange(1, 3).Draw(t, "mode")), Flags: modelFlags.Draw(t, "flags")})
	if err != nil {
		t.Fatal(err)
	}
}

func (m *searchModel) props(t *rapid.T) {
	ids := m.f.holds(m.place(t), nil)
	var p mapi.Props
	p.Set(tag.Subject, mapi.String(rapid.SampledFrom([]string{"red", "green"}).Draw(t, "colour")))
	if _, err := m.f.anna.SetProps(m.f.t.Context(), object.SetPropsRequest{IDs: ids[:min(2, len(ids))], Set: p}); err != nil {
		t.Fatal(err)
	}
}

func (m *searchModel) transfer(t *rapid.T) {
	from := m.place(t)
	before := m.f.state(from)
	move := rapid.Bool().Draw(t, "move")
	r, err := m.f.anna.Transfer(m.f.t.Context(), object.TransferRequest{Folder: from, ToFolder: m.folder(t), UIDs: m.some(t, from), Move: move})
	if err != nil || r.Before != before.Change {
		t.Fatalf("%+v %v", r, err)
	}
	for i := 1; i < len(r.Pairs); i++ {
		if r.Pairs[i].From <= r.Pairs[i-1].From || r.Pairs[i].To <= r.Pairs[i-1].To {
			t.Fatalf("pairs out of order: %+v", r.Pairs)
		}
	}
}

func (m *searchModel) delete(t *rapid.T) {
	folder := m.place(t)
	before := m.f.holds(folder, nil)
	r, err := m.f.anna.DeleteMessages(m.f.t.Context(), object.DeleteMessagesRequest{Folder: folder, UIDs: m.some(t, folder)})
	if err != nil {
		t.Fatal(err)
	}
	if after := m.f.holds(folder, nil); len(after) != len(before)-len(r.UIDs) {
		t.Fatalf("%d of %d left after %v", len(after), len(before), r.UIDs)
	}
}

func (m *searchModel) moveFolder(t *rapid.T) {
	id := rapid.SampledFrom(m.folders[1:]).Draw(t, "moved")
	to := rapid.SampledFrom(append(slices.Clone(m.folders), m.f.st.SpecialFolder(object.KindDrafts))).Draw(t, "to")
	_, err := m.f.anna.MoveFolder(m.f.t.Context(), object.MoveFolderRequest{Folder: id, Parent: to})
	if code := mapi.CodeOf(err); err != nil && code != mapi.FolderCycle && code != mapi.AlreadyExists {
		t.Fatal(err)
	}
	if err == nil {
		m.parent[id] = to
	}
}

func (m *searchModel) setCriteria(t *rapid.T) {
	at := rapid.IntRange(0, len(m.searches)-1).Draw(t, "search")
	id := m.searches[at]
	c := object.SearchCriteria{Subfolders: rapid.Bool().Draw(t, "subfolders")}
	for range rapid.IntRange(1, 2).Draw(t, "scopes") {
		c.Scope = append(c.Scope, rapid.SampledFrom(append(slices.Clone(m.folders), m.searches[:at]...)).Draw(t, "scope"))
	}
	c.Where = rapid.SampledFrom([]mapi.Restriction{nil, isUnread, mapi.Not{Of: isUnread}, ofSubject("red"), mapi.And{isUnread, ofSubject("green")},
		mapi.Or{ofSubject("blue"), mapi.Not{Of: isUnread}}}).Draw(t, "where")
	m.f.find(id, c)
	m.criteria[id] = c
	if rapid.Bool().Draw(t, "wait") {
		m.f.filled(id)
	}
}

// want is what a search folder should hold.
func (m *searchModel) want(id mapi.ID) map[mapi.ID]bool {
	out := map[mapi.ID]bool{}
	c, set := m.criteria[id]
	if !set {
		return out
	}
	for _, scope := range c.Scope {
		if slices.Contains(m.searches, scope) {
			from := m.want(scope)
			for _, folder := range m.folders {
				for _, message := range m.f.holds(folder, c.Where) {
					if from[message] {
						out[message] = true
					}
				}
			}
			continue
		}
		for _, folder := range m.folders {
			if folder == scope || c.Subfolders && m.below(folder, scope) {
				for _, message := range m.f.holds(folder, c.Where) {
					out[message] = true
				}
			}
		}
	}
	return out
}

func (m *searchModel) below(id, top mapi.ID) bool {
	for id != 0 && id != top {
		id = m.parent[id]
	}
	return id == top
}

func (m *searchModel) compare(t *rapid.T) {
	for _, id := range m.searches {
		m.f.filled(id)
	}
	for at, id := range m.searches {
		got := map[mapi.ID]bool{}
		for _, message := range m.f.holds(id, nil) {
			got[message] = true
		}
		if want := m.want(id); !maps.Equal(got, want) {
			t.Fatalf("search %d (%+v) holds %v, want %v", at, m.criteria[id], got, want)
		}
		st := m.f.state(id)
		if int(st.Messages) != len(got) || int(st.Unread) != len(m.f.holds(id, isUnread)) {
			t.Fatalf("search %d: %+v", at, st)
		}
	}
}

// sync brings a client that follows the changes of a search folder up to date
// and compares what it knows with the messages.
func (m *searchModel) sync(t *rapid.T) {
	id := rapid.SampledFrom(m.searches).Draw(t, "synced")
	m.f.filled(id)
	if m.known[id] == nil {
		m.known[id] = map[mapi.UID]object.ChangeItem{}
	}
	known := m.known[id]
	for c, err := range m.f.anna.Changes(m.f.t.Context(), object.ChangesRequest{Folder: id, Since: m.since[id]}) {
		if err != nil {
			t.Fatal(err)
		}
		switch c.Kind {
		case object.ChangeState:
			m.since[id] = c.State.Change
		case object.ChangeUpsert:
			if old, there := known[c.UID]; there && old.ID != c.ID {
				t.Fatalf("uid %d was message %s and is %s", c.UID, old.ID, c.ID)
			}
			known[c.UID] = c
		case object.ChangeGone:
			delete(known, c.UID)
		}
		if c.Change > m.since[id] {
			t.Fatalf("change %d beyond the state's %d", c.Change, m.since[id])
		}
	}
	want := m.want(id)
	for uid, c := range known {
		msg := collect(m.f.t, m.f.anna.GetMessages(m.f.t.Context(), object.GetMessagesRequest{IDs: []mapi.ID{c.ID}}))
		if !want[c.ID] || len(msg) != 1 || msg[0].Flags != c.Flags || msg[0].Change > c.Change || msg[0].ContentSize != c.Size {
			t.Fatalf("client knows uid %d as %+v; wanted %v, is %+v", uid, c, want[c.ID], msg)
		}
	}
	if len(known) != len(want) {
		t.Fatalf("client knows %d messages of %d", len(known), len(want))
	}
}

// TestSearchReopen ends the engine in the middle of a filling: the next one
// goes on by itself.
func TestSearchReopen(t *testing.T) {
	dir := t.TempDir()
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	storetest.AddUser(t, e, "anna")
	f := newFixture(t, e)
	for range 10 {
		list := make([]object.NewMessage, 300)
		for i := range list {
			list[i] = text(fmt.Sprint("n", i%2))
		}
		f.save(f.inbox, list...)
	}
	id := f.search(0, "half")
	f.find(id, object.SearchCriteria{Scope: []mapi.ID{f.inbox}, Where: ofSubject("n1")})
	var before object.GetSearchCriteriaResponse
	for times := 0; ; times++ {
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if e, err = store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain}); err != nil {
			t.Fatal(err)
		}
		f = newFixture(t, e)
		f.save(f.inbox, text("n1"))
		now := f.criteria(id)
		if now.Searched < before.Searched || now.Total < now.Searched {
			t.Fatalf("from %+v to %+v", before, now)
		}
		if before = now; now.State == object.SearchComplete {
			break
		}
	}
	if got, want := f.holds(id, nil), f.holds(f.inbox, ofSubject("n1")); len(got) != len(want) || len(got) < 1500 {
		t.Errorf("%d found of %d", len(got), len(want))
	}
	f.check()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(filepath.Join(dir, "searching")); err != nil || len(files) > 1 {
		t.Errorf("marks %v %v", files, err)
	}
}

// TestSearchRepair damages search folders in every way that a check knows.
func TestSearchRepair(t *testing.T) {
	for name, sql := range map[string]string{
		"no row":        "DELETE FROM item WHERE folder = %d AND uid = 1",
		"no member":     "DELETE FROM member WHERE folder = %d",
		"other uid":     "UPDATE member SET uid = uid + 10 WHERE folder = %d",
		"other flags":   "UPDATE item SET flags = 1 WHERE folder = %d",
		"twice":         "INSERT INTO item SELECT folder, uid + 100, id, change, flags, received, sent, size, content, class, keywords, modified, saved, email FROM item WHERE folder = %d AND uid = 1",
		"too few":       "DELETE FROM item WHERE folder = %[1]d; DELETE FROM member WHERE folder = %[1]d",
		"no message":    "UPDATE item SET id = 100000 WHERE folder = %d AND uid = 2",
		"bad criteria":  "UPDATE search SET criteria = x'00' WHERE folder = %d",
		"strange owner": "UPDATE member SET folder = 77 WHERE folder = %d",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
			if err != nil {
				t.Fatal(err)
			}
			storetest.AddUser(t, e, "anna")
			f := newFixture(t, e)
			f.save(f.inbox, text("a"), text("b"), text("c"))
			id := f.search(0, "all")
			f.find(id, object.SearchCriteria{Scope: []mapi.ID{f.inbox}})
			f.filled(id)
			f.check()
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			damage(t, filepath.Join(dir, "mailboxes", f.store.String(), "mailbox.db"), fmt.Sprintf(sql, id))
			f = newFixture(t, storetest.OpenDir(t, dir, store.Options{}))
			admin := storetest.As(t, f.e, object.RoleAdmin)
			found := false
			for _, p := range collect(t, admin.Check(t.Context(), object.CheckRequest{Store: f.store, Repair: true})) {
				found = found || p.Kind == "search-member" && p.Repaired
			}
			if !found {
				t.Error("nothing was found")
			}
			f.check()
			if got := f.holds(id, nil); len(got) != 3 && name != "bad criteria" {
				t.Errorf("holds %v", got)
			}
		})
	}
}
