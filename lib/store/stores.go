// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"iter"
	"os"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// GetStore implements object.Stores.
func (s *session) GetStore(ctx context.Context, req object.GetStoreRequest) (object.Store, error) {
	if err := s.may(actDescribe); err != nil {
		return object.Store{}, err
	}
	guid := req.GUID
	if guid.IsZero() && req.Public {
		if guid = s.e.publicGUID(); guid.IsZero() {
			return object.Store{}, fmt.Errorf("find public store: there is none: %w", mapi.NotFound)
		}
	}
	if guid.IsZero() && req.User != "" {
		u, err := s.e.dir.User(ctx, req.User)
		if err != nil {
			return object.Store{}, fmt.Errorf("find store of %q: %w", req.User, coded(err))
		}
		guid = u.Store
	}
	m, acc, leave, err := s.mailbox(ctx, actDescribe, guid)
	if err != nil {
		return object.Store{}, err
	}
	defer leave()
	out, err := s.e.describe(ctx, m)
	if err == nil && !acc.isFull() {
		acc.redact(&out)
	}
	return out, err
}

// redact takes out of a mailbox's description what is for the owner alone.
func (acc *access) redact(st *object.Store) {
	st.Messages, st.Size, st.Deleted, st.Limits = 0, 0, 0, object.Limits{Warn: -1, Soft: -1, Hard: -1}
	st.Special = slices.DeleteFunc(st.Special, func(e object.SpecialID) bool { return !acc.sees(acc.m.folder(e.ID)) })
}

// describe makes a mailbox's description from memory.
func (e *Engine) describe(ctx context.Context, m *mailbox) (object.Store, error) {
	limits, err := m.quota(ctx)
	if err != nil {
		return object.Store{}, fmt.Errorf("describe store %s: %w", m.guid, coded(err))
	}
	root := m.folder(rootID)
	kind, owner := m.identity()
	out := object.Store{GUID: m.guid, Kind: kind, OwnerID: owner, Language: m.language, Root: rootID,
		Change: root.change, Messages: int64(root.total), Size: root.size, Deleted: root.recoverableSize, Limits: limits}
	u, err := e.dir.ByID(ctx, owner)
	switch {
	case m.guid == e.publicGUID():
	case err == nil && (u.Store == m.guid || u.Archive == m.guid):
		out.Owner = u.Name
	case err == nil || mapi.CodeOf(err) == mapi.NotFound:
		out.Orphan = true
	default:
		return object.Store{}, fmt.Errorf("describe store %s: %w", m.guid, coded(err))
	}
	m.stateMu.RLock()
	for k, id := range m.special {
		out.Special = append(out.Special, object.SpecialID{Kind: k, ID: id})
	}
	m.stateMu.RUnlock()
	slices.SortFunc(out.Special, func(a, b object.SpecialID) int { return int(a.Kind) - int(b.Kind) })
	return out, nil
}

// guids lists the mailboxes on disk.
func (e *Engine) guids() ([]mapi.GUID, error) {
	entries, err := os.ReadDir(e.path + "/" + mailboxesName)
	if err != nil {
		return nil, fmt.Errorf("list stores: %w", diskError(err))
	}
	var out []mapi.GUID
	for _, entry := range entries {
		if g, err := mapi.ParseGUID(entry.Name()); err == nil && g.String() == entry.Name() {
			out = append(out, g)
		}
	}
	return out, nil
}

// ListStores implements object.Stores.
func (s *session) ListStores(ctx context.Context, req object.ListStoresRequest) iter.Seq2[object.Store, error] {
	return func(yield func(object.Store, error) bool) {
		list, err := s.e.guids()
		if aerr := s.may(actListStores); aerr != nil {
			err = aerr
		}
		if err != nil {
			yield(object.Store{}, err)
			return
		}
		for _, guid := range list {
			st, err := s.describeStore(ctx, guid)
			if mapi.CodeOf(err) == mapi.NotFound {
				continue // removed meanwhile
			}
			if err == nil && req.Orphans && !st.Orphan {
				continue
			}
			if !yield(st, err) || err != nil {
				return
			}
		}
	}
}

func (s *session) describeStore(ctx context.Context, guid mapi.GUID) (object.Store, error) {
	if err := ctx.Err(); err != nil {
		return object.Store{}, err
	}
	m, _, leave, err := s.mailbox(ctx, actListStores, guid)
	if err != nil {
		return object.Store{}, err
	}
	defer leave()
	return s.e.describe(ctx, m)
}

// RemoveStore implements object.Stores.
func (s *session) RemoveStore(ctx context.Context, req object.RemoveStoreRequest) (object.Empty, error) {
	if err := s.may(actRemoveStore); err != nil {
		return object.Empty{}, err
	}
	s.e.hooking.Lock() // nobody gives it an owner meanwhile
	defer s.e.hooking.Unlock()
	if err := s.orphan(ctx, req.GUID); err != nil {
		return object.Empty{}, fmt.Errorf("remove store %s: %w", req.GUID, err)
	}
	if err := s.e.removeMailbox(req.GUID); err != nil {
		return object.Empty{}, err
	}
	s.audit(ctx, "remove store", req.GUID.String())
	return object.Empty{}, nil
}
