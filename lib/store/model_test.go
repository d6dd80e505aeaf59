// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store/storetest"
)

// modelMessage is a message as it should be.
type modelMessage struct {
	subject  string
	flags    object.Flags
	keywords string
}

// model is what a few folders should hold, and what a client knows that only
// ever asks for changes.
type model struct {
	f       *fixture
	folders []mapi.ID
	want    []map[mapi.UID]modelMessage
	deleted []map[mapi.UID]modelMessage // soft-deleted
	views   []map[mapi.UID]modelMessage // associated
	next    []mapi.UID
	known   []map[mapi.UID]modelMessage
	since   []mapi.Change
	count   int
}

// TestModel does random things and compares the store with a model, by its
// tables and by the eyes of a client that follows the changes.
func TestModel(t *testing.T) {
	f := newFixture(t, storetest.Open(t))
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		m := newModel(t, f, run)
		rt.Repeat(map[string]func(*rapid.T){
			"save":     m.save,
			"flags":    m.flags,
			"transfer": m.transfer,
			"delete":   m.delete,
			"restore":  m.restore,
			"purge":    m.purge,
			"view":     m.view,
			"unview":   m.unview,
			"copy":     m.copyFolder,
			"bury":     m.bury,
			"empty":    m.empty,
			"sync":     m.sync,
			"":         m.compare,
		})
	})
	f.check()
}

