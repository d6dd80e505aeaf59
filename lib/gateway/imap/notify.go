// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// Bounds of NOTIFY, beyond which it is too much (RFC 5465 5.8).
const (
	maxNotified = 10_000 // folders that one session is told of
	maxListed   = 5000   // changes of names told at once
	stateBatch  = 1000   // folders whose counters are asked for at once
)

// errTooMuch answers who wants to know too much.
var errTooMuch = proto.No(proto.CodeNotificationOverflow, "Too many mailboxes to tell of")

// notifyItems are what STATUS tells of a folder where something happened.
const notifyItems = proto.StatusMessages | proto.StatusUIDNext | proto.StatusUIDValidity | proto.StatusUnseen

// notifier tells a client what happens in folders other than the selected one.
// What the store's events say gathers in the notifiedBoxes, a mark a folder,
// until the connection looks; all else is the connection's own.
type notifier struct {
	s      *session
	groups []notifyGroup
	boxes  []*notifiedBox
	shares *notifiedBox // is told when others share more; nil where that is nothing to the client
}

// notifyGroup is an event group whose names were looked up.
type notifyGroup struct {
	kind   proto.SourceKind
	events proto.Events
	names  []string // whole, as the notifiedBoxes make them
}

// notifiedBox is a mailbox that a client is told of.
type notifiedBox struct {
	n       *notifier
	box     *mailbox
	prefix  string                      // what its names begin with
	tree    *tree                       // as the client knows it
	folders map[mapi.ID]*notifiedFolder // of whose messages it is told
	notes   *annotations                // as the client knows them; nil where it does not want to

	mu     sync.Mutex           // guards the fields that follow; taken after mailbox.mu
	wanted map[mapi.ID]struct{} // the keys of folders
	dirty  map[mapi.ID]struct{} // of those, where something happened
	stale  bool                 // something happened to the tree
	lost   bool                 // events may be missing
}

// notifiedFolder is a folder as the client was told of it.
type notifiedFolder struct {
	path   string
	events proto.Events
	state  object.FolderState
}

// NotifyEvents implements proto.NotifySession.
func (s *session) NotifyEvents() proto.Events {
	return proto.EventMessageNew | proto.EventMessageExpunge | proto.EventFlagChange |
		proto.EventMailboxName | proto.EventSubscriptionChange | metadataEvents
}

// SetNotify implements proto.NotifySession, RFC 5465 3.1.
func (s *session) SetNotify(ctx context.Context, w *proto.ResponseWriter, want *proto.Notify) error {
	if want == nil {
		s.stopNotify()
		return nil
	}
	n := &notifier{s: s}
	n.beginShares(want)
	if err := n.lookUp(ctx, want.Groups); err != nil {
		n.stop()
		return answer(err)
	}
	for _, b := range n.boxes {
		b.listen() // first, so that nothing is missed
	}
	err := n.begin(ctx, w, want)
	if err != nil {
		n.stop()
		return answer(err)
	}
	s.stopNotify()
	s.notifier, s.notifySelected = n, want
	if s.sel != nil {
		s.sel.fetched = s.sel.knownUID()
	}
	return nil
}

// begin reads how things are, and tells it where that is asked for.
func (n *notifier) begin(ctx context.Context, w *proto.ResponseWriter, want *proto.Notify) error {
	total := 0
	for _, b := range n.boxes {
		_, _ = b.take() // before reading: what happens meanwhile is news
		t, err := n.s.treeOrNone(ctx, b.box)
		if err != nil {
			return err
		}
		b.adopt(t)
		if n.wantsMetadata() {
			if b.notes, err = b.readAnnotations(ctx); err != nil {
				return err
			}
		}
		if total += len(b.folders); total > maxNotified {
			return errTooMuch
		}
	}
	for _, b := range n.boxes {
		if err := n.tellNoAccess(w, b); err != nil {
			return err
		}
		if err := b.read(ctx, b.ids(), func(f *notifiedFolder, st *object.FolderState) error {
			f.state = *st
			if !want.Status || b.isSelected(st.Folder) {
				return nil
			}
			return b.tellStatus(w, f, st)
		}); err != nil {
			return err
		}
	}
	return nil
}

// stopNotify ends NOTIFY: nothing is told of other folders.
func (s *session) stopNotify() {
	if s.notifier != nil {
		s.notifier.stop()
	}
	s.notifier, s.notifySelected = nil, nil
}

func (n *notifier) stop() {
	for _, b := range n.boxes {
		b.box.listen(b, false)
	}
	if n.shares != nil {
		n.shares.box.listen(n.shares, false)
	}
}

// lookUp finds the mailboxes that groups are about.
func (n *notifier) lookUp(ctx context.Context, groups []proto.EventGroup) error {
	found := make([]notifyGroup, 0, len(groups))
	for _, g := range groups {
		group := notifyGroup{kind: g.In.Kind, events: g.Events}
		if len(g.In.Names) == 0 {
			n.add(n.s.box, "")
		}
		for _, name := range g.In.Names {
			whole, err := n.lead(ctx, name)
			if err == nil && g.In.Kind != proto.SourceMailboxes {
				err = n.addBelow(ctx, whole)
			}
			if err != nil {
				return err
			}
			group.names = append(group.names, whole)
		}
		found = append(found, group)
	}
	n.groups = found
	return nil
}

