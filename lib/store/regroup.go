// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store/notify"
)

// guarded are a session's watches of others' mailboxes, which go by the rights
// of its user, and so by the groups that the user is in.
type guarded struct {
	mu      sync.Mutex // guards what follows
	watches map[*notify.Watch]struct{}
	groups  []mapi.GUID // in order; as of the last look
}

// guardWatch notes a watch of others' mailboxes until it ends; of other watches
// it notes nothing. It comes before the watch looks at rights: what changes then
// is told.
func (s *session) guardWatch(ctx context.Context, w *notify.Watch, stores []mapi.GUID) (end func(), err error) {
	if s.who.Role != object.RoleUser || !slices.ContainsFunc(stores, func(g mapi.GUID) bool { return g != s.who.Store }) {
		return func() {}, nil
	}
	g := &s.guarded
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.watches) == 0 {
		if g.groups, err = s.e.orderedGroups(ctx, s.who.ID); err != nil {
			return nil, err
		}
		g.watches = map[*notify.Watch]struct{}{}
	}
	g.watches[w] = struct{}{}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.watches, w)
	}, nil
}

func (e *Engine) orderedGroups(ctx context.Context, user mapi.GUID) ([]mapi.GUID, error) {
	list, err := e.dir.GroupsOf(ctx, user)
	if err != nil {
		return nil, coded(err)
	}
	slices.SortFunc(list, func(a, b mapi.GUID) int { return bytes.Compare(a[:], b[:]) })
	return list, nil
}

// regroup tells those who watch mailboxes of others and are in other groups now
// to look at everything anew: a permission list may name the group. It follows
// each change of the directory that moves somebody.
func (e *Engine) regroup(ctx context.Context) {
	for _, s := range e.sessions.list() {
		s.regroup(context.WithoutCancel(ctx)) // the change is done
	}
}

func (s *session) regroup(ctx context.Context) {
	g := &s.guarded
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.watches) == 0 {
		return
	}
	groups, err := s.e.orderedGroups(ctx, s.who.ID)
	if err == nil && slices.Equal(groups, g.groups) {
		return
	}
	g.groups = groups
	for w := range g.watches {
		w.Miss()
	}
}
