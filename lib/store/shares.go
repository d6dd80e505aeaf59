// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store/acl"
)

// sharesHead begins the file of a share, before the id of the mailbox's owner.
const sharesHead = "share 1 "

// sharesDone is the file that says that all mailboxes were looked at once.
const sharesDone = "complete"

// shares know to whom mailboxes show folders, so that a list of what somebody
// may see opens none of them. A mailbox that shows any has a file in the folder
// "shared" named as itself: its owner, and a line for each member of a
// permission list who sees a folder, or may put messages into it, with the
// folder's class. Whom a
// transaction adds is in the file before it is committed, and who is no more
// goes after that; so the file may name too many, but none too few. Whenever a
// mailbox is opened it is compared.
type shares struct {
	dir     string
	changed func() // something that SharedStores tells may be otherwise now

	mu      sync.RWMutex
	byStore map[mapi.GUID]*share               // guarded by mu
	byWhom  map[mapi.GUID]map[mapi.GUID]*share // by member and store; guarded by mu
	last    uint64                             // version that was given; guarded by mu
}

// share is what one mailbox shows. But for the version it is never changed.
type share struct {
	owner   mapi.GUID
	members sharedTo
	version uint64
}

// sharedTo are classes of folders by member.
type sharedTo map[mapi.GUID][]string

// add notes a folder. Classes are the same in any case.
func (s sharedTo) add(f *folder) {
	for _, p := range f.acl {
		if acl.Closure(p.Rights)&(mapi.RightFolderVisible|mapi.RightCreate) == 0 {
			continue
		}
		class := strings.ToLower(f.class)
		if i, ok := slices.BinarySearch(s[p.Member], class); !ok {
			s[p.Member] = slices.Insert(s[p.Member], i, class)
		}
	}
}

// within says whether all of it is in another.
func (s sharedTo) within(o sharedTo) bool {
	for member, classes := range s {
		for _, class := range classes {
			if !slices.Contains(o[member], class) {
				return false
			}
		}
	}
	return true
}

// with is both together.
func (s sharedTo) with(o sharedTo) sharedTo {
	out := sharedTo{}
	for _, one := range []sharedTo{s, o} {
		for member, classes := range one {
			out[member] = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(out[member]), classes...))))
		}
	}
	return out
}

func loadShares(dir string, changed func()) (*shares, error) {
	s := &shares{dir: dir, changed: changed, byStore: map[mapi.GUID]*share{}, byWhom: map[mapi.GUID]map[mapi.GUID]*share{},
		last: uint64(time.Now().UnixNano())} // higher than any that was given before
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, diskError(err)
	}
	for _, f := range files {
		store, err := mapi.ParseGUID(f.Name())
		if err != nil {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, diskError(err)
		}
		sh, ok := parseShare(b)
		if !ok { // the mailboxes know better
			if err := os.Remove(filepath.Join(dir, sharesDone)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, diskError(err)
			}
			continue
		}
		s.put(store, sh)
	}
	return s, nil
}

// parseShare reads a file; false where it is damaged.
func parseShare(b []byte) (*share, bool) {
	lines := bufio.NewScanner(bytes.NewReader(b))
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), sharesHead) {
		return nil, false
	}
	owner, err := mapi.ParseGUID(lines.Text()[len(sharesHead):])
	sh := &share{owner: owner, members: sharedTo{}}
	for err == nil && lines.Scan() {
		id, class, _ := strings.Cut(lines.Text(), " ")
		var member mapi.GUID
		member, err = mapi.ParseGUID(id)
		sh.members[member] = append(sh.members[member], class)
	}
	for _, classes := range sh.members {
		slices.Sort(classes)
	}
	return sh, err == nil && lines.Err() == nil
}

func (sh *share) text() []byte {
	b := fmt.Appendf(nil, "%s%s\n", sharesHead, sh.owner)
	for member, classes := range sh.members {
		for _, class := range classes {
			b = fmt.Appendf(b, "%s %s\n", member, class)
		}
	}
	return b
}

// put takes a mailbox's share in place of the one it had; nil is none. It wants mu.
func (s *shares) put(store mapi.GUID, sh *share) {
	if old := s.byStore[store]; old != nil {
		for member := range old.members {
			delete(s.byWhom[member], store)
			if len(s.byWhom[member]) == 0 {
				delete(s.byWhom, member)
			}
		}
	}
	delete(s.byStore, store)
	if sh == nil {
		return
	}
	s.last++
	sh.version = s.last
	s.byStore[store] = sh
	for member := range sh.members {
		if s.byWhom[member] == nil {
			s.byWhom[member] = map[mapi.GUID]*share{}
		}
		s.byWhom[member][store] = sh
	}
}

// set makes the mailbox's file tell just this. changed says that it told something else.
func (s *shares) set(store, owner mapi.GUID, members sharedTo) (changed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.byStore[store]
	switch {
	case old == nil && len(members) == 0:
		return false, nil
	case old != nil && old.owner == owner && old.members.within(members) && members.within(old.members):
		return false, nil
	}
	path := filepath.Join(s.dir, store.String())
	var sh *share
	if len(members) > 0 {
		sh = &share{owner: owner, members: members}
		err = replaceFile(path, sh.text())
	} else if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = syncDir(s.dir)
	}
	if err != nil {
		return false, fmt.Errorf("note who sees folders of store %s: %w", store, diskError(err))
	}
	s.put(store, sh)
	s.changed()
	return true, nil
}

// widen adds members, before they see anything.
func (s *shares) widen(store, owner mapi.GUID, members sharedTo) error {
	s.mu.RLock()
	old := s.byStore[store]
	s.mu.RUnlock()
	if old != nil {
		if members.within(old.members) {
			return nil
		}
		members = members.with(old.members)
	}
	_, err := s.set(store, owner, members)
	return err
}

