// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store/foldername"
)

// Whose a store is stands in the directory (or the file "public"); the mailbox
// itself tells whose it was last. So a change of owner is done in the mailbox
// first: should the second step not come about, it is an orphan still.

// CreateStore implements object.Stores.
func (s *session) CreateStore(ctx context.Context, req object.CreateStoreRequest) (object.Store, error) {
	if err := s.may(actStores); err != nil {
		return object.Store{}, err
	}
	s.e.hooking.Lock()
	defer s.e.hooking.Unlock()
	u, err := s.owner(ctx, req.Kind, req.Owner)
	if err == nil && req.Kind == object.StorePrivate {
		err = fmt.Errorf("a user's own mailbox comes with the user: %w", mapi.InvalidParameter)
	}
	if err != nil {
		return object.Store{}, fmt.Errorf("create store: %w", coded(err))
	}
	language := req.Language
	if language == "" {
		language = u.Language
	}
	guid, err := s.e.createMailbox(req.Kind, u.ID, s.e.language(language))
	if err != nil {
		return object.Store{}, err
	}
	if err := s.give(ctx, guid, req.Kind, u); err != nil {
		_ = s.e.removeMailbox(guid) // an orphan at worst
		return object.Store{}, fmt.Errorf("create store: %w", coded(err))
	}
	s.audit(ctx, "create store", guid.String())
	return s.GetStore(ctx, object.GetStoreRequest{GUID: guid})
}

// HookStore implements object.Stores.
func (s *session) HookStore(ctx context.Context, req object.HookStoreRequest) (object.Store, error) {
	if err := s.may(actStores); err != nil {
		return object.Store{}, err
	}
	s.e.hooking.Lock()
	defer s.e.hooking.Unlock()
	if err := s.orphan(ctx, req.GUID); err != nil {
		return object.Store{}, fmt.Errorf("hook store %s: %w", req.GUID, err)
	}
	u, err := s.owner(ctx, req.Kind, req.User)
	if err == nil {
		err = s.hook(ctx, req.GUID, req.Kind, u.ID)
	}
	if err == nil {
		err = s.give(ctx, req.GUID, req.Kind, u)
	}
	if err != nil {
		return object.Store{}, fmt.Errorf("hook store %s: %w", req.GUID, coded(err))
	}
	s.e.wakeQueue(ctx, req.GUID)
	s.audit(ctx, "hook store", req.GUID.String())
	return s.GetStore(ctx, object.GetStoreRequest{GUID: req.GUID})
}

// UnhookStore implements object.Stores.
func (s *session) UnhookStore(ctx context.Context, req object.UnhookStoreRequest) (object.Empty, error) {
	if err := s.may(actStores); err != nil {
		return object.Empty{}, err
	}
	s.e.hooking.Lock()
	defer s.e.hooking.Unlock()
	st, err := s.GetStore(ctx, object.GetStoreRequest{GUID: req.GUID})
	switch {
	case err != nil:
	case st.Orphan:
		err = fmt.Errorf("it has no owner: %w", mapi.InvalidObject)
	case st.GUID == s.e.publicGUID():
		err = s.e.setPublic(mapi.GUID{})
	default:
		err = s.take(ctx, &st)
	}
	if err != nil {
		return object.Empty{}, fmt.Errorf("unhook store %s: %w", req.GUID, coded(err))
	}
	s.audit(ctx, "unhook store", req.GUID.String())
	return object.Empty{}, nil
}

// take takes a store from its user.
func (s *session) take(ctx context.Context, st *object.Store) error {
	u, err := s.e.dir.User(ctx, st.Owner)
	if err != nil {
		return err
	}
	var none mapi.GUID
	var ch directory.Changes
	if u.Store == st.GUID {
		ch.Store = &none
	}
	if u.Archive == st.GUID {
		ch.Archive = &none
	}
	if _, err = s.e.dir.Change(ctx, u.Name, ch); err == nil {
		s.e.sessions.end(u.ID, nil)
	}
	return err
}

