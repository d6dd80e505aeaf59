// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"maps"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// guard lets through the events of others' mailboxes that a session may see:
// of folders as the rights are now, and of folders that went away, for all or for
// the session, as they were when it last saw them.
type guard struct {
	s    *session
	seen map[mapi.GUID]map[mapi.ID]bool // folders, by mailbox

	shared map[mapi.GUID]bool // mailboxes that were shared with the session; nil where it does not want to know
}

// newGuard begins to watch over a user's events of the mailboxes; nil where
// all of them are the user's own, or the session is not a user's.
func (s *session) newGuard(ctx context.Context, stores []mapi.GUID) (*guard, error) {
	if s.who.Role != object.RoleUser {
		return nil, nil
	}
	g := &guard{s: s, seen: map[mapi.GUID]map[mapi.ID]bool{}}
	for _, store := range stores {
		if store == s.who.Store || store.IsZero() {
			continue
		}
		look := g.look
		if store == object.SharedVersion {
			look = g.lookAtShares
		}
		if err := look(ctx, store); err != nil {
			return nil, err
		}
	}
	if len(g.seen) == 0 && g.shared == nil {
		return nil, nil
	}
	return g, nil
}

// look notes which folders of a mailbox are seen now.
func (g *guard) look(ctx context.Context, store mapi.GUID) error {
	m, acc, leave, err := g.s.mailbox(ctx, actWatch, store)
	if err != nil {
		return err
	}
	defer leave()
	set := map[mapi.ID]bool{}
	for id, f := range m.allFolders() {
		if acc.sees(f) {
			set[id] = true
		}
	}
	g.seen[store] = set
	return nil
}

// lookAtShares notes which mailboxes are shared with the session now.
func (g *guard) lookAtShares(ctx context.Context, _ mapi.GUID) error {
	list, err := g.s.sharedWith(ctx, nil)
	if err != nil {
		return err
	}
	g.shared = make(map[mapi.GUID]bool, len(list))
	for _, sh := range list {
		g.shared[sh.store] = true
	}
	return nil
}

// passShares says whether other mailboxes are shared with the session than before.
func (g *guard) passShares(ctx context.Context) bool {
	before := g.shared
	return g.shared != nil && (g.lookAtShares(ctx, object.SharedVersion) != nil || !maps.Equal(before, g.shared))
}

// pass makes of an event what the session may know of it; false is nothing.
func (g *guard) pass(ctx context.Context, e object.Event) (object.Event, bool) {
	if g == nil {
		return e, true
	}
	if e.Store == object.SharedVersion {
		return e, g.passShares(ctx)
	}
	if e.Kind == object.EventCatchUp {
		for store := range g.seen {
			if g.look(ctx, store) != nil {
				clear(g.seen[store])
			}
		}
		g.passShares(ctx)
		return e, true
	}
	seen := g.seen[e.Store]
	if seen == nil {
		return e, true
	}
	e.Arrived = nil // the rights in it are Changes' to look at
	m, acc, leave, err := g.s.mailbox(ctx, actWatch, e.Store)
	if err != nil { // there is nothing to see any more
		known := seen[e.Folder]
		delete(seen, e.Folder)
		return e, known && e.Kind == object.EventHierarchy
	}
	defer leave()
	if acc.isFull() {
		return e, true
	}
	if m.folder(e.Folder) == nil { // it went away
		known := seen[e.Folder]
		delete(seen, e.Folder)
		return e, known && e.Message == 0
	}
	return g.inFolder(ctx, m, acc, e)
}

// inFolder is pass for a folder that is there.
func (g *guard) inFolder(ctx context.Context, m *mailbox, acc *access, e object.Event) (object.Event, bool) {
	seen := g.seen[e.Store]
	if acc.sees(m.folder(e.Folder)) {
		seen[e.Folder] = true
	} else {
		known := seen[e.Folder]
		delete(seen, e.Folder)
		if known && e.Kind == object.EventHierarchy { // to the session it went away
			return e, true
		}
	}
	if !g.may(ctx, m, acc, e.Folder, e) {
		// What left a folder that is read for one that is not is gone there.
		from := e.Old
		if e.Kind != object.EventMoved || from.Store != e.Store || !acc.reads(from.Folder) || from.Message == 0 {
			return e, false
		}
		return object.Event{Kind: object.EventDeleted, Store: e.Store, Folder: from.Folder, Message: from.Message, Change: e.Change}, true
	}
	if e.Old != (object.OldPlace{}) && (e.Old.Store != e.Store || !acc.reads(e.Old.Folder)) {
		e.Kind, e.Old = object.EventCreated, object.OldPlace{}
	}
	return e, true
}

// may says whether an event in a folder may be told.
func (g *guard) may(ctx context.Context, m *mailbox, acc *access, folder mapi.ID, e object.Event) bool {
	switch {
	case e.Kind == object.EventSubmitted:
		return false
	case e.Kind == object.EventHierarchy || e.Message == 0 && e.Kind != object.EventContents:
		return g.seen[e.Store][folder]
	case e.Message == 0:
		return acc.reads(folder)
	}
	shown := false
	err := m.view(ctx, func(c *sqlite.Conn) (err error) {
		shown, err = acc.shows(c, folder, e.Message)
		return err
	})
	return err == nil && shown
}
