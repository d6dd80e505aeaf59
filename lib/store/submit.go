// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// Limits on what a try leaves behind.
const (
	maxReason = 4096
	maxDone   = object.MaxRecipients
)

// Submit implements object.Submission.
func (s *session) Submit(ctx context.Context, req object.SubmitRequest) (object.Empty, error) {
	m, acc, leave, err := s.mailbox(ctx, actSubmit, req.Store)
	if err != nil {
		return object.Empty{}, err
	}
	defer leave()
	limits, err := m.quota(ctx)
	if err != nil {
		return object.Empty{}, coded(err)
	}
	if limits.Soft >= 0 && m.folder(rootID).size > limits.Soft {
		return object.Empty{}, fmt.Errorf("submit message %s: %w", req.Message, mapi.QuotaExceeded)
	}
	if err := s.e.queue.mark(m.guid); err != nil {
		return object.Empty{}, err
	}
	for {
		names, change, err := m.readSenders(ctx, req.Message)
		if err == nil {
			err = s.maySend(ctx, req.Message, &names)
		}
		if err != nil {
			return object.Empty{}, err
		}
		err = m.updateAs(ctx, acc, func(t *tx) error { return t.submit(req.Message, change) })
		if !errors.Is(err, errChanged) {
			return object.Empty{}, err
		}
	}
}

// errChanged says that a message is not any more what was looked at.
var errChanged = errors.New("message was changed")

func (t *tx) submit(id mapi.ID, seen mapi.Change) error {
	at, it, err := t.place(id)
	if err != nil {
		return err
	}
	switch {
	case it.change != seen:
		return errChanged
	case at != t.m.specialID(object.KindOutbox):
		return fmt.Errorf("submit message %s: not in the Outbox: %w", id, mapi.InvalidParameter)
	case it.flags&object.FlagSubmitted != 0:
		return fmt.Errorf("submit message %s: %w", id, mapi.Submitted)
	}
	var recipients []byte
	err = t.c.Row(func(r *sqlite.Rows) { recipients = r.Bytes(0) }, "SELECT recipients FROM message WHERE id = ?", uint64(id))
	if err != nil {
		return err
	}
	if len(recipients) == 0 {
		return fmt.Errorf("submit message %s: %w", id, mapi.NoRecipients)
	}
	f, err := t.edit(at)
	if err != nil {
		return err
	}
	if err := t.writeFlags(f, &it, it.flags|object.FlagSubmitted, it.keywords); err != nil {
		return err
	}
	t.event(object.Event{Kind: object.EventSubmitted, Folder: at, Message: id, Change: it.change})
	return t.enqueue(object.QueueEntry{Store: t.m.guid, Message: id, Submitted: t.now.UTC(), Next: t.now.UTC()})
}

// queued is the row of a message in the queue.
func (t *tx) queued(id mapi.ID) (e object.QueueEntry, err error) {
	err = t.c.Row(func(r *sqlite.Rows) { e = scanQueue(t.m.guid, r) },
		"SELECT message, submitted, next, attempts, reason, done FROM queue WHERE message = ?", uint64(id))
	if errors.Is(err, sqlite.ErrNoRow) {
		err = fmt.Errorf("find message %s in the queue: %w", id, mapi.NotSubmitted)
	}
	return e, err
}

// AbortSubmit implements object.Submission.
func (s *session) AbortSubmit(ctx context.Context, req object.SubmitRequest) (object.Empty, error) {
	return object.Empty{}, s.update(ctx, actSubmit, req.Store, func(t *tx) error {
		if _, err := t.queued(req.Message); err != nil {
			return err
		}
		at, it, err := t.place(req.Message)
		if err != nil {
			return err
		}
		f, err := t.edit(at)
		if err != nil {
			return err
		}
		if err := t.writeFlags(f, &it, it.flags&^object.FlagSubmitted, it.keywords); err != nil {
			return err
		}
		return t.dequeue(req.Message)
	})
}