// owner finds whose a store of a kind is to be, and that there is none yet; the
// public store is nobody's.
func (s *session) owner(ctx context.Context, kind object.StoreKind, name string) (directory.User, error) {
	if kind == object.StorePublic && name == "" {
		if g := s.e.publicGUID(); s.e.exists(g) { // one that was removed by hand is none
			return directory.User{}, fmt.Errorf("the public store is %s: %w", g, mapi.AlreadyExists)
		}
		return directory.User{}, nil
	}
	if name == "" || kind != object.StorePrivate && kind != object.StoreArchive {
		return directory.User{}, fmt.Errorf("kind %d of owner %q: %w", kind, name, mapi.InvalidParameter)
	}
	u, err := s.e.dir.User(ctx, name)
	if err != nil {
		return u, err
	}
	has := u.Store
	if kind == object.StoreArchive {
		has = u.Archive
	}
	if s.e.exists(has) {
		return u, fmt.Errorf("%s has store %s: %w", u.Name, has, mapi.AlreadyExists)
	}
	return u, nil
}

// give makes a store that of its owner.
func (s *session) give(ctx context.Context, guid mapi.GUID, kind object.StoreKind, u directory.User) error {
	ch := directory.Changes{Store: &guid}
	switch kind {
	case object.StorePublic:
		return s.e.setPublic(guid)
	case object.StoreArchive:
		ch = directory.Changes{Archive: &guid}
	}
	now, err := s.e.dir.Change(ctx, u.Name, ch)
	if err != nil {
		return err
	}
	if kind == object.StoreArchive && now.Archive != guid {
		return fmt.Errorf("give %s an archive: the directory keeps none: %w", u.Name, mapi.NoSupport)
	}
	if kind == object.StorePrivate {
		s.e.sessions.end(u.ID, nil)
	}
	return nil
}

// orphan says whether a store is one.
func (s *session) orphan(ctx context.Context, guid mapi.GUID) error {
	if guid.IsZero() {
		return fmt.Errorf("none is named: %w", mapi.NotFound)
	}
	st, err := s.GetStore(ctx, object.GetStoreRequest{GUID: guid})
	if err == nil && !st.Orphan {
		return fmt.Errorf("owned by %q: %w", st.Owner, mapi.InvalidObject)
	}
	return err
}

// hook has an orphan tell its new owner and gives it the folders that a store
// of the kind has. It wants e.hooking.
func (s *session) hook(ctx context.Context, guid mapi.GUID, kind object.StoreKind, owner mapi.GUID) error {
	if err := s.orphan(ctx, guid); err != nil {
		return err
	}
	return s.update(ctx, actStores, guid, func(t *tx) error {
		was, _ := t.m.identity()
		if err := t.addStandard(kind); err != nil {
			return err
		}
		if err := t.turnPublic(was, kind); err != nil {
			return err
		}
		t.after(func() {
			t.m.stateMu.Lock()
			defer t.m.stateMu.Unlock()
			t.m.kind, t.m.owner, t.m.limits.known = kind, owner, false
		})
		t.after(func() { _, _ = t.m.noteShares() })
		return t.c.Exec("UPDATE mailbox SET kind = ?, owner = ? WHERE one = 1", uint8(kind), owner[:])
	})
}

// turnPublic sees to it that what everybody may do in a public store ends where
// it becomes somebody's, and begins where a store becomes public.
func (t *tx) turnPublic(was, is object.StoreKind) error {
	if was == is {
		return nil
	}
	if was == object.StorePublic {
		var listed []mapi.ID
		for f := range t.folders {
			if len(f.acl) > 0 {
				listed = append(listed, f.id)
			}
		}
		for _, id := range listed {
			if err := t.relist(id, &object.ModifyPermissionsRequest{Replace: true}); err != nil {
				return err
			}
		}
	}
	if is != object.StorePublic {
		return nil
	}
	return t.relist(t.m.specialID(object.KindRoot), &object.ModifyPermissionsRequest{
		Set: []object.Permission{{Member: object.MemberDefault, Rights: publicRights}},
	})
}

// addStandard makes the standard folders that a store of the kind lacks. A
// folder that has the place and the name becomes that folder.
func (t *tx) addStandard(kind object.StoreKind) error {
	ids := map[object.FolderKind]mapi.ID{0: rootID}
	for f := range t.folders {
		if f.kind != object.KindGeneric {
			ids[f.kind] = f.id
		}
	}
	var c children
	for _, want := range standardOf(kind) {
		if ids[want.kind] != 0 {
			continue
		}
		if c.byName == nil {
			c = newChildren(t)
		}
		n := object.NewFolder{Name: foldername.Of(want.kind, t.m.language), Class: want.class, Props: standardProps(want.class)}
		made, err := t.createFolder(c, ids[want.parent], &n, true)
		if err != nil {
			return err
		}
		f, err := t.edit(made.ID)
		if err != nil {
			return err
		}
		f.kind, f.wide = want.kind, true
		ids[want.kind] = f.id
	}
	return nil
}
