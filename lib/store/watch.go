// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store/notify"
)

// Watch implements object.Journal. The spooler is told of the outgoing queue
// only.
func (s *session) Watch(ctx context.Context, req object.WatchRequest) iter.Seq2[object.Event, error] {
	return func(yield func(object.Event, error) bool) {
		stores, err := s.watched(req.Stores)
		if err != nil {
			yield(object.Event{}, err)
			return
		}
		var want func(object.Event) bool
		if s.who.Role == object.RoleSpool {
			want = func(e object.Event) bool { return e.Kind == object.EventSubmitted }
		}
		w := s.e.hub.Watch(stores, want)
		defer w.Close()
		if !yield(object.Event{Kind: object.EventStarted}, nil) {
			return
		}
		s.pass(ctx, w, yield)
	}
}

// watched settles which stores are meant; nil is all.
func (s *session) watched(list []mapi.GUID) ([]mapi.GUID, error) {
	if err := s.may(actWatch); err != nil {
		return nil, err
	}
	if len(list) > object.MaxIDs {
		return nil, fmt.Errorf("watch: %d stores: %w", len(list), mapi.InvalidParameter)
	}
	if len(list) == 0 && s.who.Role == object.RoleUser {
		list = []mapi.GUID{s.who.Store}
	}
	for _, g := range list {
		if _, err := s.mayIn(actWatch, g); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// pass hands events on until the watch, the session or the call ends.
func (s *session) pass(ctx context.Context, w *notify.Watch, yield func(object.Event, error) bool) {
	for {
		events, err := w.Next(ctx, s.done)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			yield(object.Event{}, ctx.Err())
			return
		case errors.Is(err, notify.ErrClosed):
			yield(object.Event{}, fmt.Errorf("watch: %w", mapi.EndOfSession))
			return
		default:
			yield(object.Event{}, err)
			return
		}
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}
