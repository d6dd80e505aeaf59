// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"bytes"
	"fmt"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func syncCases() []testCase {
	return []testCase{
		{"the read state apart", syncReadState},
		{"restricted changes", syncRestricted},
		{"tables that have changes", syncTables},
		{"changes of the tree", syncFolders},
		{"changes below a folder", syncBelow},
		{"changes of the tree that cannot be", syncFoldersFail},
		{"keys of messages", syncKeys},
		{"keys of folders", syncFolderKeys},
		{"source keys are found", syncFind},
		{"a message is imported", syncImport},
		{"an older version is passed over", syncIgnore},
		{"the later version of a conflict stays", syncConflict},
		{"imports that cannot be", syncImportFail},
		{"copies are objects of their own", syncCopies},
		{"the address book", syncDirectory},
	}
}

func syncReadState(k *kit) {
	m := k.mailbox()
	saved := m.fill(m.inbox, 3)
	since := m.state(m.inbox).Change
	m.setFlags(one(1), object.FlagsAdd, object.FlagSeen)
	m.setFlags(one(1), object.FlagsAdd, object.FlagFlagged)
	m.setFlags(one(2), object.FlagsAdd, object.FlagSeen)
	m.setSubject(saved[1].ID, "changed")
	_, items := m.changes(m.inbox, since)
	if len(items) != 2 {
		k.Fatalf("changes %+v", items)
	}
	equal(k, "where only flags changed the content", items[0].Modified, saved[0].Change)
	equal(k, "where the content changed, too, the content", items[1].Modified, items[1].Change)
	m.setFlags(one(2), object.FlagsRemove, object.FlagSeen)
	_, again := m.changes(m.inbox, items[1].Change)
	equal(k, "flags after the content", again[0].Modified, items[1].Change)
}

// setSubject changes a message's content.
func (m *mailbox) setSubject(id mapi.ID, subject string) mapi.Change {
	m.Helper()
	resp, err := m.s.SetProps(m.Context(), object.SetPropsRequest{Store: m.guid, IDs: []mapi.ID{id},
		Set: mapi.Props{{Tag: tag.Subject, Value: mapi.String(subject)}}})
	m.ok(err)
	return resp.Changes[0]
}

func syncRestricted(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 5)
	unread := mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}
	subject := mapi.Property{Op: mapi.EQ, Tag: tag.Subject, Value: mapi.String("message 4")}
	changes := func(since mapi.Change, where mapi.Restriction) (got []string) {
		k.Helper()
		seq := m.s.Changes(k.Context(), object.ChangesRequest{Store: m.guid, Folder: m.inbox, Since: since, Where: where})
		for _, it := range all(k, seq)[1:] {
			got = append(got, fmt.Sprint(it.Kind == object.ChangeUpsert, it.UID))
		}
		return got
	}
	same(k, "the unread", changes(0, unread), []string{"true 1", "true 2", "true 3", "true 4", "true 5"})
	same(k, "those of a subject", changes(0, subject), []string{"true 4"})
	since := m.state(m.inbox).Change
	m.setFlags([]mapi.UIDRange{{First: 4, Last: 5}}, object.FlagsAdd, object.FlagSeen)
	_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: []mapi.UIDRange{{First: 2, Last: 2}}})
	k.ok(err)
	m.setFlags(one(1), object.FlagsAdd, object.FlagFlagged)
	same(k, "of the unread", changes(since, unread), []string{"true 1", "false 2", "false 4", "false 5"})
	same(k, "of a subject", changes(since, subject), []string{"true 4", "false 1", "false 2", "false 5"})
	bad := mapi.Property{Op: mapi.RE, Tag: tag.Subject, Value: mapi.String("(")}
	_, err = collect(m.s.Changes(k.Context(), object.ChangesRequest{Store: m.guid, Folder: m.inbox, Where: bad}))
	k.fails(err, mapi.InvalidParameter)
}

func syncTables(k *kit) {
	m := k.mailbox()
	m.fill(m.inbox, 2)
	count := func(table object.TableKind) int {
		return len(all(k, m.s.Changes(k.Context(), object.ChangesRequest{Store: m.guid, Folder: m.inbox, Table: table}))) - 1
	}
	equal(k, "the number in the contents", count(object.TableContents), 2)
	equal(k, "the number of associated messages", count(object.TableAssociated), 0)
	_, err := collect(m.s.Changes(k.Context(), object.ChangesRequest{Store: m.guid, Folder: m.inbox, Table: object.TableRules}))
	k.fails(err, mapi.InvalidParameter)
}