// touch tells that the tree of a mailbox has changed.
func (s *shares) touch(store mapi.GUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sh := s.byStore[store]; sh != nil {
		s.last++
		sh.version = s.last
		s.changed()
	}
}

// sharedStore is a mailbox that somebody may see folders of.
type sharedStore struct {
	store, owner mapi.GUID
	version      uint64
}

// of lists those that any of the members may see folders of these classes in.
func (s *shares) of(members []mapi.GUID, classes []string) []sharedStore {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := map[mapi.GUID]*share{}
	for _, member := range members {
		for store, sh := range s.byWhom[member] {
			if slices.ContainsFunc(sh.members[member], func(c string) bool { return isOfClass(c, classes) }) {
				found[store] = sh
			}
		}
	}
	out := make([]sharedStore, 0, len(found))
	for store, sh := range found {
		out = append(out, sharedStore{store, sh.owner, sh.version})
	}
	return out
}

// isOfClass says whether a folder's class is one of the classes or below one;
// none is all.
func isOfClass(class string, classes []string) bool {
	return len(classes) == 0 || slices.ContainsFunc(classes, func(c string) bool {
		n := len(c)
		return len(class) >= n && strings.EqualFold(class[:n], c) && (len(class) == n || n == 0 || class[n] == '.')
	})
}

// sharing is to whom the mailbox shows folders.
func (m *mailbox) sharing() sharedTo {
	m.stateMu.RLock()
	defer m.stateMu.RUnlock()
	out := sharedTo{}
	for _, f := range m.folders {
		if len(f.acl) > 0 && f.id != rootID {
			out.add(f)
		}
	}
	return out
}

// noteShares has the file tell to whom the mailbox shows folders now.
func (m *mailbox) noteShares() (changed bool, err error) {
	_, owner := m.identity()
	return m.e.shares.set(m.guid, owner, m.sharing())
}

// widenShares sees to it, before the commit, that whoever will see a folder is noted.
func (t *tx) widenShares() error {
	members := sharedTo{}
	for id, f := range t.base {
		if f == nil || f.buried || id == rootID || len(f.acl) == 0 {
			continue
		}
		if old := t.m.folder(id); old == nil || f.relisted || old.class != f.class {
			members.add(f)
		}
	}
	if len(members) == 0 {
		return nil
	}
	t.shows = true
	_, owner := t.m.identity()
	return t.m.e.shares.widen(t.m.guid, owner, members)
}

// tellShares is for after the commit: a change to the tree may have taken
// folders from somebody, or changes what somebody sees. What could not be noted
// names too many at worst.
func (t *tx) tellShares() {
	if !slices.ContainsFunc(t.done.events, func(e object.Event) bool { return e.Kind == object.EventHierarchy }) {
		return
	}
	other, _ := t.m.noteShares()
	t.m.e.shares.touch(t.m.guid)
	if t.shows || other {
		t.m.e.hub.Publish(object.Event{Kind: object.EventHierarchy, Store: object.SharedVersion})
	}
}

// lookAtShares opens all mailboxes once, each of which notes what it shows:
// data that an older version wrote has no files of shares.
func (e *Engine) lookAtShares(ctx context.Context) {
	done := filepath.Join(e.shares.dir, sharesDone)
	if _, err := os.Stat(done); err == nil {
		return
	}
	list, err := e.guids()
	for _, guid := range list {
		if ctx.Err() != nil {
			return
		}
		if m, err := e.acquire(guid); err == nil {
			e.leave(m)
		}
	}
	if err == nil && replaceFile(done, nil) == nil {
		_ = syncDir(e.shares.dir)
	}
}

// sharedWith lists the mailboxes that the session's user may see folders of
// these classes in.
func (s *session) sharedWith(ctx context.Context, classes []string) ([]sharedStore, error) {
	groups, err := s.e.dir.GroupsOf(ctx, s.who.ID)
	if err != nil {
		return nil, coded(err)
	}
	return s.e.shares.of(append(slices.Clone(groups), s.who.ID, object.MemberDefault), classes), nil
}

// SharedStores implements object.Stores.
func (s *session) SharedStores(ctx context.Context, req object.SharedStoresRequest) (object.SharedStoresResponse, error) {
	var out object.SharedStoresResponse
	if err := s.may(actShared); err != nil {
		return out, err
	}
	if len(req.Classes) > object.MaxColumns {
		return out, fmt.Errorf("list shared stores: %d classes: %w", len(req.Classes), mapi.InvalidParameter)
	}
	list, err := s.sharedWith(ctx, req.Classes)
	if err != nil {
		return out, err
	}
	version, err := s.e.dir.Version(ctx)
	if err != nil {
		return out, coded(err)
	}
	for _, sh := range list {
		if sh.store == s.who.Store || sh.owner == s.who.ID {
			continue
		}
		one := object.SharedStore{GUID: sh.store, Version: sh.version + version}
		if sh.store == s.e.publicGUID() {
			one.Kind = object.StorePublic
			out.Stores = append(out.Stores, one)
			continue
		}
		u, err := s.e.dir.ByID(ctx, sh.owner)
		switch {
		case mapi.CodeOf(err) == mapi.NotFound:
			continue // an orphan
		case err != nil:
			return object.SharedStoresResponse{}, coded(err)
		case u.Store == sh.store:
			one.Kind = object.StorePrivate
		case u.Archive == sh.store:
			one.Kind = object.StoreArchive
		default:
			continue
		}
		one.Owner = u.Name
		out.Stores = append(out.Stores, one)
	}
	slices.SortFunc(out.Stores, func(a, b object.SharedStore) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Kind, b.Kind), bytes.Compare(a.GUID[:], b.GUID[:]))
	})
	return out, nil
}
