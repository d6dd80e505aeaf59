// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

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
	rights     mapi.Rights
	subscribed bool
	search     bool // it holds what a search finds
	mail       bool // it is for mail
	selectable bool // and the user may read it
	shown      bool // it, or one below it, is for mail
	children   bool // one below it is shown
}

// tree is the folder tree of a mailbox as it was at change. It is never
// changed, but byKey is made when it is first needed.
type tree struct {
	change  mapi.Change
	root    mapi.ID   // 0 where it is not to be seen
	taken   []string  // names that mean something else at the top
	folders []*folder // by name, the Inbox and what is in it first
	byPath  map[string]*folder

	byKey   map[string]*folder // by keyOf
	keyOnce sync.Once
}

// treeColumns are what is asked of the store.
var treeColumns = []mapi.PropTag{
	tag.FolderId, tag.ParentFolderId, tag.DisplayName, tag.ContainerClass, tag.TwigaFolderKind, tag.TwigaSubscribed,
	tag.Rights, tag.FolderType,
}

// currentTree gives the folder tree as it is now: if nothing at all happened
// to the mailbox since it was read, by one cheap trip, or by none where the
// mailbox's version can be seen. Of others' mailboxes the version came with
// what they share.
func (s *session) currentTree(ctx context.Context, m *mailbox) (*tree, error) {
	m.treeMu.Lock()
	defer m.treeMu.Unlock()
	version, known := m.treeWanted.Load(), true
	if m.own {
		m.startWatch()
		version, known = s.store.version(m.guid)
	}
	heard := !m.own && m.treeStale.Load() // by an event, which is before the version is asked for again
	if known && m.tree != nil && m.treeVersion == version+1 && !heard {
		return m.tree, nil
	}
	m.treeStale.Store(false) // before reading: what happens meanwhile is news
	t, err := s.verifiedTree(ctx, m)
	switch {
	case denied(err) && !m.own:
		t = &tree{byPath: map[string]*folder{}} // nothing is to be seen
	case err != nil:
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
func (s *session) verifiedTree(ctx context.Context, m *mailbox) (*tree, error) {
	if !m.own {
		return s.readTree(ctx, m, &object.Store{})
	}
	st, err := s.store.GetStore(ctx, object.GetStoreRequest{GUID: m.guid})
	if err != nil {
		s.store.sawError(err)
		return nil, fmt.Errorf("read mailbox %s: %w", m.guid, err)
	}
	if t := m.tree; t != nil && t.change == st.Change {
		return t, nil
	}
	return s.readTree(ctx, m, &st)
}

// knownTree gives the folder tree without a trip if events say that it did not
// change.
func (s *session) knownTree(ctx context.Context, m *mailbox) (*tree, error) {
	if m.own && m.live.Load() && !m.treeStale.Load() {
		m.treeMu.Lock()
		t := m.tree
		m.treeMu.Unlock()
		if t != nil {
			return t, nil
		}
	}
	return s.currentTree(ctx, m)
}

// lookUp finds the folder that a path means: the one of just that name, or else
// the one with a name that the store takes for the same. No other could be made
// under the name.
func (t *tree) lookUp(path string) *folder {
	if f := t.byPath[path]; f != nil {
		return f
	}
	t.keyOnce.Do(func() {
		t.byKey = make(map[string]*folder, len(t.folders))
		for _, f := range t.folders {
			if key := t.keyOf(f.path); t.byKey[key] == nil {
				t.byKey[key] = f
			}
		}
	})
	return t.byKey[t.keyOf(path)]
}

// keyOf is the same for paths whose levels are names that the store takes for
// the same.
func (t *tree) keyOf(path string) string {
	levels, taken := strings.Split(path, string(delim)), t.taken
	for i, level := range levels {
		if name, ok := decodeName(level, taken); ok {
			levels[i] = encodeName(object.FolderNameKey(name), taken)
		}
		taken = nil
	}
	return strings.Join(levels, string(delim))
}

// spelled is a path with those levels that are there spelled as they are there.
func (t *tree) spelled(path string) string {
	for at := 0; at < len(path); at++ {
		n := strings.IndexByte(path[at:], delim)
		if n < 0 {
			n = len(path) - at
		}
		f := t.lookUp(path[:at+n])
		if f == nil {
			break
		}
		path, at = f.path+path[at+n:], len(f.path)
	}
	return path
}

// find finds a folder for mail.
func (s *session) find(ctx context.Context, mailbox string) (place, error) {
	box, path, err := s.locate(ctx, mailbox)
	if err != nil {
		return place{}, err
	}
	t, err := s.knownTree(ctx, box)
	if err != nil {
		return place{}, err
	}
	f := t.lookUp(path)
	if f == nil { // perhaps it was made just now
		if t, err = s.currentTree(ctx, box); err != nil {
			return place{}, err
		}
		f = t.lookUp(path)
	}
	if f == nil || !f.mail {
		return place{}, proto.ErrNoSuchMailbox
	}
	return place{f, box}, nil
}

// folder finds a mailbox that can be selected.
func (s *session) folder(ctx context.Context, mailbox string) (place, error) {
	f, err := s.find(ctx, mailbox)
	if err == nil && !f.selectable {
		return place{}, errNoPerm
	}
	return f, err
}

// errSearch answers who would put messages among what a search finds.
var errSearch = proto.No(proto.CodeCannot, "This mailbox shows what a search finds")

// target finds a mailbox that messages are to be put into.
func (s *session) target(ctx context.Context, mailbox string) (place, error) {
	f, err := s.findUnseen(ctx, mailbox)
	switch {
	case errors.Is(err, proto.ErrNoSuchMailbox):
		return place{}, proto.ErrTryCreate
	case err == nil && f.rights&mapi.RightCreate == 0:
		return place{}, errNoPerm
	case err == nil && f.search:
		return place{}, errSearch
	}
	return f, err
}

func (s *session) readTree(ctx context.Context, m *mailbox, st *object.Store) (*tree, error) {
	t := &tree{change: st.Change, root: st.SpecialFolder(object.KindRoot), byPath: map[string]*folder{}, taken: m.taken()}
	byID := map[mapi.ID]*folder{}
	req := object.QueryRequest{Store: m.guid, Table: object.TableHierarchy, Folder: t.root, Columns: treeColumns}
	for bag, err := range s.store.Query(ctx, req) {
		if err != nil {
			s.store.sawError(err)
			return nil, fmt.Errorf("read folders: %w", err)
		}
		if f := m.take(t, bag, byID); f != nil {
			byID[f.id] = f
			t.folders = append(t.folders, f)
			t.byPath[f.path] = f
		}
	}
	// Children come behind their parents, so that backwards each folder is
	// complete when its turn comes.
	for _, f := range slices.Backward(t.folders) {
		f.shown = f.shown || f.mail
		if p := byID[f.parent]; p != nil && f.shown {
			p.shown, p.children = true, true
		}
	}
	slices.SortFunc(t.folders, compareFolders)
	return t, nil
}

// take makes a folder of a row; nil for one that is not of the tree. In others'
// mailboxes a folder may be seen while the one above it is not: it stands at the
// top, by its own name, since names above are nobody's business.
func (m *mailbox) take(t *tree, bag wire.Bag, byID map[mapi.ID]*folder) *folder {
	f := &folder{
		id: mapi.ID(bag.Int(tag.FolderId)), parent: mapi.ID(bag.Int(tag.ParentFolderId)),
		kind: object.FolderKind(bag.Int(tag.TwigaFolderKind)), subscribed: true,
	}
	if v, ok := bag.Get(tag.TwigaSubscribed); ok {
		f.subscribed = v.Bool()
	}
	f.rights = rightsOwner
	if !m.own {
		f.rights = mapi.Rights(bag.Int(tag.Rights))
	}
	f.search = mapi.FolderType(bag.Int(tag.FolderType)) == mapi.FolderSearch
	f.mail = m.gw.cfg.ShowAll || isMail(f.kind, bag.Text(tag.ContainerClass))
	f.selectable = f.mail && f.rights&mapi.RightReadAny != 0
	name := bag.Text(tag.DisplayName)
	parent := byID[f.parent]
	switch {
	case isApart(f.kind):
		if f.kind == object.KindRoot {
			t.root = f.id
		}
		return nil
	case f.kind == object.KindInbox && (f.parent == t.root || !m.own):
		f.path = inbox
	case f.parent == t.root && m.own:
		f.path = encodeName(name, t.taken)
	case parent == nil && m.own:
		return nil
	case parent == nil:
		f.path = t.free(encodeName(name, t.taken))
	default:
		f.path = parent.path + string(delim) + encodeName(name, nil)
	}
	return f
}

// free is the path for a folder at the top that may not have the one that its
// name gives.
func (t *tree) free(path string) string {
	for n := 2; t.byPath[path] != nil; n++ {
		path = fmt.Sprintf("%s (%d)", path, n)
	}
	return path
}

// taken are the names at the top that mean other than a folder of that name.
func (m *mailbox) taken() []string {
	if !m.own {
		return []string{inbox}
	}
	return []string{inbox, m.gw.cfg.OtherUsers, m.gw.cfg.PublicFolders}
}

// denied says whether the store keeps something from the user.
func denied(err error) bool {
	return errors.Is(err, mapi.NoAccess) || errors.Is(err, mapi.NotFound)
}

// isApart says whether a folder lies beside the ones that people see.
func isApart(kind object.FolderKind) bool {
	switch kind {
	case object.KindRoot, object.KindRecoverable, object.KindSearchRoot:
		return true
	}
	return false
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