// tree are the changes of the tree: the state and what follows it.
func (m *mailbox) tree(since mapi.Change, below mapi.ID) (mapi.Change, []object.FolderChange) {
	m.Helper()
	items := all(m.kit, m.s.FolderChanges(m.Context(), object.FolderChangesRequest{Store: m.guid, Folder: below, Since: since}))
	if len(items) == 0 || items[0].Kind != object.ChangeState {
		m.Fatalf("changes of the tree begin with %+v, not with the state", items)
	}
	return items[0].Change, items[1:]
}

func syncFolders(k *kit) {
	m := k.mailbox()
	now, items := m.tree(0, 0)
	seen := map[mapi.ID]bool{}
	for i, it := range items {
		if it.Kind != object.ChangeUpsert || i > 0 && it.Parent != items[0].Parent && !seen[it.Parent] {
			k.Errorf("%+v: its parent was not told before", it)
		}
		seen[it.ID] = true
	}
	equal(k, "the Inbox is told", seen[m.inbox], true)
	a := m.folder(0, "a")
	b := m.folder(a, "b")
	then, items := m.tree(now, 0)
	same(k, "what was made", names(items), []string{"+a", "+b"})
	equal(k, "the parent", items[1].Parent, a)
	equal(k, "the class", items[1].Class, "IPF.Note")
	m.fill(a, 1)
	later, items := m.tree(then, 0)
	equal(k, "the number of changes by a message", len(items), 0)
	k.ok(m.move(b, 0, "c"))
	_, items = m.tree(later, 0)
	same(k, "what was renamed", names(items), []string{"+c"})
	_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: a, Messages: true, Subfolders: true})
	k.ok(err)
	end, items := m.tree(then, 0)
	same(k, "what is gone", names(items), []string{"-", "-"})
	same(k, "who is gone", []mapi.ID{items[0].ID, items[1].ID}, []mapi.ID{b, a})
	_, items = m.tree(end, 0)
	equal(k, "the number of changes since", len(items), 0)
	_, items = m.tree(0, 0)
	for _, it := range items {
		if it.Kind != object.ChangeUpsert {
			k.Errorf("since 0 there are no tombstones: %+v", it)
		}
	}
}

// names are the folders' names behind + or, for those that are gone, -.
func names(items []object.FolderChange) []string {
	var out []string
	for _, it := range items {
		sign := "+"
		if it.Kind == object.ChangeGone {
			sign = "-"
		}
		out = append(out, sign+it.Name)
	}
	return out
}

func syncBelow(k *kit) {
	m := k.mailbox()
	a, other := m.folder(0, "a"), m.folder(0, "other")
	b := m.folder(other, "b")
	m.folder(b, "c")
	now, items := m.tree(0, a)
	equal(k, "the number below", len(items), 0)
	k.ok(m.move(b, a, ""))
	then, items := m.tree(now, a)
	same(k, "what came with all that is below", names(items), []string{"+b", "+c"})
	k.ok(m.move(b, other, ""))
	_, items = m.tree(then, a)
	same(k, "what went", names(items)[:1], []string{"-"})
	_, err := m.s.DeleteFolder(k.Context(), object.DeleteFolderRequest{Store: m.guid, Folder: other, Subfolders: true})
	k.ok(err)
	_, items = m.tree(now, 0)
	equal(k, "the number of those that are gone", len(items), 3)
}

func syncFoldersFail(k *kit) {
	m := k.mailbox()
	_, err := collect(m.s.FolderChanges(k.Context(), object.FolderChangesRequest{Store: m.guid, Folder: 1 << 40}))
	k.fails(err, mapi.NotFound)
	_, err = collect(k.admin.FolderChanges(k.Context(), object.FolderChangesRequest{Store: mapi.GUID{7}}))
	k.fails(err, mapi.NotFound)
	_, err = collect(k.mailbox().s.FolderChanges(k.Context(), object.FolderChangesRequest{Store: m.guid}))
	k.fails(err, mapi.NoAccess, mapi.NotFound)
}

