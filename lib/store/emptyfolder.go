// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"

	"twiga/lib/mapi/object"
)

// EmptyFolder implements object.Folders. What was soft-deleted before stays so.
func (s *session) EmptyFolder(ctx context.Context, req object.EmptyFolderRequest) (object.Empty, error) {
	err := s.update(ctx, actEmpty, req.Store, func(t *tx) error {
		f, err := t.contents(req.Folder)
		if err != nil {
			return err
		}
		if err := t.may(actEmpty, req.Folder); err != nil {
			return err
		}
		lists := folderLists[:1]
		if req.Associated {
			lists = folderLists[:2]
		}
		for _, l := range lists {
			items, err := itemsIn(t.c, l.of(f.id), allUIDs)
			if err != nil {
				return err
			}
			for i := range items {
				if err := t.discard(f, &items[i], req.Soft); err != nil {
					return err
				}
			}
		}
		if !req.Subfolders {
			return nil
		}
		byParent := t.byParent()
		for _, child := range byParent[f.id] {
			if err := t.mayDeleteTree(byParent, child.id, true); err != nil {
				return err
			}
		}
		for _, child := range byParent[f.id] {
			if err := t.discardTree(byParent, child.id, req.Soft); err != nil {
				return err
			}
		}
		return nil
	})
	return object.Empty{}, s.auditFolder(ctx, err, "empty folder", req.Store, req.Folder)
}