func newModel(t *testing.T, f *fixture, run int) *model {
	m := &model{f: f}
	var req object.CreateFoldersRequest
	for i := range 3 {
		req.Folders = append(req.Folders, object.NewFolder{Parent: f.st.SpecialFolder(object.KindRoot), Name: fmt.Sprintf("%d-%d", run, i)})
	}
	r, err := f.anna.CreateFolders(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Created {
		m.add(c.ID)
	}
	return m
}

// add notes a folder that is empty.
func (m *model) add(id mapi.ID) int {
	m.folders = append(m.folders, id)
	m.want = append(m.want, map[mapi.UID]modelMessage{})
	m.deleted = append(m.deleted, map[mapi.UID]modelMessage{})
	m.views = append(m.views, map[mapi.UID]modelMessage{})
	m.known = append(m.known, map[mapi.UID]modelMessage{})
	m.next = append(m.next, 1)
	m.since = append(m.since, 0)
	return len(m.folders) - 1
}

func (m *model) at(t *rapid.T) int { return rapid.IntRange(0, len(m.folders)-1).Draw(t, "folder") }

func (m *model) uids(t *rapid.T, at int) ([]mapi.UIDRange, []mapi.UID) {
	var ranges []mapi.UIDRange
	for range rapid.IntRange(0, 3).Draw(t, "ranges") {
		first := rapid.Uint32Range(0, uint32(m.next[at])+1).Draw(t, "first")
		ranges = append(ranges, mapi.UIDRange{First: mapi.UID(first), Last: mapi.UID(first + rapid.Uint32Range(0, 4).Draw(t, "length"))})
	}
	return ranges, inRanges(m.want[at], ranges)
}

// inRanges are the UIDs in the ranges, rising.
func inRanges(list map[mapi.UID]modelMessage, ranges []mapi.UIDRange) []mapi.UID {
	var hit []mapi.UID
	for uid := range list {
		if slices.ContainsFunc(ranges, func(r mapi.UIDRange) bool { return r.First <= uid && uid <= r.Last }) {
			hit = append(hit, uid)
		}
	}
	slices.Sort(hit)
	return hit
}

var (
	modelFlags    = rapid.SampledFrom([]object.Flags{0, object.FlagSeen, object.FlagDeleted, object.FlagSeen | object.FlagFlagged})
	modelKeywords = rapid.SampledFrom([][]string{nil, {"a"}, {"b", "a"}})
)

func (m *model) save(t *rapid.T) {
	at := m.at(t)
	var list []object.NewMessage
	for range rapid.IntRange(1, 3).Draw(t, "messages") {
		m.count++
		msg := text(fmt.Sprint(m.count))
		msg.Flags, msg.Keywords = modelFlags.Draw(t, "flags"), modelKeywords.Draw(t, "keywords")
		list = append(list, msg)
		m.want[at][m.next[at]] = modelMessage{fmt.Sprint(m.count), msg.Flags, strings.Join(msg.Keywords, " ")}
		m.next[at]++
	}
	m.f.save(m.folders[at], list...)
}

func (m *model) flags(t *rapid.T) {
	at := m.at(t)
	ranges, hit := m.uids(t, at)
	req := object.SetFlagsRequest{Folder: m.folders[at], UIDs: ranges, Mode: object.FlagMode(rapid.IntRange(1, 3).Draw(t, "mode")),
		Flags: modelFlags.Draw(t, "flags"), Keywords: modelKeywords.Draw(t, "keywords")}
	r, err := m.f.anna.SetFlags(m.f.t.Context(), req)
	if err != nil || len(r.Items) != len(hit) {
		t.Fatalf("%d items of %d, %v", len(r.Items), len(hit), err)
	}
	for i, uid := range hit {
		msg := m.want[at][uid]
		list := strings.Fields(msg.keywords)
		switch req.Mode {
		case object.FlagsAdd:
			msg.flags |= req.Flags
			for _, k := range req.Keywords {
				if !slices.Contains(list, k) {
					list = append(list, k)
				}
			}
		case object.FlagsRemove:
			msg.flags &^= req.Flags
			list = slices.DeleteFunc(list, func(k string) bool { return slices.Contains(req.Keywords, k) })
		case object.FlagsReplace:
			msg.flags, list = req.Flags, req.Keywords
		}
		msg.keywords = strings.Join(list, " ")
		m.want[at][uid] = msg
		if r.Items[i].UID != uid || r.Items[i].Flags != msg.flags || strings.Join(r.Items[i].Keywords, " ") != msg.keywords {
			t.Fatalf("item %+v, want %+v", r.Items[i], msg)
		}
	}
}

func (m *model) transfer(t *rapid.T) {
	from, to := m.at(t), m.at(t)
	ranges, hit := m.uids(t, from)
	move := rapid.Bool().Draw(t, "move")
	r, err := m.f.anna.Transfer(m.f.t.Context(), object.TransferRequest{Folder: m.folders[from], ToFolder: m.folders[to], UIDs: ranges, Move: move})
	if err != nil || len(r.Pairs) != len(hit) {
		t.Fatalf("%d pairs of %d, %v", len(r.Pairs), len(hit), err)
	}
	for i, uid := range hit {
		if r.Pairs[i] != (object.UIDPair{From: uid, To: m.next[to]}) {
			t.Fatalf("pair %+v", r.Pairs[i])
		}
		m.want[to][m.next[to]] = m.want[from][uid]
		m.next[to]++
		if move {
			delete(m.want[from], uid)
		}
	}
}

func (m *model) delete(t *rapid.T) {
	at := m.at(t)
	ranges, hit := m.uids(t, at)
	only, soft := rapid.Bool().Draw(t, "only deleted"), rapid.Bool().Draw(t, "soft")
	hit = slices.DeleteFunc(hit, func(u mapi.UID) bool { return only && m.want[at][u].flags&object.FlagDeleted == 0 })
	r, err := m.f.anna.DeleteMessages(m.f.t.Context(), object.DeleteMessagesRequest{Folder: m.folders[at], UIDs: ranges, OnlyDeleted: only, Soft: soft})
	if err != nil || !slices.Equal(r.UIDs, hit) {
		t.Fatalf("deleted %v, want %v, %v", r.UIDs, hit, err)
	}
	for _, uid := range hit {
		if soft {
			m.deleted[at][uid] = m.want[at][uid]
		}
		delete(m.want[at], uid)
	}
}

// sync brings what a client knows up to date.
func (m *model) sync(t *rapid.T) {
	at := m.at(t)
	known := m.known[at]
	last := mapi.UID(0)
	for c, err := range m.f.anna.Changes(m.f.t.Context(), object.ChangesRequest{Folder: m.folders[at], Since: m.since[at]}) {
		if err != nil {
			t.Fatal(err)
		}
		switch c.Kind {
		case object.ChangeState:
			m.since[at] = c.State.Change
			continue
		case object.ChangeUpsert:
			known[c.UID] = modelMessage{m.want[at][c.UID].subject, c.Flags, strings.Join(c.Keywords, " ")}
		case object.ChangeGone:
			if _, there := m.want[at][c.UID]; there {
				t.Fatalf("uid %d is gone, it says", c.UID)
			}
			delete(known, c.UID)
		}
		if c.Kind == object.ChangeUpsert && c.UID <= last {
			t.Fatalf("uid %d behind %d", c.UID, last)
		}
		last = c.UID
		if c.Change > m.since[at] {
			t.Fatalf("change %d beyond the state's %d", c.Change, m.since[at])
		}
	}
	if !maps.Equal(known, m.want[at]) {
		t.Fatalf("client knows %v, want %v", known, m.want[at])
	}
}

// table reads a table of messages.
func (m *model) table(t *rapid.T, table object.TableKind, id mapi.ID) map[mapi.UID]modelMessage {
	got := map[mapi.UID]modelMessage{}
	for b, err := range m.f.anna.Query(m.f.t.Context(), object.QueryRequest{Table: table, Folder: id,
		Columns: []mapi.PropTag{tag.InternetArticleNumber, tag.Subject, tag.TwigaFlags, tag.TwigaKeywords}}) {
		if err != nil {
			t.Fatal(err)
		}
		v, _ := b.Get(tag.TwigaKeywords)
		got[mapi.UID(b.Int(tag.InternetArticleNumber))] = modelMessage{b.Text(tag.Subject), object.Flags(b.Int(tag.TwigaFlags)), strings.Join(v.Texts(), " ")}
	}
	return got
}

// compare reads everything anew.
func (m *model) compare(t *rapid.T) {
	for at, id := range m.folders {
		for _, other := range []struct {
			table object.TableKind
			want  map[mapi.UID]modelMessage
		}{{object.TableSoftDeleted, m.deleted[at]}, {object.TableAssociated, m.views[at]}} {
			if got := m.table(t, other.table, id); !maps.Equal(got, other.want) {
				t.Fatalf("table %d of folder %d has %v, want %v", other.table, at, got, other.want)
			}
		}
		got := m.table(t, object.TableContents, id)
		unread, deleted := uint32(0), uint32(0)
		for _, msg := range got {
			if msg.flags&object.FlagSeen == 0 {
				unread++
			}
			if msg.flags&object.FlagDeleted != 0 {
				deleted++
			}
		}
		if !maps.Equal(got, m.want[at]) {
			t.Fatalf("folder %d has %v, want %v", at, got, m.want[at])
		}
		st := m.f.state(id)
		if int(st.Messages) != len(got) || st.UIDNext != m.next[at] || st.Unread != unread || st.Deleted != deleted ||
			int(st.Recoverable) != len(m.deleted[at]) || int(st.Associated) != len(m.views[at]) {
			t.Fatalf("folder %d: %+v", at, st)
		}
	}
}