// keys are the properties of a message that replicas go by.
type keys struct {
	source, change []byte
	list           mapi.Predecessors
}

func (m *mailbox) keys(id mapi.ID) keys {
	m.Helper()
	got := m.get([]mapi.PropTag{tag.SourceKey, tag.ParentSourceKey, tag.ChangeKey, tag.PredecessorChangeList}, id)
	if len(got) != 1 {
		m.Fatalf("%d messages of id %s", len(got), id)
	}
	p := got[0].Props
	list, err := mapi.ReadPredecessors(p.Bytes(tag.PredecessorChangeList))
	m.ok(err)
	if x, err := mapi.ReadXID(p.Bytes(tag.ChangeKey)); err != nil || !list.Has(x) {
		m.Errorf("the change key %+v (%v) is not among the predecessors %+v", x, err, list)
	}
	if want := mapi.SourceKey(m.guid, got[0].Folder); !bytes.Equal(p.Bytes(tag.ParentSourceKey), want) {
		m.Errorf("parent source key %x, want %x", p.Bytes(tag.ParentSourceKey), want)
	}
	return keys{p.Bytes(tag.SourceKey), p.Bytes(tag.ChangeKey), list}
}

// own says what a message's keys are as long as no other replica had it.
func (m *mailbox) own(id mapi.ID, change mapi.Change) {
	m.Helper()
	got := m.keys(id)
	if want := mapi.SourceKey(m.guid, id); !bytes.Equal(got.source, want) {
		m.Errorf("source key %x, want %x", got.source, want)
	}
	version := mapi.ChangeXID(m.guid, change)
	if !bytes.Equal(got.change, version.Bytes()) {
		m.Errorf("change key %x, want %x", got.change, version.Bytes())
	}
	same(m.kit, "the predecessors", got.list, mapi.Predecessors{version})
}

func syncKeys(k *kit) {
	m := k.mailbox()
	saved := m.fill(m.inbox, 1)[0]
	m.own(saved.ID, saved.Change)
	m.setFlags(one(1), object.FlagsAdd, object.FlagSeen)
	m.own(saved.ID, saved.Change)
	m.own(saved.ID, m.setSubject(saved.ID, "other"))
	_, err := m.s.SetProps(k.Context(), object.SetPropsRequest{Store: m.guid, IDs: []mapi.ID{saved.ID}, Delete: []mapi.PropTag{tag.SourceKey, tag.TwigaOrigin},
		Set: mapi.Props{{Tag: tag.SourceKey, Value: mapi.Binary([]byte("mine"))}, {Tag: tag.ChangeKey, Value: mapi.Binary(make([]byte, 22))}}})
	k.ok(err)
	m.own(saved.ID, m.state(m.inbox).Change)
	rows := bags(k, m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox, Columns: []mapi.PropTag{tag.SourceKey}}))
	if len(rows) != 1 || !bytes.Equal(rows[0].Bytes(tag.SourceKey), mapi.SourceKey(m.guid, saved.ID)) {
		k.Errorf("rows %x", rows)
	}
}

func syncFolderKeys(k *kit) {
	m := k.mailbox()
	id := m.folder(m.inbox, "a")
	_, items := m.tree(0, m.inbox)
	rows := bags(k, m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableHierarchy, Folder: m.inbox,
		Columns: []mapi.PropTag{tag.SourceKey, tag.ParentSourceKey, tag.ChangeKey, tag.PredecessorChangeList}}))
	if len(rows) != 1 || len(items) != 1 {
		k.Fatalf("%d rows, %d changes", len(rows), len(items))
	}
	version := mapi.ChangeXID(m.guid, items[0].Change)
	for t, want := range map[mapi.PropTag][]byte{
		tag.SourceKey: mapi.SourceKey(m.guid, id), tag.ParentSourceKey: mapi.SourceKey(m.guid, m.inbox),
		tag.ChangeKey: version.Bytes(), tag.PredecessorChangeList: mapi.Predecessors{version}.Bytes(),
	} {
		if got := rows[0].Bytes(t); !bytes.Equal(got, want) {
			k.Errorf("%v is %x, want %x", t, got, want)
		}
	}
}