// Outgoing implements object.Submission.
func (s *session) Outgoing(ctx context.Context, req object.OutgoingRequest) iter.Seq2[object.QueueEntry, error] {
	return func(yield func(object.QueueEntry, error) bool) {
		if err := s.may(actOutgoing); err != nil {
			yield(object.QueueEntry{}, err)
			return
		}
		if s.who.Role == object.RoleUser && s.who.Store.IsZero() {
			return // no store means all of them, but to those who have none
		}
		for _, entry := range s.e.queue.due(s.who.Store, req.Due) {
			err := s.e.addOwner(ctx, &entry)
			if mapi.CodeOf(err) == mapi.NotFound {
				continue // removed meanwhile
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

// addOwner fills in who sends; an orphan's mail has no owner.
func (e *Engine) addOwner(ctx context.Context, entry *object.QueueEntry) error {
	m, err := e.acquire(entry.Store)
	if err != nil {
		return err
	}
	defer e.leave(m)
	_, owner := m.identity()
	u, err := e.dir.ByID(ctx, owner)
	switch {
	case err == nil && u.Store == entry.Store:
		entry.Owner, entry.Address = u.Name, u.Address
	case err != nil && mapi.CodeOf(err) != mapi.NotFound:
		return coded(err)
	}
	return nil
}

// FinishSubmit implements object.Submission.
func (s *session) FinishSubmit(ctx context.Context, req object.FinishSubmitRequest) (object.Empty, error) {
	if len(req.Report) > 1 || len(req.Done) > maxDone || req.Outcome != object.OutcomeSent && req.Outcome != object.OutcomeRetry {
		return object.Empty{}, fmt.Errorf("finish message %s: %w", req.Message, mapi.InvalidParameter)
	}
	m, _, leave, err := s.mailbox(ctx, actFinish, req.Store)
	if err != nil {
		return object.Empty{}, err
	}
	defer leave()
	var report *prepared
	for i := range req.Report {
		if report, err = s.e.prepare(ctx, &req.Report[i], false); err != nil {
			return object.Empty{}, err
		}
	}
	return object.Empty{}, m.update(ctx, func(t *tx) error {
		entry, err := t.queued(req.Message)
		if err != nil {
			return err
		}
		if req.Outcome == object.OutcomeRetry {
			entry.Attempts++
			entry.Next, entry.Done = req.Next, req.Done
			entry.Reason = req.Reason[:min(len(req.Reason), maxReason)]
			err = t.enqueue(entry)
		} else {
			err = t.sent(req.Message)
		}
		if err == nil && report != nil {
			err = t.report(report)
		}
		return err
	})
}

// sent takes a message out of the queue and puts it into Sent Items, or away.
func (t *tx) sent(id mapi.ID) error {
	at, it, err := t.place(id)
	if err != nil {
		return err
	}
	from, err := t.edit(at)
	if err != nil {
		return err
	}
	var bag wire.Bag
	err = t.c.Row(func(r *sqlite.Rows) { bag = r.Bytes(0) }, "SELECT bag FROM message WHERE id = ?", uint64(id))
	if err != nil {
		return err
	}
	to := t.m.specialID(object.KindSentItems)
	if v, _ := bag.Get(tag.DeleteAfterSubmit); v.Bool() || to == 0 {
		return t.deleteItem(from, &it)
	}
	if err := t.dequeue(id); err != nil {
		return err
	}
	flags := it.flags&^(object.FlagSubmitted|object.FlagDraft) | object.FlagSeen
	if err := t.writeFlags(from, &it, flags, it.keywords); err != nil {
		return err
	}
	target, err := t.edit(to)
	if err != nil {
		return err
	}
	if it.sent == 0 {
		it.sent = mapi.FileTime(time.Now())
	}
	_, err = t.moveItem(from, target, &it)
	return err
}

// report puts a report about a message into the Inbox.
func (t *tx) report(p *prepared) error {
	f, err := t.contents(t.m.specialID(object.KindInbox))
	if err != nil {
		return err
	}
	saved, err := t.insert(f, p, t.nextID())
	t.event(object.Event{Kind: object.EventNewMail, Folder: f.id, Message: saved.ID, Change: saved.Change})
	return err
}
