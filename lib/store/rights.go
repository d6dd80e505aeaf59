// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store/acl"
)

// access is what a session may do in one mailbox. The server itself has none
// (nil), which is to everything.
type access struct {
	s     *session
	m     *mailbox
	full  bool    // the owner or a service role: no list is asked
	hides bool    // items that are marked as private are not there
	who   acl.Who // where not full
}

// accessTo settles what the session may do in a mailbox: NoAccess for users
// whom it does not know at all.
func (s *session) accessTo(ctx context.Context, a action, m *mailbox) (*access, error) {
	if s.who.Role != object.RoleUser || m.guid == s.who.Store {
		return &access{s: s, m: m, full: true}, nil
	}
	denied := fmt.Errorf("open store %s: %w", m.guid, mapi.NoAccess)
	owner := m.ownerID()
	if m.kind == object.StorePublic {
		if m.guid != s.e.publicGUID() {
			return nil, denied // an orphan
		}
	} else {
		u, err := s.e.dir.ByID(ctx, owner)
		switch {
		case mapi.CodeOf(err) == mapi.NotFound:
			return nil, denied
		case err != nil:
			return nil, coded(err)
		case u.Store != m.guid && u.Archive != m.guid:
			return nil, denied // an orphan
		}
		if owner == s.who.ID {
			return &access{s: s, m: m, full: true}, nil
		}
	}
	if allowed[a].own {
		return nil, denied
	}
	groups, err := s.e.dir.GroupsOf(ctx, s.who.ID)
	if err != nil {
		return nil, coded(err)
	}
	acc := &access{s: s, m: m, who: acl.Who{User: s.who.ID, Groups: groups}}
	d, isDelegate := m.delegate(s.who.ID)
	acc.hides = m.kind != object.StorePublic && !d.Private
	if !isDelegate && !acc.any() {
		return nil, denied
	}
	return acc, nil
}

// any says whether there is a folder that the session has rights in.
func (acc *access) any() bool {
	acc.m.stateMu.RLock()
	defer acc.m.stateMu.RUnlock()
	for _, f := range acc.m.folders {
		if f.acl.Rights(acc.who) != 0 {
			return true
		}
	}
	return false
}

// isFull says whether no list is to be asked.
func (acc *access) isFull() bool { return acc == nil || acc.full }

// owns says whether the session acts for the mailbox's owner, or for the server.
func (acc *access) owns() bool { return acc.isFull() }

// is says whether the session has one of the roles.
func (acc *access) is(one roles) bool { return acc == nil || one.has(acc.s.who.Role) }

// of gives the rights in a folder.
func (acc *access) of(f *folder) mapi.Rights {
	switch {
	case acc.isFull():
		return acl.Full
	case f == nil || f.id == rootID || f.search: // what a search finds may lie where they have no rights
		return 0
	}
	return f.acl.Rights(acc.who)
}

// rights gives those in a folder, or a list of one, as of the last commit.
func (acc *access) rights(folder mapi.ID) mapi.Rights {
	if acc.isFull() {
		return acl.Full
	}
	id, _ := listOf(folder)
	return acc.of(acc.m.folder(id))
}

// has says whether rights are enough: NoAccess, or NotFound for a folder that
// is not seen.
func has(folder mapi.ID, rights, needed mapi.Rights) error {
	switch {
	case rights&mapi.RightFolderVisible == 0:
		return noFolder(folder)
	case rights&needed != needed:
		return fmt.Errorf("check rights in folder %s: %w", folder, mapi.NoAccess)
	}
	return nil
}

// need says whether the session has all of these rights in a folder, as it is
// after the last commit: NoAccess, or NotFound where it may not even see it.
func (acc *access) need(folder mapi.ID, rights mapi.Rights) error {
	if acc.isFull() {
		return nil
	}
	return has(folder, acc.rights(folder), rights)
}

// in says whether rights in a folder are enough for an action.
func (r *rule) in(folder mapi.ID, rights mapi.Rights) error {
	if r.unseen && rights&r.rights == r.rights {
		return nil
	}
	return has(folder, rights, r.rights)
}

// may is need of what an action wants.
func (acc *access) may(a action, folder mapi.ID) error {
	if acc.isFull() {
		return nil
	}
	return allowed[a].in(folder, acc.rights(folder))
}

// mayLook says whether a folder is there for the session, be it only to put
// messages into: NotFound where it is not.
func (acc *access) mayLook(folder mapi.ID) error {
	err := acc.may(actSave, folder)
	if mapi.CodeOf(err) == mapi.NoAccess {
		return nil
	}
	return err
}

// sees says whether the folder is there for the session.
func (acc *access) sees(f *folder) bool {
	return f != nil && acc.of(f)&mapi.RightFolderVisible != 0
}

// reads says whether messages of a folder, or of a list of one, are there for
// the session. Those that were deleted are for who could have deleted them.
func (acc *access) reads(folder mapi.ID) bool {
	return acc.mayRead(folder) == nil
}