func (m *mailbox) find(list ...[]byte) []mapi.ID {
	m.Helper()
	resp, err := m.s.SourceKeys(m.Context(), object.SourceKeysRequest{Store: m.guid, Keys: list})
	m.ok(err)
	return resp.IDs
}

func syncFind(k *kit) {
	m := k.mailbox()
	saved := m.fill(m.inbox, 2)
	_, err := m.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: m.guid, Folder: m.inbox, UIDs: one(2)})
	k.ok(err)
	same(k, "what is found", m.find(mapi.SourceKey(m.guid, saved[0].ID), mapi.SourceKey(m.guid, saved[1].ID), mapi.SourceKey(m.guid, m.inbox),
		mapi.SourceKey(m.guid, 1), mapi.SourceKey(mapi.GUID{7}, saved[0].ID), nil, []byte("something")),
		[]mapi.ID{saved[0].ID, 0, m.inbox, 0, 0, 0, 0})
	_, err = k.mailbox().s.SourceKeys(k.Context(), object.SourceKeysRequest{Store: m.guid, Keys: [][]byte{{1}}})
	k.fails(err, mapi.NoAccess, mapi.NotFound)
}

// replica is another store that keeps the same messages.
type replica struct {
	*mailbox
	guid mapi.GUID
	last uint64
}

func (m *mailbox) replica() *replica { return &replica{mailbox: m, guid: mapi.NewGUID()} }

// version is the replica's next change to a message that it had with these
// predecessors.
func (r *replica) version(subject string, source []byte, at time.Time, list mapi.Predecessors) object.NewMessage {
	r.last++
	x := mapi.XID{Replica: r.guid, Number: r.last, Size: 6}
	n := plain(subject)
	n.Props.Set(tag.SourceKey, mapi.Binary(source))
	n.Props.Set(tag.ChangeKey, mapi.Binary(x.Bytes()))
	n.Props.Set(tag.PredecessorChangeList, mapi.Binary(list.Merge(x).Bytes()))
	n.Props.Set(tag.LastModificationTime, mapi.Time(at))
	return n
}

// send imports messages into the Inbox.
func (r *replica) send(list ...object.NewMessage) []object.SavedMessage {
	r.Helper()
	resp, err := r.s.SaveMessages(r.Context(), object.SaveMessagesRequest{Store: r.mailbox.guid, Folder: r.inbox, Messages: list, Import: true})
	r.ok(err)
	return resp.Saved
}

// as wants a message to be the version that was sent.
func (r *replica) as(id mapi.ID, n *object.NewMessage) {
	r.Helper()
	got := r.keys(id)
	for t, b := range map[mapi.PropTag][]byte{tag.SourceKey: got.source, tag.ChangeKey: got.change, tag.PredecessorChangeList: got.list.Bytes()} {
		if v, _ := n.Props.Get(t); !bytes.Equal(b, v.Bytes()) {
			r.Errorf("%v is %x, want %x", t, b, v.Bytes())
		}
	}
	r.subject(id, n.Props)
}

func (m *mailbox) subject(id mapi.ID, want mapi.Props) {
	m.Helper()
	v, _ := want.Get(tag.Subject)
	if got := m.get([]mapi.PropTag{tag.Subject}, id); len(got) != 1 || got[0].Props.Text(tag.Subject) != v.Text() {
		m.Errorf("message %s is %+v, want %q", id, got, v.Text())
	}
}