// lead adds the mailbox that a name leads into, if it is there for the user, and
// gives the name as the mailbox has it.
func (n *notifier) lead(ctx context.Context, name string) (string, error) {
	name, err := n.s.spelled(ctx, name)
	if err != nil {
		return "", err
	}
	box, path, err := n.s.locate(ctx, name)
	if errors.Is(err, proto.ErrNoSuchMailbox) {
		return name, nil
	}
	if err != nil {
		return "", err
	}
	prefix := ""
	if n.s.isForeign(name) {
		prefix = n.s.prefixOf(name)
	}
	n.add(box, prefix)
	return strings.TrimSuffix(prefix+path, string(delim)), nil
}

// addBelow adds the mailboxes of others that lie below a name.
func (n *notifier) addBelow(ctx context.Context, top string) error {
	if top != "" && !n.s.isForeign(top) {
		return nil
	}
	is, err := n.s.sharing(ctx)
	if err != nil {
		return err
	}
	for _, sp := range n.s.spaces(is) {
		if isBelow(sp.prefix, top, false) {
			n.add(sp.box, sp.prefix)
		}
	}
	return nil
}

func (n *notifier) add(box *mailbox, prefix string) {
	if !slices.ContainsFunc(n.boxes, func(b *notifiedBox) bool { return b.box == box }) {
		n.boxes = append(n.boxes, &notifiedBox{n: n, box: box, prefix: prefix})
	}
}

// events are what the client wants to know of a folder: what the first group
// says that names it.
func (b *notifiedBox) events(f *folder) proto.Events {
	for i := range b.n.groups {
		if b.n.groups[i].covers(b, f) {
			return b.n.groups[i].events
		}
	}
	return 0
}

func (g *notifyGroup) covers(b *notifiedBox, f *folder) bool {
	switch g.kind {
	case proto.SourceInboxes: // RFC 5465 6.3: where mail is delivered to
		return b.box.own && f.path == inbox
	case proto.SourcePersonal:
		return b.box.own
	case proto.SourceSubscribed:
		return b.box.own && f.subscribed
	case proto.SourceMailboxes:
		return slices.Contains(g.names, b.prefix+f.path)
	}
	return slices.ContainsFunc(g.names, func(top string) bool {
		return isBelow(b.prefix+f.path, top, g.kind == proto.SourceSubtreeOne)
	})
}

// tellNoAccess tells of folders that were named and cannot be read (RFC 5465
// 3.1).
func (n *notifier) tellNoAccess(w *proto.ResponseWriter, b *notifiedBox) error {
	for i := range n.groups {
		for _, name := range n.groups[i].names {
			path, in := strings.CutPrefix(name, b.prefix)
			f := b.tree.byPath[path]
			if !in || f == nil || !f.mail || f.selectable || n.groups[i].events&proto.EventsOfMessages == 0 {
				continue
			}
			if err := w.MailboxListed(&proto.ListData{Attrs: []string{proto.AttrNoAccess}, Delim: delim, Mailbox: b.prefix + f.path}, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// treeOrNone is the tree of a mailbox, empty where it is not there any more.
func (s *session) treeOrNone(ctx context.Context, box *mailbox) (*tree, error) {
	t, err := s.knownTree(ctx, box)
	if errors.Is(err, proto.ErrNoSuchMailbox) {
		return &tree{}, nil
	}
	return t, err
}

// adopt makes the tree the one that the client knows. Folders that are new to
// it are to be looked at.
func (b *notifiedBox) adopt(t *tree) {
	folders := map[mapi.ID]*notifiedFolder{}
	wanted := map[mapi.ID]struct{}{}
	var added []mapi.ID
	for _, f := range t.folders {
		events := b.events(f)
		if !f.selectable || events&proto.EventsOfMessages == 0 {
			continue
		}
		now := &notifiedFolder{path: f.path, events: events}
		if old := b.folders[f.id]; old != nil {
			now.state = old.state
		} else if b.tree != nil {
			added = append(added, f.id)
		}
		folders[f.id], wanted[f.id] = now, struct{}{}
	}
	b.tree, b.folders = t, folders
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wanted = wanted
	if b.dirty == nil {
		b.dirty = map[mapi.ID]struct{}{}
	}
	for _, id := range added {
		b.dirty[id] = struct{}{}
	}
}

// ids are all folders of whose messages the client is told.
func (b *notifiedBox) ids() []mapi.ID {
	out := make([]mapi.ID, 0, len(b.folders))
	for id := range b.folders {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func (b *notifiedBox) isSelected(folder mapi.ID) bool {
	v := b.n.s.view.Load()
	return v != nil && v.box == b.box && v.folder == folder
}

var _ proto.NotifySession = (*session)(nil)
