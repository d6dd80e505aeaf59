// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// partsOf is the row of the message that a table of parts is about.
func (s *session) partsOf(ctx context.Context, req *object.QueryRequest) (*row, error) {
	m, acc, leave, err := s.mailbox(ctx, actRead, req.Store)
	if err != nil {
		return nil, err
	}
	defer leave()
	rows, err := m.messages(ctx, acc, []mapi.ID{req.Message})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, noMessage(req.Message)
	}
	return &rows[0], nil
}

// recipientRows are the rows of TableRecipients, [MS-OXCMSG] 2.2.3.5: each has
// its place as PidTagRowid, from 0.
func (s *session) recipientRows(ctx context.Context, req *object.QueryRequest) ([]mapi.Props, error) {
	r, err := s.partsOf(ctx, req)
	if err != nil {
		return nil, err
	}
	list, err := unpackRecipients(r.recipients)
	if err != nil {
		return nil, fmt.Errorf("read recipients of message %s: %w", req.Message, err)
	}
	out := make([]mapi.Props, len(list))
	for i, b := range list {
		out[i] = b.Props()
		out[i].Set(tag.Rowid, mapi.Int32(int32(i)))
	}
	return out, nil
}

// attachmentRows are the rows of TableAttachments, [MS-OXCMSG] 2.2.3.17: each
// has its number as PidTagAttachNumber, from 1 as object.ReadItem counts.
func (s *session) attachmentRows(ctx context.Context, req *object.QueryRequest) ([]mapi.Props, error) {
	r, err := s.partsOf(ctx, req)
	if err != nil {
		return nil, err
	}
	list, err := unpackAttachments(r.attachments)
	if err != nil {
		return nil, fmt.Errorf("read attachments of message %s: %w", req.Message, err)
	}
	out := make([]mapi.Props, len(list))
	for i := range list {
		out[i] = list[i].bag.Props()
		out[i].Set(tag.AttachNumber, mapi.Int32(int32(i+1)))
	}
	return out, nil
}

// outgoingRows are the rows of TableOutgoing: the entries that Outgoing gives,
// of the store that the request names where it names one.
func (s *session) outgoingRows(ctx context.Context, req *object.QueryRequest) ([]mapi.Props, error) {
	if !req.Store.IsZero() {
		_, _, leave, err := s.mailbox(ctx, actOutgoing, req.Store)
		if err != nil {
			return nil, err
		}
		leave()
	}
	var out []mapi.Props
	for e, err := range s.Outgoing(ctx, object.OutgoingRequest{}) {
		if err != nil {
			return nil, err
		}
		if !req.Store.IsZero() && req.Store != e.Store {
			continue
		}
		var p mapi.Props
		p.Set(tag.StoreRecordKey, mapi.Binary(slices.Clone(e.Store[:])))
		p.Set(tag.Mid, mapi.Int64(int64(e.Message)))
		p.Set(tag.SenderName, mapi.String(e.Owner))
		p.Set(tag.SenderEmailAddress, mapi.String(e.Address))
		p.Set(tag.ClientSubmitTime, mapi.Time(e.Submitted))
		p.Set(tag.TwigaQueueNext, mapi.Time(e.Next))
		p.Set(tag.TwigaQueueAttempts, mapi.Int32(int32(e.Attempts)))
		if e.Reason != "" {
			p.Set(tag.TwigaQueueReason, mapi.String(e.Reason))
		}
		if len(e.Done) > 0 {
			p.Set(tag.TwigaQueueDone, mapi.Strings(e.Done...))
		}
		out = append(out, p)
	}
	return out, nil
}
