// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// finderName is the name of the folder that holds search folders which are
// made under no folder. It is not shown and the same in every language.
const finderName = "Finder"

// noHolder is what a search folder answers that is to hold something itself.
func noHolder(id mapi.ID) error {
	return fmt.Errorf("put into folder %s: a search folder: %w", id, mapi.InvalidObject)
}

// holdsFolders says whether a folder may have others below it.
func holdsFolders(f *folder) error {
	if f.search {
		return noHolder(f.id)
	}
	return nil
}

// finder is the folder for search folders beside the root; it is made on first
// need.
func (t *tx) finder(c children) (mapi.ID, error) {
	for f := range t.folders {
		if f.kind == object.KindSearchRoot {
			return f.id, nil
		}
	}
	made, err := t.createFolder(c, rootID, &object.NewFolder{Name: finderName}, true)
	if err != nil {
		return 0, err
	}
	f, err := t.edit(made.ID)
	if err != nil {
		return 0, err
	}
	f.kind, f.wide = object.KindSearchRoot, true
	return f.id, nil
}

// makeFolder makes a folder, or a search folder; that under no folder lies under
// the finder.
func (t *tx) makeFolder(c children, parent mapi.ID, n *object.NewFolder, openExisting bool) (object.CreatedFolder, error) {
	if n.Search && parent == 0 {
		var err error
		if parent, err = t.finder(c); err != nil {
			return object.CreatedFolder{}, err
		}
	}
	made, err := t.createFolder(c, parent, n, openExisting)
	if err != nil || made.Existed || !n.Search {
		return made, err
	}
	return made, t.createSearch(made.ID)
}

// createSearch makes a search folder of a folder that was just made.
func (t *tx) createSearch(id mapi.ID) error {
	if !t.acc.owns() || !t.acc.is(allowed[actSearch].roles) {
		return fmt.Errorf("make search folder: not the owner: %w", mapi.NoAccess)
	}
	if s := t.find.now(); s != nil && len(s.list) >= object.MaxSearchFolders {
		return fmt.Errorf("create search folder: %d are there: %w", len(s.list), mapi.TooBig)
	}
	f, err := t.edit(id)
	if err != nil {
		return err
	}
	f.search = true
	sf := &searchFolder{id: id}
	t.find.set(map[mapi.ID]*searchFolder{id: sf})
	return t.saveSearch(sf)
}

// dropSearch takes a search folder's criteria and members away, but no message.
func (t *tx) dropSearch(f *folder) error {
	items, err := itemsIn(t.c, f.id, allUIDs)
	if err != nil {
		return err
	}
	carries := slices.ContainsFunc(t.find.now().list, func(sf *searchFolder) bool { return slices.Contains(sf.under, f.id) })
	for i := range items {
		if err := t.c.Exec("DELETE FROM member WHERE message = ? AND folder = ?", uint64(items[i].id), uint64(f.id)); err != nil {
			return err
		}
		if carries {
			t.noteSearch(items[i].id, touchAny)
		}
	}
	f.total, f.unread, f.deleted, f.size = 0, 0, 0, 0
	for _, sql := range []string{"DELETE FROM item WHERE folder = ?", "DELETE FROM tombstone WHERE folder = ?", "DELETE FROM search WHERE folder = ?"} {
		if err := t.c.Exec(sql, uint64(f.id)); err != nil {
			return err
		}
	}
	t.find.set(map[mapi.ID]*searchFolder{f.id: nil})
	return nil
}

// movedMax is up to how many messages of a folder that moves are looked at in
// its transaction; of more the searches are filled anew.
const movedMax = 500

// searchMoved settles the searches that a folder came to or left when it got
// another parent.
func (t *tx) searchMoved(id mapi.ID, oldParent mapi.ID) error {
	s := t.find.now()
	if s == nil || !s.active {
		return nil
	}
	before, after := t.chain(oldParent), t.chain(id)
	if len(after) > 0 {
		after = after[1:]
	}
	var affected []*searchFolder
	for _, sf := range s.list {
		if sf.follows() && sf.criteria.Subfolders && sf.covers(before) != sf.covers(after) {
			affected = append(affected, sf)
		}
	}
	if len(affected) == 0 {
		return nil
	}
	return t.searchTree(id, affected)
}

// searchBuried settles all searches for a folder and those below it that is
// about to be put among the deleted, or was just brought back.
func (t *tx) searchBuried(id mapi.ID) error {
	s := t.find.now()
	if s == nil || !s.active {
		return nil
	}
	return t.searchTree(id, s.list)
}

// searchTree settles searches for all messages of a folder and those below it.
func (t *tx) searchTree(id mapi.ID, affected []*searchFolder) error {
	var list []*folder
	n := 0
	byParent := t.byParent()
	var walk func(*folder)
	walk = func(f *folder) {
		if !f.search {
			list, n = append(list, f), n+int(f.total)
		}
		for _, child := range byParent[f.id] {
			walk(child)
		}
	}
	f, err := t.look(id)
	if err != nil {
		return err
	}
	walk(f)
	stopped := slices.ContainsFunc(affected, func(sf *searchFolder) bool { return !sf.follows() })
	if n > movedMax && !stopped {
		return t.restart(affected...)
	}
	for _, f := range list {
		ids, _, err := idsBehind(t.c, f.id, 0, int(f.total))
		if err != nil {
			return err
		}
		for _, message := range ids {
			t.noteSearch(message, touchAny)
		}
	}
	return nil
}
