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
	"twiga/lib/store/notify"
)

// Limits of watches.
const (
	maxWatchedStores = 10_000
	maxWatches       = 1000 // of a user's session at a time

	watchGap = 20 * time.Millisecond // between two looks for events: who writes much does not wake the watchers each time
)

// Watch implements object.Journal. The spooler is told of the outgoing queue
// only; who delivers may watch no mailbox, but for Version of the directory.
func (s *session) Watch(ctx context.Context, req object.WatchRequest) iter.Seq2[object.Event, error] {
	return func(yield func(object.Event, error) bool) {
		stores, err := s.watched(&req)
		if err != nil {
			yield(object.Event{}, err)
			return
		}
		if s.who.Role == object.RoleUser {
			defer s.watches.Add(-1)
			if s.watches.Add(1) > maxWatches {
				yield(object.Event{}, fmt.Errorf("watch: the session has %d watches: %w", maxWatches, mapi.NotEnoughResources))
				return
			}
		}
		f := notify.Filter{Stores: stores, Folders: req.Folders, Events: req.Events}
		if f.Events == 0 {
			f.Events = object.EventsCoarse
		}
		if s.who.Role == object.RoleSpool {
			f.Events &= object.Mask(object.EventSubmitted)
		}
		w := s.e.hub.Watch(f)
		defer w.Close()
		end, err := s.guardWatch(ctx, w, stores)
		if err != nil {
			yield(object.Event{}, err)
			return
		}
		defer end()
		g, err := s.newGuard(ctx, stores)
		if err != nil {
			yield(object.Event{}, err)
			return
		}
		if !yield(object.Event{Kind: object.EventStarted}, nil) {
			return
		}
		s.pass(ctx, w, g, yield)
	}
}

// watched settles which stores are meant; nil is all.
func (s *session) watched(req *object.WatchRequest) ([]mapi.GUID, error) {
	list := req.Stores
	if s.who.Role == object.RoleDelivery && len(list) == 0 {
		return []mapi.GUID{{}}, s.may(actDeliver)
	}
	if err := s.may(actWatch); err != nil {
		return nil, err
	}
	if len(list) > maxWatchedStores || len(req.Folders) > object.MaxWatchedFolders {
		return nil, fmt.Errorf("watch: %d stores, %d folders: %w", len(list), len(req.Folders), mapi.InvalidParameter)
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
func (s *session) pass(ctx context.Context, w *notify.Watch, g *guard, yield func(object.Event, error) bool) {
	gap := time.NewTimer(0)
	defer gap.Stop()
	for {
		select { // what ends the watch, Next tells
		case <-gap.C:
		case <-ctx.Done():
		case <-s.done:
		}
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
			if e, ok := g.pass(ctx, e); ok && !yield(e, nil) {
				return
			}
		}
		gap.Reset(watchGap)
	}
}
