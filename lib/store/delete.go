// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"

	"twiga/lib/mapi/object"
)

// DeleteMessages implements object.Messages.
func (s *session) DeleteMessages(ctx context.Context, req object.DeleteMessagesRequest) (object.DeleteMessagesResponse, error) {
	var out object.DeleteMessagesResponse
	err := s.update(ctx, actDelete, req.Store, func(t *tx) error {
		out = object.DeleteMessagesResponse{}
		f, items, err := t.choose(req.Folder, req.UIDs)
		if err != nil {
			return err
		}
		out.Before = f.state().Change
		for i := range items {
			if req.OnlyDeleted && items[i].flags&object.FlagDeleted == 0 {
				continue
			}
			if f, err = t.edit(req.Folder); err != nil {
				return err
			}
			if err := t.deleteItem(f, &items[i]); err != nil {
				return err
			}
			out.UIDs = append(out.UIDs, items[i].uid)
		}
		out.Change = f.state().Change
		return nil
	})
	if err != nil {
		return object.DeleteMessagesResponse{}, err
	}
	return out, nil
}

// deleteItem removes a message for good, out of the outgoing queue too.
func (t *tx) deleteItem(f *folder, it *item) error {
	if err := t.removeItem(f, it); err != nil {
		return err
	}
	if it.flags&object.FlagSubmitted != 0 {
		if err := t.dequeue(it.id); err != nil {
			return err
		}
	}
	return t.deleteMessage(it.id)
}
