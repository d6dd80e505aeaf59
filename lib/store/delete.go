// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// DeleteMessages implements object.Messages.
func (s *session) DeleteMessages(ctx context.Context, req object.DeleteMessagesRequest) (object.DeleteMessagesResponse, error) {
	var out object.DeleteMessagesResponse
	l, err := listOfTable(req.Table)
	if err != nil {
		return out, fmt.Errorf("delete messages: %w", err)
	}
	err = s.update(ctx, actDelete, req.Store, func(t *tx) error {
		out = object.DeleteMessagesResponse{}
		if t.isSearch(req.Folder) {
			return t.deleteFound(&req, &out)
		}
		return t.deleteMessages(l, &req, &out)
	})
	if err != nil {
		return object.DeleteMessagesResponse{}, err
	}
	return out, nil
}

func (t *tx) deleteMessages(l list, req *object.DeleteMessagesRequest, out *object.DeleteMessagesResponse) error {
	f, items, err := t.chooseIn(l, req.Folder, req.UIDs)
	if err == nil && req.OnlyDeleted {
		items, err = t.deletable(req.Folder, items)
	}
	if err == nil {
		err = t.mayWith(actDelete, req.Folder, items)
	}
	if err != nil {
		return err
	}
	out.Before = f.state().Change
	if err := t.discardAll(l, req, items); err != nil {
		return err
	}
	out.UIDs = make([]mapi.UID, 0, len(items))
	for i := range items {
		out.UIDs = append(out.UIDs, items[i].uid)
	}
	if f, err = t.look(req.Folder); err != nil {
		return err
	}
	out.Change = f.state().Change
	return nil
}

// discardAll removes the items, those that the request means.
func (t *tx) discardAll(l list, req *object.DeleteMessagesRequest, items []item) error {
	if len(items) == 0 {
		return nil
	}
	f, err := t.edit(req.Folder)
	if err != nil {
		return err
	}
	ranges := normalise(req.UIDs)
	if req.Soft && t.keeps(l) && t.inBulk(ranges, len(items)) && !slices.ContainsFunc(items, item.submitted) {
		flags := object.Flags(0)
		if req.OnlyDeleted {
			flags = object.FlagDeleted
		}
		return t.softDeleteInBulk(f, ranges, flags, items)
	}
	for i := range items {
		if err := t.discard(f, &items[i], req.Soft); err != nil {
			return err
		}
	}
	return nil
}

// deletable are those of the items that are flagged as deleted and that the
// session may delete.
func (t *tx) deletable(folder mapi.ID, items []item) ([]item, error) {
	own, err := t.onlyOwned(actDelete, folder)
	if err != nil {
		return nil, err
	}
	var out []item
	for i := range items {
		if items[i].flags&object.FlagDeleted == 0 {
			continue
		}
		if own {
			mine, err := t.made(items[i].id)
			if err != nil {
				return nil, err
			}
			if !mine {
				continue
			}
		}
		out = append(out, items[i])
	}
	return out, nil
}

// deleteItem removes a message for good, out of the outgoing queue too.
func (t *tx) deleteItem(f *folder, it *item) error {
	if err := t.removeItem(f, it); err != nil {
		return err
	}
	t.touched(object.EventDeleted, f, it.id, f.change)
	if it.flags&object.FlagSubmitted != 0 {
		if err := t.dequeue(it.id); err != nil {
			return err
		}
	}
	return t.deleteMessage(it.id)
}
