// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// fillBatch is how many messages one transaction of a filling looks at.
const fillBatch = 200

// fill looks at the next messages for the first search that is running; false
// where none is. What changes meanwhile is settled by the transactions that
// change it: to look at a message again does no harm.
func (t *tx) fill() (bool, error) {
	sf := t.find.now().next()
	if sf == nil {
		return false, nil
	}
	next := *sf
	scope := t.scopeFolders(sf, sf.filling.folder)
	left := fillBatch
	for left > 0 && next.state == object.SearchRunning {
		ids, err := t.nextToFill(&next, &scope, left)
		if err != nil {
			return false, err
		}
		for _, id := range ids {
			if err := t.settleMessage(id, touchAny, sf); err != nil {
				return false, err
			}
		}
		left -= len(ids)
		next.filling.searched += int64(len(ids))
	}
	if next.state != object.SearchRunning {
		next.filling.total = next.filling.searched
		f, err := t.look(next.id)
		if err != nil {
			return false, err
		}
		t.event(object.Event{Kind: object.EventSearchComplete, Folder: next.id, Change: f.state().Change})
	}
	t.find.set(map[mapi.ID]*searchFolder{next.id: &next})
	return true, t.saveSearch(&next)
}

// nextToFill gives the next messages, at most so many, and moves on behind
// them; at the end the search is not running any more. It takes folders that
// were looked at off the scope.
func (t *tx) nextToFill(sf *searchFolder, scope *[]*folder, limit int) ([]mapi.ID, error) {
	at := &sf.filling
	if at.phase == fillMembers {
		ids, last, err := idsBehind(t.c, sf.id, at.uid, limit)
		if at.uid = last; len(ids) < limit {
			*at = filling{phase: fillScope, searched: at.searched, total: at.total}
		}
		return ids, err
	}
	for ; len(*scope) > 0; *scope = (*scope)[1:] {
		if f := (*scope)[0]; f.id != at.folder {
			at.folder, at.uid = f.id, 0
		}
		ids, last, err := idsBehind(t.c, at.folder, at.uid, limit)
		if err != nil || len(ids) > 0 {
			at.uid = last
			return ids, err
		}
	}
	sf.state = object.SearchComplete
	if sf.criteria.Static {
		sf.state = object.SearchStopped
	}
	return nil, nil
}

// idsBehind reads the messages of a folder behind a UID.
func idsBehind(c *sqlite.Conn, folder mapi.ID, uid mapi.UID, limit int) (ids []mapi.ID, last mapi.UID, err error) {
	last = uid
	rows, err := c.Query("SELECT uid, id FROM item WHERE folder = ? AND uid > ? ORDER BY uid LIMIT ?", uint64(folder), uint32(uid), limit)
	if err != nil {
		return nil, last, err
	}
	for rows.Next() {
		last = mapi.UID(rows.Int(0))
		ids = append(ids, mapi.ID(rows.Int(1)))
	}
	return ids, last, rows.Close()
}

// scopeFolders are the folders in the scope of a search that hold something,
// from an id on, by id.
func (t *tx) scopeFolders(sf *searchFolder, from mapi.ID) []*folder {
	var out []*folder
	for f := range t.folders {
		if f.id < from || f.id == rootID || f.total == 0 {
			continue
		}
		if f.search && slices.Contains(sf.under, f.id) || !f.search && sf.covers(t.chain(f.id)) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b *folder) int { return cmp.Compare(a.id, b.id) })
	return out
}
