// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

const (
	shareFrom       = 3    // mailboxes from which inline bytes are shared
	deliverParallel = 16   // mailboxes that one delivery writes at once
	retryDepth      = 1000 // messages among which one is looked for that was perhaps delivered before
)

// ResolveRecipients implements object.Delivery.
func (s *session) ResolveRecipients(ctx context.Context, req object.ResolveRecipientsRequest) (object.ResolveRecipientsResponse, error) {
	if err := s.may(actResolve); err != nil {
		return object.ResolveRecipientsResponse{}, err
	}
	out := object.ResolveRecipientsResponse{Recipients: make([]object.ResolvedRecipient, len(req.Addresses))}
	for i, address := range req.Addresses {
		r, err := s.e.resolveRecipient(ctx, address)
		if err != nil {
			return object.ResolveRecipientsResponse{}, err
		}
		out.Recipients[i] = r
	}
	return out, nil
}

func (e *Engine) resolveRecipient(ctx context.Context, address string) (object.ResolvedRecipient, error) {
	u, err := e.dir.ByAddress(ctx, address)
	switch code := mapi.CodeOf(err); {
	case code == mapi.NotFound:
		return e.mailingGroup(ctx, address)
	case code == mapi.AmbiguousRecipient:
		return object.ResolvedRecipient{Code: code}, nil
	case err != nil:
		return object.ResolvedRecipient{}, fmt.Errorf("resolve %q: %w", address, coded(err))
	}
	if u.Store.IsZero() {
		return object.ResolvedRecipient{Code: mapi.NotFound}, nil // a user without a mailbox
	}
	code, err := e.takesMail(ctx, u.Store)
	if err != nil || code != 0 && code != mapi.QuotaExceeded {
		return object.ResolvedRecipient{Code: code}, err
	}
	return object.ResolvedRecipient{Code: code, User: u.Name, Store: u.Store}, nil
}

// takesMail says what a mailbox has against mail; 0 is nothing.
func (e *Engine) takesMail(ctx context.Context, store mapi.GUID) (mapi.Code, error) {
	m, err := e.acquire(store)
	if err != nil {
		// A mailbox that should be there is no reason to send mail back: it may
		// be on a disk that is not mounted.
		log.Error(ctx, codeUnopened, "mailbox of recipient cannot be opened", log.Store(store.String()), log.Err(err))
		return unopened(err), nil
	}
	defer e.leave(m)
	limits, err := m.quota(ctx)
	if err != nil {
		return 0, coded(err)
	}
	if limits.Hard >= 0 && m.folder(rootID).size >= limits.Hard {
		return mapi.QuotaExceeded, nil
	}
	return 0, nil
}

// unopened is what mail for a mailbox meets that cannot be opened: nothing that
// is taken for a permanent failure.
func unopened(err error) mapi.Code {
	if code := mapi.CodeOf(err); code != mapi.NotFound {
		return code
	}
	return mapi.GeneralFailure
}

// Deliver implements object.Delivery.
func (s *session) Deliver(ctx context.Context, req object.DeliverRequest) (object.DeliverResponse, error) {
	if err := s.may(actDeliver); err != nil {
		return object.DeliverResponse{}, err
	}
	if req.Message.ID != 0 {
		return object.DeliverResponse{}, fmt.Errorf("deliver message: it has an id: %w", mapi.InvalidParameter)
	}
	p, err := s.e.prepare(ctx, &req.Message, len(req.To) >= shareFrom)
	if err != nil {
		return object.DeliverResponse{}, fmt.Errorf("deliver message: %w", err)
	}
	names, err := foreignNames(req.Names, p)
	if err != nil {
		return object.DeliverResponse{}, fmt.Errorf("deliver message: %w", err)
	}
	var key []byte // of a message that may be there already
	if req.Retry {
		v, _ := req.Message.Props.Get(tag.SearchKey)
		if key = v.Bytes(); len(key) == 0 {
			return object.DeliverResponse{}, fmt.Errorf("deliver message again: it has no search key: %w", mapi.InvalidParameter)
		}
	}
	out := object.DeliverResponse{Results: make([]object.DeliverResult, len(req.To))}
	if len(req.To) == 1 {
		out.Results[0] = s.e.deliver(ctx, req.To[0], p, names, key)
		return out, nil
	}
	// Two copies for one mailbox are two operations that may share a commit.
	var wg sync.WaitGroup
	slots := make(chan struct{}, deliverParallel)
	for i := range req.To {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			out.Results[i] = s.e.deliver(ctx, req.To[i], p, names, key)
		})
	}
	wg.Wait()
	return out, nil
}

// deliver saves one copy.
func (e *Engine) deliver(ctx context.Context, to object.DeliverTo, p *prepared, names *remap, key []byte) object.DeliverResult {
	var saved object.SavedMessage
	err := e.deliverTo(ctx, to, p, names, key, &saved)
	if err != nil {
		return object.DeliverResult{Code: mapi.CodeOf(err), Text: err.Error()}
	}
	return object.DeliverResult{Saved: saved}
}

func (e *Engine) deliverTo(ctx context.Context, to object.DeliverTo, p *prepared, names *remap, key []byte, saved *object.SavedMessage) error {
	m, err := e.acquire(to.Store)
	if err != nil {
		return err
	}
	defer e.leave(m)
	limits, err := m.quota(ctx)
	if err != nil {
		return coded(err)
	}
	return m.update(ctx, func(t *tx) error {
		folder := to.Folder
		if folder == 0 {
			folder = m.receiver(p.item.class).folder
		}
		f, err := t.contents(folder)
		if err != nil {
			return err
		}
		if key != nil {
			var there bool
			if *saved, there, err = t.delivered(f.id, key); err != nil || there {
				return err
			}
		}
		own, err := names.own(t, p)
		if err != nil {
			return err
		}
		if *saved, err = t.insert(f, own, t.nextID()); err != nil {
			return err
		}
		t.event(object.Event{Kind: object.EventNewMail, Folder: f.id, Message: saved.ID, Change: saved.Change})
		return t.checkQuota(limits)
	})
}

// delivered finds the message of a search key among the last ones of a folder.
func (t *tx) delivered(folder mapi.ID, key []byte) (object.SavedMessage, bool, error) {
	rows, err := t.c.Query("SELECT i.id, i.uid, i.change, m.bag FROM item i JOIN message m ON m.id = i.id WHERE i.folder = ? ORDER BY i.uid DESC LIMIT ?",
		uint64(folder), retryDepth)
	if err != nil {
		return object.SavedMessage{}, false, err
	}
	defer rows.Close()
	for rows.Next() {
		if v, _ := wire.Bag(rows.Bytes(3)).Get(tag.SearchKey); bytes.Equal(v.Bytes(), key) {
			return object.SavedMessage{ID: mapi.ID(rows.Int(0)), UID: mapi.UID(rows.Int(1)), Change: mapi.Change(rows.Int(2))}, true, nil
		}
	}
	return object.SavedMessage{}, false, rows.Err()
}
