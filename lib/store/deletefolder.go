// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// DeleteFolder implements object.Folders.
func (s *session) DeleteFolder(ctx context.Context, req object.DeleteFolderRequest) (object.Empty, error) {
	err := s.update(ctx, actTree, req.Store, func(t *tx) error {
		if err := t.may(actTree, req.Folder); err != nil {
			return err
		}
		if _, err := t.ordinary(req.Folder); err != nil {
			return err
		}
		byParent := t.byParent()
		if len(byParent[req.Folder]) > 0 && !req.Subfolders {
			return fmt.Errorf("delete folder %s: %w", req.Folder, mapi.HasFolders)
		}
		if err := t.mayDeleteTree(byParent, req.Folder, req.Messages); err != nil {
			return err
		}
		return t.discardTree(byParent, req.Folder, req.Soft)
	})
	return object.Empty{}, s.auditFolder(ctx, err, "delete folder", req.Store, req.Folder)
}

// mayDeleteTree says whether a folder and all below may be deleted.
func (t *tx) mayDeleteTree(byParent map[mapi.ID][]*folder, id mapi.ID, messages bool) error {
	f, err := t.ordinary(id)
	if err != nil {
		return err
	}
	if err := t.need(id, mapi.RightFolderOwner); err != nil {
		return err
	}
	if f.total > 0 && !messages && !f.search {
		return fmt.Errorf("delete folder %s: %w", id, mapi.HasMessages)
	}
	for _, child := range byParent[id] {
		if t.may(actTree, child.id) != nil { // also where it is not seen
			return fmt.Errorf("delete folder %s: one below is another's: %w", id, mapi.NoAccess)
		}
		if err := t.mayDeleteTree(byParent, child.id, messages); err != nil {
			return err
		}
	}
	return nil
}

// discardTree removes a folder and all below: for good, or, where that is
// asked for and such folders are kept, so that they can be restored.
func (t *tx) discardTree(byParent map[mapi.ID][]*folder, id mapi.ID, soft bool) error {
	if soft && t.m.e.opt.SoftDelete > 0 {
		return t.softDeleteTree(byParent, id)
	}
	return t.deleteTree(byParent, id)
}

// deleteTree deletes a folder for good, children first.
func (t *tx) deleteTree(byParent map[mapi.ID][]*folder, id mapi.ID) error {
	for _, child := range byParent[id] {
		if err := t.deleteTree(byParent, child.id); err != nil {
			return err
		}
	}
	f, err := t.edit(id)
	if err != nil {
		return err
	}
	empty := t.clearFolder
	if f.search {
		empty = t.dropSearch
	}
	if err := empty(f); err != nil {
		return err
	}
	if err := t.folderGone(f); err != nil {
		return err
	}
	return t.remove(id)
}

// folderGone tells that a folder is no longer where it was: its tombstone lies
// under the root.
func (t *tx) folderGone(f *folder) error {
	change := t.nextChange()
	t.event(object.Event{Kind: object.EventHierarchy, Folder: f.id, Change: change})
	t.touched(object.EventDeleted, f, 0, change)
	return t.c.Exec("INSERT INTO tombstone (folder, change, uid, id, kind) VALUES (?, ?, ?, ?, ?)",
		uint64(rootID), uint64(change), uint64(f.parent), uint64(f.id), goneFolder)
}

// clearFolder removes all messages of a folder that goes away itself, so that
// no tombstones are needed.
func (t *tx) clearFolder(f *folder) error {
	for _, l := range folderLists {
		items, err := itemsIn(t.c, l.of(f.id), allUIDs)
		if err != nil {
			return err
		}
		for i := range items {
			if items[i].flags&object.FlagSubmitted != 0 {
				if err := t.dequeue(items[i].id); err != nil {
					return err
				}
			}
			if err := t.deleteMessage(items[i].id); err != nil {
				return err
			}
			if l == listDeleted {
				if err := t.c.Exec("DELETE FROM deleted WHERE object = ?", uint64(items[i].id)); err != nil {
					return err
				}
			}
			t.counted(f, &items[i], -1)
		}
		if err := t.c.Exec("DELETE FROM item WHERE folder = ?", uint64(l.of(f.id))); err != nil {
			return err
		}
	}
	return t.clearTombstones(f.id)
}

func (t *tx) clearTombstones(id mapi.ID) error {
	for _, l := range folderLists {
		if err := t.c.Exec("DELETE FROM tombstone WHERE folder = ?", uint64(l.of(id))); err != nil {
			return err
		}
	}
	return nil
}
