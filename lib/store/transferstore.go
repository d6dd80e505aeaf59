// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// acrossBatch is how many messages one step carries to another store.
const acrossBatch = 100

// transferAcross copies messages into another store and, for a move, then
// takes them out of the first: a crash in between leaves both. Content that
// lies in blobs is shared.
func (s *session) transferAcross(ctx context.Context, m *mailbox, req object.TransferRequest) (object.TransferResponse, error) {
	var out object.TransferResponse
	to, leave, err := s.mailbox(ctx, actTransfer, req.ToStore)
	if err != nil {
		return out, err
	}
	defer leave()
	limits, err := to.quota(ctx)
	if err != nil {
		return out, coded(err)
	}
	var items []item
	err = m.view(ctx, func(c *sqlite.Conn) error {
		if f := m.folder(req.Folder); f == nil || f.id == rootID {
			return noFolder(req.Folder)
		}
		items, err = itemsIn(c, req.Folder, req.UIDs)
		return err
	})
	for len(items) > 0 && err == nil {
		n := min(acrossBatch, len(items))
		if err = mayLeave(items[:n], req.Move); err != nil {
			break
		}
		err = carry(ctx, m, to, req.ToFolder, items[:n], limits, &out)
		if err == nil && req.Move {
			err = takeOut(ctx, m, req.Folder, items[:n])
		}
		items = items[n:]
	}
	if err != nil {
		return object.TransferResponse{}, coded(err)
	}
	if f := to.folder(req.ToFolder); f != nil {
		out.UIDValidity = f.uidValidity
	}
	if f := m.folder(req.Folder); f != nil {
		out.Change = f.state().Change
	}
	return out, nil
}

// mayLeave says whether items may be taken out: not what waits to be sent.
func mayLeave(items []item, move bool) error {
	for i := range items {
		if move && items[i].flags&object.FlagSubmitted != 0 {
			return fmt.Errorf("move message %s: %w", items[i].id, mapi.Submitted)
		}
	}
	return nil
}

// carry reads messages from one mailbox and writes them into another.
func carry(ctx context.Context, m, to *mailbox, folder mapi.ID, items []item, limits object.Limits, out *object.TransferResponse) error {
	list := make([]*prepared, len(items))
	err := m.view(ctx, func(c *sqlite.Conn) error {
		for i := range items {
			p, err := readPrepared(c, &items[i])
			if err == nil && p != nil {
				err = eachBlob(p.body, func(id blob.ID) error { _, err := m.e.blobs.Touch(ctx, id); return err })
			}
			if err != nil {
				return err
			}
			list[i] = p
		}
		return nil
	})
	if err != nil {
		return err
	}
	var pairs []object.UIDPair
	err = to.update(ctx, func(t *tx) error {
		pairs = nil
		f, err := t.contents(folder)
		if err != nil {
			return err
		}
		for i, p := range list {
			if p == nil {
				continue // gone meanwhile
			}
			saved, err := t.insert(f, p, t.nextID())
			if err != nil {
				return err
			}
			pairs = append(pairs, object.UIDPair{From: items[i].uid, To: saved.UID})
		}
		return t.checkQuota(limits)
	})
	out.Pairs = append(out.Pairs, pairs...)
	return err
}

// readPrepared reads a message as it lies there; nil where it is gone.
func readPrepared(c *sqlite.Conn, it *item) (*prepared, error) {
	p := &prepared{item: *it}
	p.item.flags &^= object.FlagSubmitted
	err := c.Row(func(r *sqlite.Rows) {
		p.summary, p.bag, p.recipients, p.attachments, p.body = r.Bytes(0), r.Bytes(1), r.Bytes(2), r.Bytes(3), r.Bytes(4)
	}, "SELECT m.summary, m.bag, m.recipients, m.attachments, b.recipe FROM message m LEFT JOIN body b ON b.id = m.id WHERE m.id = ?", uint64(it.id))
	if errors.Is(err, sqlite.ErrNoRow) {
		return nil, nil
	}
	return p, err
}

// takeOut removes messages that were carried away.
func takeOut(ctx context.Context, m *mailbox, folder mapi.ID, items []item) error {
	return m.update(ctx, func(t *tx) error {
		f, err := t.contents(folder)
		if err != nil {
			return err
		}
		for i := range items {
			now, err := itemsIn(t.c, folder, []mapi.UIDRange{{First: items[i].uid, Last: items[i].uid}})
			if err != nil {
				return err
			}
			if err := mayLeave(now, true); err != nil {
				return err
			}
			for j := range now {
				if err := t.deleteItem(f, &now[j]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
