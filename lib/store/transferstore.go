// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// transferAcross copies messages into another store and, for a move, then
// takes them out of the first: a crash in between leaves both. Content that
// lies in blobs is shared.
func (s *session) transferAcross(ctx context.Context, m *mailbox, acc *access, req object.TransferRequest) (object.TransferResponse, error) {
	if f := m.folder(req.Folder); f != nil && f.search {
		return s.transferFoundAcross(ctx, m, acc, req)
	}
	var out object.TransferResponse
	to, toAcc, leave, err := s.mailbox(ctx, actSave, req.ToStore)
	if err != nil {
		return out, err
	}
	defer leave()
	x := &crossing{m: m, to: to, acc: acc, toAcc: toAcc, req: &req}
	if x.limits, err = to.quota(ctx); err != nil {
		return out, coded(err)
	}
	if err := toAcc.may(actSave, req.ToFolder); err != nil {
		return out, err
	}
	if err := x.run(ctx); err != nil {
		return object.TransferResponse{}, coded(err)
	}
	out.Pairs = x.pairs
	if f := to.folder(req.ToFolder); f != nil {
		out.UIDValidity = f.uidValidity
	}
	if f := m.folder(req.Folder); f != nil {
		out.Change = f.state().Change
	}
	return out, nil
}

// crossing is the state of one transfer to another store.
type crossing struct {
	m, to      *mailbox
	acc, toAcc *access
	req        *object.TransferRequest
	limits     object.Limits
	pairs      []object.UIDPair
}

// run carries batch by batch. Where a number of messages is expected, nothing
// leaves the first store before all are in the other one, and what came there
// is taken back when one is missing.
func (x *crossing) run(ctx context.Context) error {
	items, err := x.items(ctx)
	if err == nil {
		err = checkExpected(x.req, len(items))
	}
	if err == nil {
		err = mayLeave(items, x.req.Move)
	}
	for list := items; len(list) > 0 && err == nil; {
		n := min(acrossBatch, len(list))
		n, err = x.carry(ctx, list[:n])
		if err == nil && x.req.Move && x.req.Expect == 0 {
			err = takeOut(ctx, x.m, x.acc, x.req.Folder, list[:n])
		}
		list = list[n:]
	}
	if err == nil {
		err = checkExpected(x.req, len(x.pairs))
	}
	switch {
	case x.req.Expect == 0:
		return err
	case err != nil:
		return errors.Join(err, x.takeBack(context.WithoutCancel(ctx)))
	case x.req.Move:
		return takeOut(ctx, x.m, x.acc, x.req.Folder, items)
	}
	return nil
}

// items are those to be carried, as far as they are there for the session and
// may be taken.
func (x *crossing) items(ctx context.Context) (items []item, err error) {
	err = x.m.view(ctx, func(c *sqlite.Conn) error {
		if f := x.m.folder(x.req.Folder); f == nil || f.id == rootID {
			return noFolder(x.req.Folder)
		}
		if items, err = itemsIn(c, listToTransfer(x.req).of(x.req.Folder), x.req.UIDs); err == nil {
			items, err = x.acc.shown(c, items)
		}
		if err != nil || x.acc.isFull() {
			return err
		}
		t := newTx(x.m, c) // to look at rights, not to write
		t.acc = x.acc
		return t.mayTransfer(x.req, items)
	})
	return items, err
}

// carry writes copies of messages into the other store. It tells how many it
// was about: fewer than asked for where they are large.
func (x *crossing) carry(ctx context.Context, items []item) (int, error) {
	cargo, err := loadCargo(ctx, x.m, x.req.Folder, items)
	if err != nil {
		return 0, err
	}
	var pairs []object.UIDPair
	err = x.to.updateAs(ctx, x.toAcc, func(t *tx) error {
		f, err := t.contents(x.req.ToFolder)
		if err == nil {
			err = t.may(actSave, x.req.ToFolder)
		}
		if err == nil {
			pairs, err = t.unloadCargo(f, cargo, x.req.Move)
		}
		if err != nil {
			return err
		}
		return t.checkQuota(x.limits)
	})
	if err == nil {
		x.pairs = append(x.pairs, pairs...)
	}
	return len(cargo.items), err
}

// takeBack removes what came into the other store.
func (x *crossing) takeBack(ctx context.Context) error {
	if len(x.pairs) == 0 {
		return nil
	}
	items := make([]item, len(x.pairs))
	for i, p := range x.pairs {
		items[i].uid = p.To
	}
	return takeOut(ctx, x.to, nil, x.req.ToFolder, items)
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

// takeOut removes messages that were carried away.
func takeOut(ctx context.Context, m *mailbox, acc *access, folder mapi.ID, items []item) error {
	return m.updateAs(ctx, acc, func(t *tx) error {
		f, err := t.contents(folder)
		if err == nil {
			err = t.mayWith(actTake, folder, items)
		}
		if err != nil {
			return err
		}
		for i := range items {
			now, err := itemsIn(t.c, items[i].list.of(folder), []mapi.UIDRange{{First: items[i].uid, Last: items[i].uid}})
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
