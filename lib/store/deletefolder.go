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
	return object.Empty{}, s.update(ctx, actTree, req.Store, func(t *tx) error {
		if _, err := t.ordinary(req.Folder); err != nil {
			return err
		}
		byParent := t.byParent()
		if len(byParent[req.Folder]) > 0 && !req.Subfolders {
			return fmt.Errorf("delete folder %s: %w", req.Folder, mapi.HasFolders)
		}
		return t.deleteTree(byParent, req.Folder, req.Messages)
	})
}

// deleteTree deletes a folder, children first.
func (t *tx) deleteTree(byParent map[mapi.ID][]*folder, id mapi.ID, messages bool) error {
	for _, child := range byParent[id] {
		if _, err := t.ordinary(child.id); err != nil {
			return err
		}
		if err := t.deleteTree(byParent, child.id, messages); err != nil {
			return err
		}
	}
	f, err := t.edit(id)
	if err != nil {
		return err
	}
	if f.total > 0 && !messages {
		return fmt.Errorf("delete folder %s: %w", id, mapi.HasMessages)
	}
	if err := t.emptyFolder(f); err != nil {
		return err
	}
	change := t.nextChange()
	err = t.c.Exec("INSERT INTO tombstone (folder, change, uid, id, kind) VALUES (?, ?, 0, ?, ?)",
		uint64(f.parent), uint64(change), uint64(id), goneFolder)
	if err != nil {
		return err
	}
	t.event(object.Event{Kind: object.EventHierarchy, Folder: id, Change: change})
	return t.remove(id)
}

// emptyFolder removes all messages of a folder that goes away itself, so that
// no tombstones are needed.
func (t *tx) emptyFolder(f *folder) error {
	items, err := itemsIn(t.c, f.id, allUIDs)
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
		t.counted(f, &items[i], -1)
	}
	if err := t.c.Exec("DELETE FROM item WHERE folder = ?", uint64(f.id)); err != nil {
		return err
	}
	return t.c.Exec("DELETE FROM tombstone WHERE folder = ?", uint64(f.id))
}
