// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// listen has the client told of the events of a mailbox.
func (b *notifiedBox) listen() {
	b.box.startWatch()
	b.box.listen(b, true)
}

// listen has a client that NOTIFY set be told of the mailbox's events, or not
// any more.
func (m *mailbox) listen(b *notifiedBox, on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !on {
		delete(m.listeners, b)
		return
	}
	if m.listeners == nil {
		m.listeners = map[*notifiedBox]struct{}{}
	}
	m.listeners[b] = struct{}{}
}

// tellListeners passes an event on.
func (m *mailbox) tellListeners(kind object.EventKind, folder mapi.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for b := range m.listeners {
		b.note(kind, folder)
	}
}

// note marks what an event is about, and wakes the client's connection for what
// it wants to know.
func (b *notifiedBox) note(kind object.EventKind, folder mapi.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch kind {
	case object.EventContents:
		if _, ok := b.wanted[folder]; !ok {
			return
		}
		b.dirty[folder] = struct{}{}
		if b.isSelected(folder) {
			return // the view tells
		}
	case object.EventHierarchy:
		b.stale = true
	default:
		b.lost, b.stale = true, true
	}
	b.n.s.conn.Notify()
}

// take takes the marks away: the folders to look at, and whether the tree is to
// be looked at, too.
func (b *notifiedBox) take() (dirty []mapi.ID, stale bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	marks := b.dirty
	if b.lost {
		marks = b.wanted
	}
	for id := range marks {
		dirty = append(dirty, id)
	}
	slices.Sort(dirty)
	stale = b.stale
	clear(b.dirty)
	b.stale, b.lost = false, false
	return dirty, stale
}

// again puts marks back that could not be followed.
func (b *notifiedBox) again(dirty []mapi.ID, stale bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range dirty {
		b.dirty[id] = struct{}{}
	}
	b.stale = b.stale || stale
}

// PollMailboxes implements proto.NotifySession.
func (s *session) PollMailboxes(ctx context.Context, w *proto.ResponseWriter) (more bool, err error) {
	n := s.notifier
	if n == nil {
		return true, nil
	}
	if err := n.followShares(ctx); err != nil {
		return true, answer(err)
	}
	for _, b := range n.boxes {
		dirty, stale := b.take()
		if stale {
			if more, err := b.followTree(ctx, w); err != nil || !more {
				b.again(dirty, true)
				if !more {
					s.stopNotify()
				}
				return more, answer(err)
			}
			if err := b.followAnnotations(ctx, w); err != nil {
				b.again(dirty, true)
				return true, answer(err)
			}
			added, _ := b.take()
			dirty = append(dirty, added...)
		}
		dirty, selected := b.withoutSelected(dirty)
		b.again(selected, false)
		if err := b.followStates(ctx, w, dirty); err != nil {
			b.again(dirty, false)
			return true, answer(err)
		}
	}
	return true, nil
}

// withoutSelected takes the selected folder out, of which the view tells: as long
// as it is selected nothing is asked about it here.
func (b *notifiedBox) withoutSelected(ids []mapi.ID) (others, selected []mapi.ID) {
	if i := slices.IndexFunc(ids, b.isSelected); i >= 0 {
		return slices.Delete(slices.Clone(ids), i, i+1), ids[i : i+1]
	}
	return ids, nil
}

// followStates tells of the messages of folders.
func (b *notifiedBox) followStates(ctx context.Context, w *proto.ResponseWriter, ids []mapi.ID) error {
	return b.read(ctx, ids, func(f *notifiedFolder, st *object.FolderState) error {
		told := f.tells(st)
		f.state = *st
		if !told {
			return nil
		}
		return b.tellStatus(w, f, st)
	})
}

// tells says whether what happened to a folder is something that the client
// wants to know.
func (f *notifiedFolder) tells(st *object.FolderState) bool {
	old := &f.state
	switch {
	case old.Folder == 0: // new to the client, which takes it as empty
		return st.UIDNext > 1
	case old.UIDValidity != st.UIDValidity || old.UIDNext != st.UIDNext || old.Messages != st.Messages:
		return true
	}
	return old.Change != st.Change && f.events.Has(proto.EventFlagChange)
}

