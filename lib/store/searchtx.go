// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store/search"
)

// touch says what a part of a transaction did to a message.
type touch uint8

const (
	touchFlags   touch = 1 << iota // its flags or keywords changed
	touchAny                       // anything about it may have changed, or it is gone
	touchContent                   // its content is another one: it takes new UIDs
)

// txSearches are the search folders of a transaction. Messages are noted as
// they change and looked at once, at the end of the part.
type txSearches struct {
	base, part *searches // part where this part changed them
	changed    bool      // base is not the mailbox's
	partly     bool      // part counts
	touched    map[mapi.ID]touch
}

func (x *txSearches) keep() {
	if x.partly {
		x.base, x.changed = x.part, true
	}
}

func (x *txSearches) drop() { x.part, x.partly, x.touched = nil, false, nil }

func (x *txSearches) now() *searches {
	if x.partly {
		return x.part
	}
	return x.base
}

// set makes changes those of the part.
func (x *txSearches) set(changed map[mapi.ID]*searchFolder) {
	x.part, x.partly = x.now().with(changed), true
}

// noteSearch notes that a message changed. It costs nothing in a mailbox without
// search folders.
func (t *tx) noteSearch(id mapi.ID, how touch) {
	if s := t.find.now(); s == nil || !s.active {
		return
	}
	if t.find.touched == nil {
		t.find.touched = map[mapi.ID]touch{}
	}
	t.find.touched[id] |= how
}

// settleSearches brings the search folders up to date with what was touched.
func (t *tx) settleSearches() error {
	touched := t.find.touched
	t.find.touched = nil
	if s := t.find.now(); s == nil || !s.active {
		return nil // the last one is gone
	}
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		if err := t.settleMessage(id, touched[id], nil); err != nil {
			return fmt.Errorf("find message %s for search folders: %w", id, err)
		}
	}
	return nil
}

// member is a message's place in a search folder.
type member struct {
	message, folder mapi.ID
	uid             mapi.UID
}

// settling is the look at one message.
type settling struct {
	row     row
	there   bool // among the contents of a folder
	chain   []mapi.ID
	members []member
	moved   []mapi.ID // search folders that it entered or left
}

func (l *settling) in(folder mapi.ID) bool {
	return slices.ContainsFunc(l.members, func(m member) bool { return m.folder == folder })
}

// settleMessage lets a message enter and leave the search folders; with only,
// that one and those that stand on it.
func (t *tx) settleMessage(id mapi.ID, how touch, only *searchFolder) error {
	var l settling
	if err := t.loadSettling(&l, id); err != nil {
		return err
	}
	list := t.find.now().list
	if err := t.loadNeeds(&l, id, how, list, only); err != nil {
		return err
	}
	for _, sf := range list {
		if only != nil && sf != only && !l.stirs(sf) {
			continue
		}
		if err := t.settleIn(&l, sf, how, only != nil); err != nil {
			return err
		}
	}
	return nil
}

// stirs says whether the message entered or left a search that this one stands on.
func (l *settling) stirs(sf *searchFolder) bool {
	return slices.ContainsFunc(sf.under, func(id mapi.ID) bool { return slices.Contains(l.moved, id) })
}

// settleIn brings one search folder up to date with the message.
func (t *tx) settleIn(l *settling, sf *searchFolder, how touch, filling bool) error {
	was := l.in(sf.id)
	want := l.there && was
	if l.there && sf.follows() && (filling || how&^touchFlags != 0 || sf.volatile || l.stirs(sf)) {
		want = (sf.covers(l.chain) || slices.ContainsFunc(sf.under, l.in)) && sf.where.Match(&l.row)
	}
	switch {
	case was && (!want || how&touchContent != 0):
		if err := t.leaveSearch(l, sf); err != nil || !want {
			return err
		}
		return t.enterSearch(l, sf)
	case was:
		return t.refreshMember(l, sf)
	case want:
		return t.enterSearch(l, sf)
	}
	return nil
}

