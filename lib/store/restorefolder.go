// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// RestoreFolder implements object.Folders.
func (s *session) RestoreFolder(ctx context.Context, req object.RestoreFolderRequest) (object.Empty, error) {
	m, acc, leave, err := s.mailbox(ctx, actTree, req.Store)
	if err != nil {
		return object.Empty{}, err
	}
	defer leave()
	limits, err := m.quota(ctx)
	if err != nil {
		return object.Empty{}, coded(err)
	}
	err = m.updateAs(ctx, acc, func(t *tx) error {
		if err := t.restoreFolder(req.Folder, req.Parent); err != nil {
			return err
		}
		return t.checkQuota(limits)
	})
	return object.Empty{}, s.auditFolder(ctx, err, "restore folder", req.Store, req.Folder)
}

// restoreFolder brings a soft-deleted folder back, under its parent where none
// is named.
func (t *tx) restoreFolder(id, parent mapi.ID) error {
	origin, err := t.origin(id)
	if err != nil {
		return err
	}
	if parent == 0 {
		parent = origin
	}
	if _, err := t.look(parent); err != nil {
		return fmt.Errorf("restore folder %s: %w", id, err)
	}
	if err := t.need(parent, mapi.RightCreateSubfolder); err != nil {
		return err
	}
	f, err := t.editBuried(id)
	if err == nil && !t.acc.isFull() {
		err = has(id, t.acc.of(f), allowed[actTree].rights)
	}
	if err != nil {
		return err
	}
	if _, ok := newChildren(t).byName[keyOf(parent, f.name)]; ok {
		return fmt.Errorf("restore folder %s as %q: %w", id, f.name, mapi.AlreadyExists)
	}
	below := map[mapi.ID][]*folder{}
	for f := range t.buried {
		below[f.parent] = append(below[f.parent], f)
	}
	if t.depth(parent)+height(below, id, maxDepth) >= maxDepth {
		return fmt.Errorf("restore folder %s under %s: too deep: %w", id, parent, mapi.TooBig)
	}
	f.parent = parent
	if err := t.unbury(below, id); err != nil {
		return err
	}
	if err := t.searchBuried(id); err != nil {
		return err
	}
	return t.c.Exec("DELETE FROM deleted WHERE object = ?", uint64(id))
}

// unbury has a folder and all below seen again, as new to who follows the changes.
func (t *tx) unbury(below map[mapi.ID][]*folder, id mapi.ID) error {
	f, err := t.editBuried(id)
	if err != nil {
		return err
	}
	err = t.c.Exec("DELETE FROM tombstone WHERE folder = ? AND change = ? AND id = ?", uint64(rootID), uint64(f.own), uint64(id))
	if err != nil {
		return err
	}
	f.buried, f.wide, f.own = false, true, t.nextChange()
	if err := t.countTree(f, 1); err != nil {
		return err
	}
	t.event(object.Event{Kind: object.EventHierarchy, Folder: f.id, Change: f.own})
	for _, child := range below[id] {
		if err := t.unbury(below, child.id); err != nil {
			return err
		}
	}
	return nil
}