// tellStatus tells a folder's counters (RFC 5465 5.1 to 5.3).
func (b *notifiedBox) tellStatus(w *proto.ResponseWriter, f *notifiedFolder, st *object.FolderState) error {
	items := notifyItems
	if b.n.s.condStore || f.events.Has(proto.EventFlagChange) {
		items |= proto.StatusHighestModSeq
	}
	return w.MailboxStatus(b.prefix+f.path, items, b.box.status(st, items))
}

// read asks for the counters of folders and calls each with those that are there.
func (b *notifiedBox) read(ctx context.Context, ids []mapi.ID, each func(*notifiedFolder, *object.FolderState) error) error {
	for len(ids) > 0 {
		part := ids[:min(len(ids), stateBatch)]
		ids = ids[len(part):]
		store := b.n.s.store
		res, err := store.FolderStates(ctx, object.FolderStatesRequest{Store: b.box.guid, Folders: part})
		if err != nil {
			store.sawError(err)
			return fmt.Errorf("read states of folders: %w", err)
		}
		for i := range res.Folders {
			st := &res.Folders[i]
			if f := b.folders[st.Folder]; f != nil {
				if err := each(f, st); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// followTree tells what happened to names and subscriptions (RFC 5465 5.4, 5.5).
// With more false it is too much to tell.
func (b *notifiedBox) followTree(ctx context.Context, w *proto.ResponseWriter) (more bool, err error) {
	t, err := b.n.s.treeOrNone(ctx, b.box)
	if err != nil || t == b.tree {
		return true, err
	}
	news := b.compare(t)
	b.adopt(t)
	if len(news) > maxListed || len(b.folders) > maxNotified {
		return false, nil
	}
	for i := range news {
		if err := w.MailboxListed(&news[i].ListData, news[i].oldName); err != nil {
			return true, err
		}
	}
	return true, nil
}

// listed is a name to be told.
type listed struct {
	proto.ListData
	oldName string
}

// compare gives what the client wants to know of a tree that takes the place of
// the one that it knows: first the names that are gone.
func (b *notifiedBox) compare(t *tree) []listed {
	now, old := t.shownByID(), b.tree.shownByID()
	var out []listed
	for _, o := range b.tree.folders {
		if !o.shown || now[o.id] != nil || !b.events(o).Has(proto.EventMailboxName) {
			continue
		}
		if f := t.byPath[o.path]; f == nil || !f.shown {
			out = append(out, b.listed(o, proto.AttrNonExistent))
		}
	}
	l := lister{opts: &proto.ListOptions{ReturnSubscribed: true, ReturnChildren: true, ReturnSpecialUse: true}}
	for _, f := range t.folders {
		if !f.shown {
			continue
		}
		o, events := old[f.id], b.events(f)
		oldName := ""
		switch {
		case o == nil:
			events &= proto.EventMailboxName
		case o.path != f.path:
			events = (events | b.events(o)) & proto.EventMailboxName
			oldName = b.prefix + o.path
		case o.subscribed != f.subscribed:
			events = (events | b.events(o)) & proto.EventSubscriptionChange
		case o.selectable && !f.selectable: // RFC 5465 5.9
			if events&proto.EventsOfMessages != 0 {
				out = append(out, b.listed(f, proto.AttrNoAccess))
			}
			continue
		case o.selectable != f.selectable:
			events &= proto.EventMailboxName
		default:
			continue
		}
		if events != 0 {
			attrs, _ := l.attributes(&entry{place{f, b.box}, b.prefix + f.path, f.subscribed && f.selectable, f.children}, false)
			news := b.listed(f, attrs...)
			news.oldName = oldName
			out = append(out, news)
		}
	}
	return out
}

func (b *notifiedBox) listed(f *folder, attrs ...string) listed {
	return listed{ListData: proto.ListData{Attrs: attrs, Delim: delim, Mailbox: b.prefix + f.path}}
}

// shownByID are the folders that LIST shows.
func (t *tree) shownByID() map[mapi.ID]*folder {
	out := make(map[mapi.ID]*folder, len(t.folders))
	for _, f := range t.folders {
		if f.shown {
			out[f.id] = f
		}
	}
	return out
}
