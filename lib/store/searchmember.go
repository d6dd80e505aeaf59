// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"errors"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// pagesPerMember is how many pages a new member changes, usually.
const pagesPerMember = 4

// enterSearch makes a message a member, with the search folder's next UID.
func (t *tx) enterSearch(l *settling, sf *searchFolder) error {
	f, err := t.edit(sf.id)
	if err != nil {
		return err
	}
	if f.next > maxUID {
		return fmt.Errorf("add to search folder %s: out of UIDs: %w", f.id, mapi.NotEnoughResources)
	}
	it := l.row.it
	it.uid, it.change = mapi.UID(f.next), t.memberChange(f, it.change)
	f.next++
	if err := it.insert(t.c, f.id); err != nil {
		return err
	}
	if err := t.c.Exec("INSERT INTO member (message, folder, uid) VALUES (?, ?, ?)", uint64(it.id), uint64(f.id), uint32(it.uid)); err != nil {
		return err
	}
	t.mine.pages += pagesPerMember
	t.touched(object.EventCreated, f, it.id, it.change)
	countMember(f, &it, 1)
	l.members = append(l.members, member{it.id, f.id, it.uid})
	l.moved = append(l.moved, f.id)
	return nil
}

// leaveSearch ends a membership and leaves a tombstone.
func (t *tx) leaveSearch(l *settling, sf *searchFolder) error {
	at := slices.IndexFunc(l.members, func(m member) bool { return m.folder == sf.id })
	mem := l.members[at]
	l.members = slices.Delete(l.members, at, at+1)
	l.moved = append(l.moved, sf.id)
	f, err := t.edit(sf.id)
	if err != nil {
		return err
	}
	if err := t.c.Exec("DELETE FROM member WHERE message = ? AND folder = ?", uint64(mem.message), uint64(f.id)); err != nil {
		return err
	}
	old, there, err := t.memberItem(mem)
	if err != nil || !there {
		return err
	}
	if err := t.c.Exec("DELETE FROM item WHERE folder = ? AND uid = ?", uint64(f.id), uint32(mem.uid)); err != nil {
		return err
	}
	change := t.root().change
	if change <= f.change { // a folder has one tombstone a change
		change = t.nextChange()
	}
	countMember(f, &old, -1)
	f.change = change
	t.touched(object.EventDeleted, f, old.id, change)
	return t.c.Exec("INSERT INTO tombstone (folder, change, uid, id, kind) VALUES (?, ?, ?, ?, ?)",
		uint64(f.id), uint64(change), uint32(mem.uid), uint64(old.id), goneMessage)
}

// refreshMember brings a member's row up to date with the message's.
func (t *tx) refreshMember(l *settling, sf *searchFolder) error {
	mem := l.members[slices.IndexFunc(l.members, func(m member) bool { return m.folder == sf.id })]
	old, there, err := t.memberItem(mem)
	if err != nil {
		return err
	}
	if !there {
		if err := t.leaveSearch(l, sf); err != nil {
			return err
		}
		return t.enterSearch(l, sf)
	}
	real := &l.row.it
	it := *real
	it.uid, it.change, it.modified = old.uid, old.change, old.modified
	if it == old && real.change <= old.change {
		return nil
	}
	f, err := t.edit(sf.id)
	if err != nil {
		return err
	}
	it.change = t.memberChange(f, real.change)
	countMember(f, &old, -1)
	countMember(f, &it, 1)
	t.touched(object.EventModified, f, it.id, it.change)
	flagged := old
	flagged.flags, flagged.keywords, flagged.change = it.flags, it.keywords, it.change
	if flagged == it && real.modified <= old.change {
		return t.c.Exec("UPDATE item SET flags = ?, keywords = ?, modified = coalesce(modified, change), change = ? WHERE folder = ? AND uid = ?",
			uint32(it.flags), textOrNull(it.keywords), uint64(it.change), uint64(f.id), uint32(it.uid))
	}
	if err := t.c.Exec("DELETE FROM item WHERE folder = ? AND uid = ?", uint64(f.id), uint32(it.uid)); err != nil {
		return err
	}
	return it.insert(t.c, f.id)
}

// memberItem is a member's row in the search folder. That it is not there is
// damage, which must not keep messages from being changed.
func (t *tx) memberItem(m member) (it item, there bool, err error) {
	err = t.c.Row(func(r *sqlite.Rows) { scanItem(r, 0, &it) },
		"SELECT "+itemColumns+" FROM item WHERE folder = ? AND uid = ?", uint64(m.folder), uint32(m.uid))
	if errors.Is(err, sqlite.ErrNoRow) {
		return it, false, nil
	}
	return it, err == nil, err
}

// memberChange is the change number of a member's row: the message's, unless
// who follows the search folder may have asked beyond that already.
func (t *tx) memberChange(f *folder, message mapi.Change) mapi.Change {
	if was := t.m.folder(f.id); message == 0 || was == nil || message <= was.change {
		message = t.nextChange()
	}
	f.change = max(f.change, message)
	return message
}

// countMember adds a row to a search folder's counters or takes it off; it does
// not count for the mailbox.
func countMember(f *folder, it *item, sign int) { f.count(it, sign) }