var daytime = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func syncImport(k *kit) {
	r := k.mailbox().replica()
	source := []byte("a key of another kind")
	first := r.version("first", source, daytime, nil)
	saved := r.send(first)[0]
	equal(k, "the code", saved.Code, 0)
	r.as(saved.ID, &first)
	same(k, "what is found", r.find(source), []mapi.ID{saved.ID})
	r.setFlags(one(saved.UID), object.FlagsAdd, object.FlagSeen)
	r.as(saved.ID, &first)

	second := r.version("second", source, daytime, r.keys(saved.ID).list)
	again := r.send(second)[0]
	equal(k, "the id of the next version", again.ID, saved.ID)
	equal(k, "its code", again.Code, 0)
	r.as(saved.ID, &second)

	change := r.setSubject(saved.ID, "changed here")
	got := r.keys(saved.ID)
	if own := mapi.ChangeXID(r.mailbox.guid, change); !bytes.Equal(got.change, own.Bytes()) || !got.list.Includes(mapi.Predecessors{own, {Replica: r.guid, Number: 2}}.Merge()) {
		k.Errorf("changed here it is %x, %+v", got.change, got.list)
	}
	third := r.version("third", source, daytime, got.list)
	equal(k, "the code of what knows of the change", r.send(third)[0].Code, 0)
	r.as(saved.ID, &third)

	mine := r.fill(r.inbox, 1)[0]
	offline := r.version("of this store, changed there", mapi.SourceKey(r.mailbox.guid, mine.ID), daytime, r.keys(mine.ID).list)
	equal(k, "the id of this store's own", r.send(offline)[0].ID, mine.ID)
	r.as(mine.ID, &offline)

	_, err := r.s.DeleteMessages(k.Context(), object.DeleteMessagesRequest{Store: r.mailbox.guid, Folder: r.inbox, UIDs: everything()})
	k.ok(err)
	same(k, "what is found of the deleted", r.find(source, mapi.SourceKey(r.mailbox.guid, mine.ID)), []mapi.ID{0, 0})
	fourth := r.version("deleted here, changed there", source, daytime, got.list)
	back := r.send(fourth)[0]
	equal(k, "the code of what was deleted", back.Code, 0)
	same(k, "what is found", r.find(source), []mapi.ID{back.ID})
	r.as(back.ID, &fourth)
}

func syncIgnore(k *kit) {
	r := k.mailbox().replica()
	first := r.version("first", []byte("key"), daytime, nil)
	second := r.version("second", []byte("key"), daytime, mapi.Predecessors{{Replica: r.guid, Number: 1, Size: 6}})
	list := r.send(first, second, first, second)
	for i, want := range []mapi.Code{0, 0, mapi.SyncIgnore, mapi.SyncIgnore} {
		equal(k, fmt.Sprintf("the code of number %d", i), list[i].Code, want)
		equal(k, fmt.Sprintf("the id of number %d", i), list[i].ID, list[0].ID)
	}
	equal(k, "the change of what was passed over", list[3].Change, list[1].Change)
	equal(k, "the UID of what was passed over", list[3].UID, list[1].UID)
	r.as(list[0].ID, &second)
	equal(k, "the number of messages", r.state(r.inbox).Messages, 1)
}

func syncConflict(k *kit) {
	for _, row := range []struct {
		name  string
		at    time.Time // of the replica's change
		stays string
		lost  string
	}{
		{"theirs is later", time.Now().Add(time.Hour), "theirs", "ours"},
		{"ours is later", time.Now().Add(-time.Hour), "ours", "theirs"},
	} {
		m := k.mailbox()
		r := m.replica()
		conflicts := m.store.SpecialFolder(object.KindConflicts)
		id := m.fill(m.inbox, 1)[0].ID
		list := m.keys(id).list
		m.setSubject(id, "ours")
		before := m.keys(id).list
		theirs := r.version("theirs", m.keys(id).source, row.at, list)
		since := m.state(m.inbox).Change
		saved := r.send(theirs)[0]
		equal(k, row.name+": the code", saved.Code, mapi.SyncConflict)
		equal(k, row.name+": the id", saved.ID, id)
		subject := func(s string) mapi.Props { return mapi.Props{{Tag: tag.Subject, Value: mapi.String(s)}} }
		m.subject(id, subject(row.stays))
		now := m.keys(id)
		sent, _ := mapi.ReadPredecessors(valueOf(theirs.Props, tag.PredecessorChangeList))
		equal(k, row.name+": both are predecessors", now.list.Includes(before) && now.list.Includes(sent), true)
		_, items := m.changes(m.inbox, since)
		equal(k, row.name+": it is a change", len(items) > 0 && items[0].Modified == saved.Change, true)
		_, kept := m.changes(conflicts, 0)
		if len(kept) != 1 {
			k.Fatalf("%s: %d messages in the Conflicts folder", row.name, len(kept))
		}
		m.subject(kept[0].ID, subject(row.lost))
		m.own(kept[0].ID, kept[0].Change)
		equal(k, row.name+": the code of what comes again", r.send(theirs)[0].Code, mapi.SyncIgnore)
		next := r.version("settled", now.source, daytime, now.list)
		equal(k, row.name+": the code of what knows of both", r.send(next)[0].Code, 0)
	}
}

