// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"iter"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// messageBatch is how many messages are read at once; the reader is free while
// the caller looks at them.
const messageBatch = 32

// GetMessages implements object.Messages.
func (s *session) GetMessages(ctx context.Context, req object.GetMessagesRequest) iter.Seq2[object.Message, error] {
	return func(yield func(object.Message, error) bool) {
		fail := func(err error) { yield(object.Message{}, err) }
		m, acc, leave, err := s.mailbox(ctx, actRead, req.Store)
		if err != nil {
			fail(err)
			return
		}
		defer leave()
		if len(req.IDs) > object.MaxIDs || len(req.Columns) > object.MaxColumns {
			fail(fmt.Errorf("get messages: %d ids, %d columns: %w", len(req.IDs), len(req.Columns), mapi.InvalidParameter))
			return
		}
		columns := plan(req.Columns)
		for ids := req.IDs; len(ids) > 0; {
			n := min(messageBatch, len(ids))
			batch, err := m.messages(ctx, acc, ids[:n])
			if err != nil {
				fail(err)
				return
			}
			ids = ids[n:]
			for i := range batch {
				msg, err := batch[i].message(columns, req.Columns == nil)
				if !yield(msg, err) || err != nil {
					return
				}
			}
		}
	}
}

// messages reads whole rows; missing ones are left out, and those that the
// session may not read: for the spooler all that are not in the queue.
func (m *mailbox) messages(ctx context.Context, acc *access, ids []mapi.ID) ([]row, error) {
	out := make([]row, 0, len(ids))
	spool := acc.s.who.Role == object.RoleSpool
	err := m.view(ctx, func(c *sqlite.Conn) error {
		for _, id := range ids {
			if err := ctx.Err(); err != nil {
				return err
			}
			rows, err := c.Query(fromAll+byID, uint64(id))
			if err != nil {
				return err
			}
			for rows.Next() {
				r := row{store: m.guid}
				scanRow(rows, &r)
				if r.it.list == listDeleted || m.folder(r.folder) == nil {
					continue // soft-deleted, or with its folder
				}
				if !spool || r.it.flags&object.FlagSubmitted != 0 {
					out = append(out, r)
				}
			}
			if err := rows.Close(); err != nil {
				return err
			}
			if n := len(out) - 1; n >= 0 && out[n].it.id == id {
				shown, err := acc.shows(c, out[n].folder, id)
				if err != nil {
					return err
				}
				if !shown {
					out = out[:n]
				}
			}
		}
		return nil
	})
	return out, err
}

// message makes the answer of a row.
func (r *row) message(columns []column, all bool) (object.Message, error) {
	out := object.Message{ID: r.it.id, Folder: r.folder, UID: r.it.uid, Change: r.it.change, Flags: r.it.flags,
		Keywords: unpackKeywords(r.it.keywords), Received: mapi.FromFileTime(r.it.received), ContentSize: r.it.content}
	if all {
		out.Props = appendAll(nil, r)
	} else {
		out.Props = appendRow(nil, r, columns)
	}
	var err error
	if out.Recipients, err = unpackRecipients(r.recipients); err != nil {
		return out, fmt.Errorf("read recipients of message %s: %w", r.it.id, err)
	}
	list, err := unpackAttachments(r.attachments)
	if err != nil {
		return out, fmt.Errorf("read attachments of message %s: %w", r.it.id, err)
	}
	out.Attachments = make([]wire.Bag, len(list))
	for i := range list {
		out.Attachments[i] = list[i].bag
	}
	return out, nil
}
