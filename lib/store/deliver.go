// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"sync"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

const (
	shareFrom       = 3  // mailboxes from which inline bytes are shared
	deliverParallel = 16 // mailboxes that one delivery writes at once
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
	case code == mapi.NotFound || code == mapi.AmbiguousRecipient:
		return object.ResolvedRecipient{Code: code}, nil
	case err != nil:
		return object.ResolvedRecipient{}, fmt.Errorf("resolve %q: %w", address, coded(err))
	}
	out := object.ResolvedRecipient{User: u.Name, Store: u.Store}
	if u.Store.IsZero() {
		return object.ResolvedRecipient{Code: mapi.NotFound}, nil // a user without a mailbox
	}
	m, err := e.acquire(u.Store)
	if err != nil {
		// A mailbox that should be there is no reason to send mail back: it may
		// be on a disk that is not mounted.
		log.Error(ctx, codeUnopened, "mailbox of recipient cannot be opened", log.Store(u.Store.String()), log.Err(err))
		return object.ResolvedRecipient{Code: unopened(err)}, nil
	}
	defer e.leave(m)
	limits, err := m.quota(ctx)
	if err != nil {
		return out, coded(err)
	}
	if limits.Hard >= 0 && m.folder(rootID).size >= limits.Hard {
		out.Code = mapi.QuotaExceeded
	}
	return out, nil
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
	out := object.DeliverResponse{Results: make([]object.DeliverResult, len(req.To))}
	if len(req.To) == 1 {
		out.Results[0] = s.e.deliver(ctx, req.To[0], p)
		return out, nil
	}
	// Two copies for one mailbox are two operations that may share a commit.
	var wg sync.WaitGroup
	slots := make(chan struct{}, deliverParallel)
	for i := range req.To {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			out.Results[i] = s.e.deliver(ctx, req.To[i], p)
		})
	}
	wg.Wait()
	return out, nil
}

// deliver saves one copy.
func (e *Engine) deliver(ctx context.Context, to object.DeliverTo, p *prepared) object.DeliverResult {
	var saved object.SavedMessage
	err := e.deliverTo(ctx, to, p, &saved)
	if err != nil {
		return object.DeliverResult{Code: mapi.CodeOf(err), Text: err.Error()}
	}
	return object.DeliverResult{Saved: saved}
}

func (e *Engine) deliverTo(ctx context.Context, to object.DeliverTo, p *prepared, saved *object.SavedMessage) error {
	m, err := e.acquire(to.Store)
	if err != nil {
		return err
	}
	defer e.leave(m)
	limits, err := m.quota(ctx)
	if err != nil {
		return coded(err)
	}
	if to.Folder == 0 {
		to.Folder = m.specialID(object.KindInbox)
	}
	return m.update(ctx, func(t *tx) error {
		f, err := t.contents(to.Folder)
		if err != nil {
			return err
		}
		if *saved, err = t.insert(f, p, t.nextID()); err != nil {
			return err
		}
		t.event(object.Event{Kind: object.EventNewMail, Folder: f.id, Message: saved.ID, Change: saved.Change})
		return t.checkQuota(limits)
	})
}