func valueOf(p mapi.Props, t mapi.PropTag) []byte {
	v, _ := p.Get(t)
	return v.Bytes()
}

func syncImportFail(k *kit) {
	r := k.mailbox().replica()
	elsewhere := r.fill(r.folder(0, "elsewhere"), 1)[0].ID
	edit := func(t mapi.PropTag, b []byte) object.NewMessage {
		n := r.version("x", []byte("key"), daytime, nil)
		n.Props.Set(t, mapi.Binary(b))
		return n
	}
	for name, row := range map[string]struct {
		message object.NewMessage
		want    mapi.Code
	}{
		"no change key":               {plain("x"), mapi.InvalidParameter},
		"a change key that is none":   {edit(tag.ChangeKey, []byte{1}), mapi.InvalidParameter},
		"predecessors that are none":  {edit(tag.PredecessorChangeList, []byte{200, 1}), mapi.InvalidParameter},
		"a source key too long":       {edit(tag.SourceKey, make([]byte, 300)), mapi.InvalidParameter},
		"an id that was never given":  {edit(tag.SourceKey, mapi.SourceKey(r.mailbox.guid, mapi.MaxCounter)), mapi.InvalidParameter},
		"a message in another folder": {edit(tag.SourceKey, mapi.SourceKey(r.mailbox.guid, elsewhere)), mapi.NotFound},
		"an id of which there is no message": {func() object.NewMessage {
			n := edit(tag.SourceKey, nil)
			n.ID = 1 << 40
			return n
		}(), mapi.NotFound},
	} {
		_, err := r.s.SaveMessages(k.Context(), object.SaveMessagesRequest{Store: r.mailbox.guid, Folder: r.inbox, Messages: []object.NewMessage{row.message}, Import: true})
		if mapi.CodeOf(err) != row.want {
			k.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
	equal(k, "the number of messages", r.state(r.inbox).Messages, 0)
}

func syncCopies(k *kit) {
	m := k.mailbox()
	r := m.replica()
	first := r.version("first", []byte("key"), daytime, nil)
	saved := r.send(first)[0]
	to := m.folder(0, "to")
	m.transfer(m.inbox, to, one(saved.UID), false)
	_, items := m.changes(to, 0)
	m.own(items[0].ID, items[0].Change)
	r.as(saved.ID, &first)
	m.transfer(m.inbox, to, one(saved.UID), true)
	if got := m.keys(saved.ID); !bytes.Equal(got.source, []byte("key")) {
		k.Errorf("moved it has the source key %x", got.source)
	}
	same(k, "what is found of the moved", m.find([]byte("key")), []mapi.ID{saved.ID})
	n := plain("replaced")
	n.ID = saved.ID
	again := m.save(to, n)[0]
	if got := m.keys(saved.ID); !bytes.Equal(got.source, []byte("key")) || len(got.list) != 2 || got.list.Has(mapi.ChangeXID(m.guid, again.Change+1)) {
		k.Errorf("replaced it has %x, %+v", got.source, got.list)
	}
}

func syncDirectory(k *kit) {
	changes := func(s object.Session, since uint64) (uint64, []object.DirectoryChange) {
		k.Helper()
		list := all(k, s.DirectoryChanges(k.Context(), object.DirectoryChangesRequest{Since: since}))
		if len(list) == 0 || list[0].Kind != directory.ChangeVersion {
			k.Fatalf("changes of the address book are %+v", list)
		}
		return list[0].Version, list[1:]
	}
	u := k.newUser()
	s := k.logon(u)
	now, items := changes(s, 0)
	found := false
	for _, it := range items {
		found = found || it.Entry.ID == u.ID && it.Kind == directory.ChangeUpsert
	}
	equal(k, "the user is there", found, true)
	hidden := k.newUser(func(u *directory.User) { u.Hidden = true })
	for _, row := range []struct {
		s    object.Session
		want directory.ChangeKind
	}{{s, directory.ChangeGone}, {k.admin, directory.ChangeUpsert}} {
		_, items = changes(row.s, now)
		for _, it := range items {
			if it.Entry.ID == hidden.ID {
				equal(k, "the kind", it.Kind, row.want)
			}
		}
	}
}
