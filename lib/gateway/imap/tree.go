// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	proto "twiga/lib/proto/imap"
)

// folder is a folder of the tree. It is never changed.
type folder struct {
	id, parent mapi.ID
	path       string // IMAP name
	kind       object.FolderKind
	subscribed bool
	selectable bool // it is for mail
	shown      bool // it, or one below it, is selectable
	children   bool // one below it is shown
}

// tree is the folder tree of a mailbox as it was at change. It is never
// changed.
type tree struct {
	change  mapi.Change
	root    mapi.ID
	folders []*folder // by name, the Inbox and what is in it first
	byPath  map[string]*folder
}

// treeColumns are what is asked of the store.
var treeColumns = []mapi.PropTag{
	tag.FolderId, tag.ParentFolderId, tag.DisplayName, tag.ContainerClass, tag.TwigaFolderKind, tag.TwigaSubscribed,
}

// currentTree gives the folder tree as it is now: if nothing at all happened
// to the mailbox since it was read, by one cheap trip, or by none where the
// mailbox's version can be seen.
func (s *session) currentTree(ctx context.Context) (*tree, error) {
	m := s.box
	m.treeMu.Lock()
	defer m.treeMu.Unlock()
	version, known := s.store.version(m.guid)
	if known && m.tree != nil && m.treeVersion == version+1 {
		return m.tree, nil
	}
	m.treeStale.Store(false) // before reading: what happens meanwhile is news
	t, err := s.verifiedTree(ctx)
	if err != nil {
		m.treeStale.Store(true)
		return nil, err
	}
	m.tree, m.treeVersion = t, 0
	if known {
		m.treeVersion = version + 1
	}
	return t, nil
}

// verifiedTree asks the store whether the tree is still right, and reads it
// anew if not. The caller holds treeMu.
func (s *session) verifiedTree(ctx context.Context) (*tree, error) {
	st, err := s.store.GetStore(ctx, object.GetStoreRequest{GUID: s.box.guid})
	if err != nil {
		s.store.sawError(err)
		return nil, fmt.Errorf("read mailbox %s: %w", s.box.guid, err)
	}
	if t := s.box.tree; t != nil && t.change == st.Change {
		return t, nil
	}
	return s.readTree(ctx, &st)
}

// knownTree gives the folder tree without a trip if events say that it did not
// change.
func (s *session) knownTree(ctx context.Context) (*tree, error) {
	m := s.box
	if m.live.Load() && !m.treeStale.Load() {
		m.treeMu.Lock()
		t := m.tree
		m.treeMu.Unlock()
		if t != nil {
			return t, nil
		}
	}
	return s.currentTree(ctx)
}

// folder finds a mailbox that can be selected.
func (s *session) folder(ctx context.Context, mailbox string) (*folder, error) {
	t, err := s.knownTree(ctx)
	if err != nil {
		return nil, err
	}
	mailbox = fold(mailbox)
	f := t.byPath[mailbox]
	if f == nil { // perhaps it was made just now
		if t, err = s.currentTree(ctx); err != nil {
			return nil, err
		}
		f = t.byPath[mailbox]
	}
	if f == nil || !f.selectable {
		return nil, proto.ErrNoSuchMailbox
	}
	return f, nil
}

// target finds a mailbox that messages are to be put into.
func (s *session) target(ctx context.Context, mailbox string) (*folder, error) {
	f, err := s.folder(ctx, mailbox)
	if errors.Is(err, proto.ErrNoSuchMailbox) {
		return nil, proto.ErrTryCreate
	}
	return f, err
}

func (s *session) readTree(ctx context.Context, st *object.Store) (*tree, error) {
	t := &tree{change: st.Change, root: st.SpecialFolder(object.KindRoot), byPath: map[string]*folder{}}
	byID := map[mapi.ID]*folder{}
	req := object.QueryRequest{Store: s.box.guid, Table: object.TableHierarchy, Folder: t.root, Columns: treeColumns}
	for bag, err := range s.store.Query(ctx, req) {
		if err != nil {
			s.store.sawError(err)
			return nil, fmt.Errorf("read folders: %w", err)
		}
		if f := t.take(bag, byID, s.gw.cfg.ShowAll); f != nil {
			byID[f.id] = f
			t.folders = append(t.folders, f)
			t.byPath[f.path] = f
		}
	}
	// Children come behind their parents, so that backwards each folder is
	// complete when its turn comes.
	for _, f := range slices.Backward(t.folders) {
		f.shown = f.shown || f.selectable
		if p := byID[f.parent]; p != nil && f.shown {
			p.shown, p.children = true, true
		}
	}
	slices.SortFunc(t.folders, compareFolders)
	return t, nil
}

// take makes a folder of a row; nil for one whose parent is not of the tree.
func (t *tree) take(bag wire.Bag, byID map[mapi.ID]*folder, all bool) *folder {
	f := &folder{
		id: mapi.ID(bag.Int(tag.FolderId)), parent: mapi.ID(bag.Int(tag.ParentFolderId)),
		kind: object.FolderKind(bag.Int(tag.TwigaFolderKind)), subscribed: true,
	}
	if v, ok := bag.Get(tag.TwigaSubscribed); ok {
		f.subscribed = v.Bool()
	}
	f.selectable = all || isMail(f.kind, bag.Text(tag.ContainerClass))
	name := bag.Text(tag.DisplayName)
	parent := byID[f.parent]
	switch {
	case f.kind == object.KindInbox && f.parent == t.root:
		f.path = inbox
	case f.parent == t.root:
		f.path = encodeName(name, true)
	case parent == nil:
		return nil
	default:
		f.path = parent.path + string(delim) + encodeName(name, false)
	}
	return f
}

// isMail says whether a folder is for messages that a mail client understands,
// by PidTagContainerClass ([MS-OXOSFLD] 2.2.5).
func isMail(kind object.FolderKind, class string) bool {
	switch kind {
	case object.KindSyncIssues, object.KindConflicts, object.KindLocalFailures, object.KindServerFailures:
		return false
	}
	for _, mail := range []string{"IPF.Note", "IPF.Imap"} {
		if n := len(mail); len(class) >= n && strings.EqualFold(class[:n], mail) && (len(class) == n || class[n] == '.') {
			return true
		}
	}
	return class == "" || strings.EqualFold(class, "IPF")
}

func compareFolders(a, b *folder) int {
	if x, y := inInbox(a.path), inInbox(b.path); x != y {
		if x {
			return -1
		}
		return 1
	}
	return strings.Compare(a.path, b.path)
}

func inInbox(path string) bool {
	return path == inbox || strings.HasPrefix(path, inbox+string(delim))
}
