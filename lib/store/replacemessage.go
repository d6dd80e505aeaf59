// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// ReplaceMessage implements object.Messages.
func (s *session) ReplaceMessage(ctx context.Context, req object.ReplaceMessageRequest) (object.ReplaceMessageResponse, error) {
	var out object.ReplaceMessageResponse
	m, acc, leave, err := s.mailbox(ctx, actSave, req.Store)
	if err != nil {
		return out, err
	}
	defer leave()
	if err := s.may(actDelete); err != nil {
		return out, err
	}
	if err := acc.mayLook(req.ToFolder); err != nil {
		return out, err
	}
	if req.Message.ID != 0 {
		return out, fmt.Errorf("replace message: the new one has an id: %w", mapi.InvalidParameter)
	}
	if err := s.mayRefer([]object.NewMessage{req.Message}); err != nil {
		return out, err
	}
	limits, err := m.quota(ctx)
	if err != nil {
		return out, coded(err)
	}
	p, err := s.e.prepare(ctx, &req.Message, false)
	if err != nil {
		return out, err
	}
	err = m.updateAs(ctx, acc, func(t *tx) error {
		before := t.root().size
		if out, err = t.replaceMessage(&req, p); err != nil {
			return err
		}
		return t.checkGrowth(before, limits)
	})
	if err != nil {
		return object.ReplaceMessageResponse{}, err
	}
	return out, nil
}

func (t *tx) replaceMessage(req *object.ReplaceMessageRequest, p *prepared) (out object.ReplaceMessageResponse, err error) {
	if t.isSearch(req.Folder) {
		return out, fmt.Errorf("replace message of search folder %s: %w", req.Folder, mapi.NoSupport)
	}
	_, items, err := t.chooseIn(listContents, req.Folder, []mapi.UIDRange{{First: req.UID, Last: req.UID}})
	if err == nil {
		err = t.mayWith(actDelete, req.Folder, items)
	}
	if err == nil {
		err = t.may(actSave, req.ToFolder)
	}
	switch {
	case err != nil:
		return out, err
	case len(items) == 0:
		return out, fmt.Errorf("replace message %d of folder %s: %w", req.UID, req.Folder, mapi.ObjectDeleted)
	case items[0].flags&object.FlagSubmitted != 0:
		return out, fmt.Errorf("replace message %s: %w", items[0].id, mapi.Submitted)
	}
	to, err := t.contents(req.ToFolder)
	if err != nil {
		return out, err
	}
	f, err := t.edit(req.Folder)
	if err != nil {
		return out, err
	}
	out.UIDValidity, out.Before = to.uidValidity, f.state().Change
	if out.Saved, err = t.insert(to, p, t.nextID()); err != nil {
		return out, err
	}
	if err := t.discard(f, &items[0], true); err != nil {
		return out, err
	}
	out.Change = f.state().Change
	return out, nil
}
