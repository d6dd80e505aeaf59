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
	m, acc, leave, err := s.mailbox(ctx, actTransfer, req.Store)
	if err != nil {
		return out, err
	}
	defer leave()
	if req.Restore && req.Move && req.ToFolder == 0 {
		req.ToFolder = req.Folder
	}
	if !req.ToStore.IsZero() && req.ToStore != m.guid {
		return s.transferAcross(ctx, m, acc, req)
	}
	limits, err := m.quota(ctx)
	if err != nil {
		return out, coded(err)
	}
	err = m.updateAs(ctx, acc, func(t *tx) error {
		out = object.TransferResponse{}
		if err := t.transfer(&req, &out); err != nil || req.Move && !req.Restore {
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
	if t.isSearch(req.Folder) {
		return t.transferFound(req, out)
	}
	to, err := t.lookHolder(req.ToFolder)
	if err == nil {
		err = t.may(actSave, req.ToFolder)
	}
	if err != nil {
		return err
	}
	if done, err := t.copyInBulk(req, out); done || err != nil {
		return err
	}
	from, items, err := t.chooseIn(listToTransfer(req), req.Folder, req.UIDs)
	if err == nil {
		err = t.mayTransfer(req, items)
	}
	if err != nil {
		return err
	}
	if err := checkExpected(req, len(items)); err != nil {
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
			t.fine(object.Event{Kind: object.EventCopied, Folder: to.id, Message: moved.id, Change: moved.change,
				Old: object.OldPlace{Store: t.m.guid, Folder: from.id, Message: items[i].id}})
		}
		if err != nil {
			return err
		}
		out.Pairs = append(out.Pairs, object.UIDPair{From: items[i].uid, To: moved.uid})
	}
	out.Change = from.state().Change
	return nil
}

// mayTransfer says whether the session may read what is to be copied, and take
// out what is to be moved.
func (t *tx) mayTransfer(req *object.TransferRequest, items []item) error {
	if req.Move {
		err := t.may(actTransfer, req.Folder)
		if err == nil {
			err = t.mayWith(actTake, req.Folder, items)
		}
		return err
	}
	return t.need(req.Folder, readingTakes(listToTransfer(req)))
}

func listToTransfer(req *object.TransferRequest) list {
	if req.Restore {
		return listDeleted
	}
	return listContents
}

// checkExpected says whether as many messages are there as the caller wants.
func checkExpected(req *object.TransferRequest, n int) error {
	if req.Expect != 0 && n != req.Expect {
		return fmt.Errorf("transfer %d messages of folder %s: %d are there: %w", req.Expect, req.Folder, n, mapi.ObjectDeleted)
	}
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
	next := *it
	next.list = listContents
	if it.list != listDeleted || from.id != to.id { // what is restored is as it was
		mine := func() (bool, error) { return t.made(it.id) }
		if err := t.keepSettable(to, &next, mine); err != nil {
			return item{}, err
		}
	}
	moved, err := t.addItem(to, next, it.id)
	if err != nil {
		return item{}, err
	}
	t.fine(object.Event{Kind: object.EventMoved, Folder: to.id, Message: it.id, Change: moved.change,
		Old: object.OldPlace{Store: t.m.guid, Folder: from.id, Message: it.id}})
	err = t.c.Exec("UPDATE message SET folder = ?, uid = ? WHERE id = ?", uint64(to.id), uint32(moved.uid), uint64(it.id))
	return moved, err
}

// copyItem makes a second message of the same content.
func (t *tx) copyItem(to *folder, it *item) (item, error) {
	from := *it
	from.flags &^= object.FlagSubmitted
	from.email = emailID(t.m.guid, it)
	if from.list == listDeleted {
		from.list = listContents
	}
	if err := t.keepSettable(to, &from, always); err != nil {
		return item{}, err
	}
	copied, err := t.addItem(to, from, t.nextID())
	if err != nil {
		return item{}, err
	}
	err = t.c.Exec(`INSERT INTO message (id, folder, uid, summary, bag, recipients, attachments, body)
		SELECT ?, ?, ?, summary, bag, recipients, attachments, ifnull(body, id) FROM message WHERE id = ?`,
		uint64(copied.id), uint64(copied.list.of(to.id)), uint32(copied.uid), uint64(it.id))
	if err == nil {
		err = t.copyBody(copied.id)
	}
	if err == nil {
		err = t.sign(copied.id)
	}
	return copied, err
}
