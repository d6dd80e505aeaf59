// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Transfer implements object.Messages.
func (s *session) Transfer(ctx context.Context, req object.TransferRequest) (object.TransferResponse, error) {
	var out object.TransferResponse
	m, leave, err := s.mailbox(ctx, actTransfer, req.Store)
	if err != nil {
		return out, err
	}
	defer leave()
	if !req.ToStore.IsZero() && req.ToStore != m.guid {
		return s.transferAcross(ctx, m, req)
	}
	limits, err := m.quota(ctx)
	if err != nil {
		return out, coded(err)
	}
	err = m.update(ctx, func(t *tx) error {
		out = object.TransferResponse{}
		if err := t.transfer(&req, &out); err != nil || req.Move {
			return err
		}
		return t.checkQuota(limits)
	})
	if err != nil {
		return object.TransferResponse{}, err
	}
	return out, nil
}

func (t *tx) transfer(req *object.TransferRequest, out *object.TransferResponse) error {
	to, err := t.lookHolder(req.ToFolder)
	if err != nil {
		return err
	}
	from, items, err := t.choose(req.Folder, req.UIDs)
	if err != nil {
		return err
	}
	out.UIDValidity, out.Before = to.uidValidity, from.state().Change
	out.Pairs = make([]object.UIDPair, 0, len(items))
	for i := range items {
		if from, err = t.edit(req.Folder); err != nil {
			return err
		}
		if to, err = t.edit(req.ToFolder); err != nil {
			return err
		}
		var moved item
		if req.Move {
			moved, err = t.moveItem(from, to, &items[i])
		} else {
			moved, err = t.copyItem(to, &items[i])
		}
		if err != nil {
			return err
		}
		out.Pairs = append(out.Pairs, object.UIDPair{From: items[i].uid, To: moved.uid})
	}
	out.Change = from.state().Change
	return nil
}

// moveItem gives a message another place; it keeps its id. What waits to be
// sent stays where it is.
func (t *tx) moveItem(from, to *folder, it *item) (item, error) {
	if it.flags&object.FlagSubmitted != 0 {
		return item{}, fmt.Errorf("move message %s: %w", it.id, mapi.Submitted)
	}
	if err := t.removeItem(from, it); err != nil {
		return item{}, err
	}
	moved, err := t.addItem(to, *it, it.id)
	if err != nil {
		return item{}, err
	}
	err = t.c.Exec("UPDATE message SET folder = ?, uid = ? WHERE id = ?", uint64(to.id), uint32(moved.uid), uint64(it.id))
	return moved, err
}

// copyItem makes a second message of the same content.
func (t *tx) copyItem(to *folder, it *item) (item, error) {
	from := *it
	from.flags &^= object.FlagSubmitted
	copied, err := t.addItem(to, from, t.nextID())
	if err != nil {
		return item{}, err
	}
	err = t.c.Exec(`INSERT INTO message (id, folder, uid, summary, bag, recipients, attachments)
		SELECT ?, ?, ?, summary, bag, recipients, attachments FROM message WHERE id = ?`,
		uint64(copied.id), uint64(to.id), uint32(copied.uid), uint64(it.id))
	if err == nil {
		err = t.c.Exec("INSERT INTO body (id, recipe) SELECT ?, recipe FROM body WHERE id = ?", uint64(copied.id), uint64(it.id))
	}
	return copied, err
}