// loadSettling reads where a message is and in which search folders.
func (t *tx) loadSettling(l *settling, id mapi.ID) error {
	rows, err := t.c.Query("SELECT folder, uid FROM member WHERE message = ?", uint64(id))
	if err != nil {
		return err
	}
	for rows.Next() {
		l.members = append(l.members, member{id, mapi.ID(rows.Int(0)), mapi.UID(rows.Int(1))})
	}
	if err := rows.Close(); err != nil {
		return err
	}
	err = t.c.Row(func(r *sqlite.Rows) { scanRow(r, &l.row) }, fromItem+byID, uint64(id))
	if errors.Is(err, sqlite.ErrNoRow) {
		return nil
	}
	if err == nil && l.row.it.list == listContents {
		l.chain = t.chain(l.row.folder)
		l.there = len(l.chain) > 0
	}
	return err
}

// loadNeeds reads as much more of the message as the criteria look at that
// will be asked.
func (t *tx) loadNeeds(l *settling, id mapi.ID, how touch, list []*searchFolder, only *searchFolder) error {
	if !l.there {
		return nil
	}
	var need needs
	for _, sf := range list {
		asked := sf.follows() && (sf.covers(l.chain) || len(sf.under) > 0)
		if !asked || how == touchFlags && !sf.volatile && len(sf.under) == 0 || only != nil && sf != only && len(sf.under) == 0 {
			continue
		}
		need = needs{summary: need.summary || sf.need.summary, bag: need.bag || sf.need.bag, subs: need.subs || sf.need.subs}
	}
	if need == (needs{}) {
		return nil
	}
	return t.c.Row(func(r *sqlite.Rows) { scanRow(r, &l.row) }, inFolder.from(need)+byID, uint64(id))
}

// chain is a folder and those above it up to the root; nil where it is not
// there or among the deleted.
func (t *tx) chain(id mapi.ID) []mapi.ID {
	return chainOf(id, func(id mapi.ID) *folder {
		f, _ := t.look(id)
		return f
	})
}

func chainOf(id mapi.ID, look func(mapi.ID) *folder) []mapi.ID {
	out := make([]mapi.ID, 0, 8)
	for len(out) <= maxDepth {
		f := look(id)
		if f == nil || f.kind == object.KindRecoverable {
			return nil
		}
		if out = append(out, id); id == rootID {
			return out
		}
		id = f.parent
	}
	return nil
}

// restart has a search look at everything anew.
func (t *tx) restart(list ...*searchFolder) error {
	if len(list) == 0 {
		return nil
	}
	if err := t.m.e.fills.mark(t.m.guid); err != nil {
		return err
	}
	changed := map[mapi.ID]*searchFolder{}
	for _, sf := range list {
		next := *sf
		next.state, next.filling = object.SearchRunning, filling{}
		if f, err := t.look(sf.id); err == nil {
			next.filling.total = int64(f.total)
		}
		for _, f := range t.scopeFolders(&next, 0) {
			next.filling.total += int64(f.total)
		}
		if err := t.saveSearch(&next); err != nil {
			return err
		}
		changed[sf.id] = &next
	}
	t.find.set(changed)
	t.after(func() { t.m.e.fills.nudge(t.m.guid) })
	return nil
}

// saveSearch writes a search folder's row.
func (t *tx) saveSearch(sf *searchFolder) error {
	packed := []byte{}
	if sf.state != object.SearchNone {
		packed = search.Pack(&sf.criteria)
	}
	return t.c.Exec("INSERT OR REPLACE INTO search ("+criteriaColumns+") VALUES (?,?,?,?,?,?,?,?)", uint64(sf.id), packed, uint8(sf.state),
		uint8(sf.filling.phase), uint64(sf.filling.folder), uint32(sf.filling.uid), sf.filling.searched, sf.filling.total)
}
