// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// Copy implements proto.Session, RFC 3501 6.4.7.
func (s *session) Copy(ctx context.Context, set proto.NumSet, byUID bool, mailbox string) (*proto.CopyData, error) {
	res, err := s.transfer(ctx, set, byUID, mailbox, false)
	if err != nil || res.UIDValidity == 0 {
		return nil, answer(err)
	}
	return copyData(&res), nil
}

// transfer copies or moves messages of the selected mailbox. What it gives has no
// UIDVALIDITY where there is nothing to tell of UIDs: nothing was copied, or the
// client cannot select the target (RFC 4315 5).
func (s *session) transfer(ctx context.Context, set proto.NumSet, byUID bool, mailbox string, move bool) (object.TransferResponse, error) {
	var none object.TransferResponse
	spans, err := s.sel.resolve(set, byUID)
	if err != nil {
		return none, err
	}
	if limit := s.conn.MessageLimit(); limit > 0 && count(spans) > limit {
		return none, s.conn.ErrMessageLimit()
	}
	to, err := s.target(ctx, mailbox)
	if err != nil || len(spans) == 0 {
		return none, err
	}
	v := s.sel.view
	req := object.TransferRequest{Store: v.box.guid, Folder: v.folder, UIDs: s.sel.ranges(spans), ToFolder: to.id, Move: move}
	if to.box != v.box {
		req.ToStore = to.box.guid
	}
	if !byUID { // all or nothing; UIDs without a message are passed over
		for _, p := range spans {
			req.Expect += p.last - p.first
		}
	}
	stop := s.conn.Working(untold)
	res, err := s.store.Transfer(ctx, req)
	stop()
	if err != nil {
		s.store.sawError(err)
		if errors.Is(err, mapi.ObjectDeleted) {
			v.verified.Store(0) // the client is told of it with the answer
			return none, errGone
		}
		if errors.Is(err, mapi.NotFound) { // the target was removed just now, or the selected mailbox: then the client is told BYE
			v.verified.Store(0)
			to.box.treeStale.Store(true)
			return none, proto.ErrTryCreate
		}
		return none, s.refused(ctx, to, fmt.Errorf("copy from folder %s to %s: %w", v.folder, to.id, err))
	}
	if to.box == v.box && to.id == v.folder {
		res.Before = 0      // there is more news than what is moved away
		v.verified.Store(0) // the client is told of it with the answer
		s.made(to, copyData(&res).Dest)
	}
	if len(res.Pairs) == 0 || !to.selectable {
		res.UIDValidity = 0
	}
	return res, nil
}

// untold is how far a call is that is one step of the store's.
func untold() (done, goal uint64) { return 0, 0 }

func copyData(res *object.TransferResponse) *proto.CopyData {
	d := &proto.CopyData{UIDValidity: res.UIDValidity}
	for _, p := range res.Pairs {
		d.Source.Add(uint32(p.From))
		d.Dest.Add(uint32(p.To))
	}
	return d
}