// mayRead is reads, with the reason.
func (acc *access) mayRead(folder mapi.ID) error {
	if acc.isFull() {
		return nil
	}
	id, l := listOf(folder)
	return has(id, acc.rights(id), readingTakes(l))
}

// readingTakes are the rights that it takes to read a list.
func readingTakes(l list) mapi.Rights {
	if l == listDeleted {
		return allowed[actRead].rights | mapi.RightDeleteAny
	}
	return allowed[actRead].rights
}

// rights gives those in a folder as the transaction has it.
func (t *tx) rights(folder mapi.ID) mapi.Rights {
	if t.acc.isFull() {
		return acl.Full
	}
	id, _ := listOf(folder)
	f, err := t.look(id)
	if err != nil {
		return 0
	}
	return t.acc.of(f)
}

// need says whether the part's session has all of these rights in a folder.
func (t *tx) need(folder mapi.ID, rights mapi.Rights) error {
	if t.acc.isFull() {
		return nil
	}
	return has(folder, t.rights(folder), rights)
}

// may is need of what an action wants.
func (t *tx) may(a action, folder mapi.ID) error {
	if t.acc.isFull() {
		return nil
	}
	return allowed[a].in(folder, t.rights(folder))
}

// mayWith says whether an action may be done with messages of a folder: with
// any, or as far as the session's user made them. NoAccess for all where there
// is one with which it may not.
func (t *tx) mayWith(a action, folder mapi.ID, items []item) error {
	only, err := t.onlyOwned(a, folder)
	if err != nil || !only {
		return err
	}
	for i := range items {
		mine, err := t.made(items[i].id)
		if err != nil {
			return err
		}
		if !mine {
			return fmt.Errorf("check author of message %s: %w", items[i].id, mapi.NoAccess)
		}
	}
	return nil
}

// mayEdit says whether an action may be done with a message: NotFound where it
// is not there for the session.
func (t *tx) mayEdit(a action, folder mapi.ID, it item) error {
	if t.acc.isFull() {
		return nil
	}
	err := t.mayWith(a, folder, []item{it})
	if mapi.CodeOf(err) == mapi.NotFound {
		return noMessage(it.id)
	}
	if err != nil {
		return err
	}
	left, err := t.acc.shown(t.c, []item{it})
	if err == nil && len(left) == 0 {
		err = noMessage(it.id)
	}
	return err
}

// onlyOwned says whether an action may be done with own messages only.
func (t *tx) onlyOwned(a action, folder mapi.ID) (bool, error) {
	if t.acc.isFull() {
		return false, nil
	}
	r, rule := t.rights(folder), &allowed[a]
	err := has(folder, r, rule.rights)
	if mapi.CodeOf(err) == mapi.NoAccess && rule.owned != 0 && r&rule.owned == rule.owned {
		return true, nil
	}
	return false, err
}

// keepSettable leaves of an item that comes into a folder the flags and keywords
// that the session could set there afterwards, as SetFlags lets it; the others are
// dropped in silence (RFC 4314 4). Mine says whether the session's user has made
// the message.
func (t *tx) keepSettable(to *folder, it *item, mine func() (bool, error)) error {
	if t.acc.isFull() || it.flags&object.FlagsSettable == 0 && it.keywords == "" {
		return nil
	}
	r := t.acc.of(to)
	may := func(a action) (bool, error) {
		rule := &allowed[a]
		if r&rule.rights == rule.rights || r&rule.owned != rule.owned {
			return r&rule.rights == rule.rights, nil
		}
		return mine()
	}
	edits, err := may(actFlags)
	if err != nil {
		return err
	}
	deletes, err := may(actDelete)
	if err != nil {
		return err
	}
	if !edits {
		it.flags &^= object.FlagsSettable &^ object.FlagDeleted
		it.keywords = ""
	}
	if !deletes {
		it.flags &^= object.FlagDeleted
	}
	return nil
}

// always is of messages that the session's user is about to make.
func always() (bool, error) { return true, nil }

// made says whether the session's user made a message.
func (t *tx) made(id mapi.ID) (bool, error) {
	var author mapi.GUID
	err := t.c.Row(func(r *sqlite.Rows) { copy(author[:], r.Bytes(0)) }, "SELECT user FROM author WHERE message = ?", uint64(id))
	if errors.Is(err, sqlite.ErrNoRow) {
		return false, nil
	}
	return author == t.acc.who.User, err
}

// sign notes who made a message, where that is not the owner or the server.
func (t *tx) sign(id mapi.ID) error {
	if t.acc.isFull() {
		return nil
	}
	t.m.signed.Store(true)
	return t.c.Exec("INSERT OR REPLACE INTO author (message, user) VALUES (?, ?)", uint64(id), t.acc.who.User[:])
}

// unsign forgets who made a message that goes away.
func (t *tx) unsign(id mapi.ID) error {
	if !t.m.signed.Load() {
		return nil
	}
	return t.c.Exec("DELETE FROM author WHERE message = ?", uint64(id))
}
