// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
	"twiga/lib/store/search"
)

// SetSearchCriteria implements object.Searches, [MS-OXCFOLD] 2.2.1.4. With Stop
// the criteria stay as they are.
func (s *session) SetSearchCriteria(ctx context.Context, req object.SetSearchCriteriaRequest) (object.Empty, error) {
	if err := checkCriteria(&req); err != nil {
		return object.Empty{}, fmt.Errorf("set search criteria: %w", err)
	}
	return object.Empty{}, s.update(ctx, actSearch, req.Store, func(t *tx) error {
		sf, err := t.searchFolder(req.Folder)
		if err != nil {
			return err
		}
		if req.Stop {
			return t.stopSearch(sf)
		}
		return t.setCriteria(sf, &req.Criteria)
	})
}

func checkCriteria(req *object.SetSearchCriteriaRequest) error {
	if req.Stop {
		return nil
	}
	switch n := len(req.Criteria.Scope); {
	case n == 0:
		return fmt.Errorf("no folder: %w", mapi.InvalidParameter)
	case n > object.MaxSearchScope:
		return fmt.Errorf("%d folders, at most %d: %w", n, object.MaxSearchScope, mapi.TooBig)
	}
	if _, err := match.Compile(req.Criteria.Where); err != nil {
		return err
	}
	if search.Counts(req.Criteria.Where) {
		return fmt.Errorf("restriction that counts: %w", mapi.NoSupport)
	}
	return nil
}

// searchFolder is a search folder that the part's session may see and set up:
// only the mailbox's owner, as what it finds may lie in folders that others
// may not read.
func (t *tx) searchFolder(id mapi.ID) (*searchFolder, error) {
	if err := ownsSearch(t.acc, id); err != nil {
		return nil, err
	}
	f, err := t.look(id)
	if err != nil {
		return nil, err
	}
	sf := t.find.now().get(f.id)
	if sf == nil {
		return nil, fmt.Errorf("find search folder %s: an ordinary folder: %w", id, mapi.InvalidObject)
	}
	return sf, nil
}

// ownsSearch says whether who acts may work with search folders.
func ownsSearch(acc *access, id mapi.ID) error {
	if acc.owns() {
		return nil
	}
	if err := acc.need(id, 0); err != nil {
		return err
	}
	return fmt.Errorf("use search folder %s: %w", id, mapi.NoAccess)
}

func (t *tx) setCriteria(sf *searchFolder, c *object.SearchCriteria) error {
	next := *sf
	next.criteria = *c
	next.criteria.Scope = slices.Clone(c.Scope)
	on := standsOn(t.find.now().byID)
	on[sf.id] = next.criteria.Scope
	next.under = nil
	for _, id := range next.criteria.Scope {
		if _, err := t.look(id); err != nil {
			return err
		}
		if search.Reaches(on, id, sf.id) {
			return fmt.Errorf("search folder %s in folder %s: %w", sf.id, id, mapi.FolderCycle)
		}
		if t.find.now().get(id) != nil {
			next.under = append(next.under, id)
		}
	}
	// Packed and unpacked, since the request is its caller's.
	var err error
	if next.criteria, err = search.Unpack(search.Pack(&next.criteria)); err != nil {
		return err
	}
	if err := next.compile(); err != nil {
		return err
	}
	return t.restart(&next)
}

// stopSearch ends a search; what it found stays.
func (t *tx) stopSearch(sf *searchFolder) error {
	if !sf.follows() {
		return nil
	}
	next := *sf
	next.state = object.SearchStopped
	t.find.set(map[mapi.ID]*searchFolder{sf.id: &next})
	return t.saveSearch(&next)
}

// GetSearchCriteria implements object.Searches, [MS-OXCFOLD] 2.2.1.5.
func (s *session) GetSearchCriteria(ctx context.Context, req object.GetSearchCriteriaRequest) (object.GetSearchCriteriaResponse, error) {
	var out object.GetSearchCriteriaResponse
	m, acc, leave, err := s.mailbox(ctx, actChanges, req.Store)
	if err != nil {
		return out, err
	}
	defer leave()
	if err := ownsSearch(acc, req.Folder); err != nil {
		return out, err
	}
	f := m.folder(req.Folder)
	if f == nil {
		return out, noFolder(req.Folder)
	}
	if !f.search {
		return out, fmt.Errorf("find search folder %s: an ordinary folder: %w", req.Folder, mapi.InvalidObject)
	}
	sf := m.searchFolders().get(req.Folder)
	if sf == nil {
		return out, noFolder(req.Folder) // gone between the two
	}
	out.Criteria, out.State = sf.criteria, sf.state
	out.Criteria.Scope = slices.Clone(sf.criteria.Scope)
	out.Searched, out.Total = sf.filling.searched, max(sf.filling.searched, sf.filling.total)
	return out, nil
}
