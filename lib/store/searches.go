// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/sqlite"
	"twiga/lib/store/search"
)

// A search folder has rows in the table item as every folder has, with UIDs of
// its own, so that tables, changes and counters need know nothing of it. They
// are copies: the message's row says where it is, and the table member finds
// them by message. They do not count for the mailbox.

// searchFolder is a search folder with its compiled criteria. What the
// mailbox's state holds is never changed; the matcher is its writer's alone.
type searchFolder struct {
	id       mapi.ID
	criteria object.SearchCriteria
	state    object.SearchState
	filling  filling

	where    *match.Matcher
	need     needs // of the criteria
	volatile bool  // the criteria look at what changes with the flags
	scope    map[mapi.ID]bool
	under    []mapi.ID // the search folders in the scope
}

// filling is how far a search that is running has come.
type filling struct {
	phase    fillPhase
	folder   mapi.ID // of the scope
	uid      mapi.UID
	searched int64
	total    int64
}

// fillPhase says what a filling looks at.
type fillPhase uint8

// The phases of a filling; the values are kept on disk.
const (
	fillMembers fillPhase = iota // what is there already and may have to go
	fillScope                    // what may have to come
)

// follows says whether changes to messages change what the folder holds.
func (sf *searchFolder) follows() bool {
	return sf.state == object.SearchRunning || sf.state == object.SearchComplete
}

// covers says whether a folder is in the scope. Its chain begins with itself
// and goes up to the root.
func (sf *searchFolder) covers(chain []mapi.ID) bool {
	for i, id := range chain {
		if i > 0 && !sf.criteria.Subfolders {
			return false
		}
		if sf.scope[id] {
			return true
		}
	}
	return false
}

// steady are the computed properties that flags do not change.
var steady = map[uint16]bool{
	tag.MessageClass.ID(): true, tag.ClientSubmitTime.ID(): true, tag.MessageDeliveryTime.ID(): true, tag.MessageSize.ID(): true,
	tag.MessageSizeExtended.ID(): true, tag.HasAttachments.ID(): true, tag.InternetArticleNumber.ID(): true, tag.FolderId.ID(): true,
	tag.ParentFolderId.ID(): true, tag.Mid.ID(): true, tag.TwigaContentSize.ID(): true,
}

// compile prepares the criteria.
func (sf *searchFolder) compile() error {
	var err error
	if sf.where, err = match.Compile(sf.criteria.Where); err != nil {
		return err
	}
	sf.need = needs{}
	sf.need.restriction(sf.criteria.Where)
	sf.volatile = search.Looks(sf.criteria.Where, func(t mapi.PropTag) bool {
		return findComputed(t.WithType(mapi.PtypUnspecified)) >= 0 && !steady[t.ID()]
	})
	sf.scope = make(map[mapi.ID]bool, len(sf.criteria.Scope))
	for _, id := range sf.criteria.Scope {
		sf.scope[id] = true
	}
	return nil
}

// searches are the search folders of a mailbox, each behind those in its scope.
type searches struct {
	list   []*searchFolder
	byID   map[mapi.ID]*searchFolder
	active bool // one at least has criteria
}

// newSearches puts them into order; nil for none.
func newSearches(byID map[mapi.ID]*searchFolder) *searches {
	if len(byID) == 0 {
		return nil
	}
	s := &searches{byID: byID}
	for _, id := range search.Order(standsOn(byID)) {
		sf := byID[id]
		s.list = append(s.list, sf)
		s.active = s.active || sf.state != object.SearchNone
	}
	for _, sf := range s.list {
		sf.under = nil
		for _, id := range sf.criteria.Scope {
			if byID[id] != nil {
				sf.under = append(sf.under, id)
			}
		}
	}
	return s
}

func standsOn(byID map[mapi.ID]*searchFolder) map[mapi.ID][]mapi.ID {
	on := make(map[mapi.ID][]mapi.ID, len(byID))
	for id, sf := range byID {
		on[id] = sf.criteria.Scope
	}
	return on
}

// with is the set with other search folders; nil takes one out.
func (s *searches) with(changed map[mapi.ID]*searchFolder) *searches {
	byID := map[mapi.ID]*searchFolder{}
	if s != nil {
		for id, sf := range s.byID {
			copied := *sf // newSearches writes into it
			byID[id] = &copied
		}
	}
	for id, sf := range changed {
		if sf == nil {
			delete(byID, id)
		} else {
			byID[id] = sf
		}
	}
	return newSearches(byID)
}

// get is a search folder; nil where it is none.
func (s *searches) get(id mapi.ID) *searchFolder {
	if s == nil {
		return nil
	}
	return s.byID[id]
}

// running says whether one is being filled.
func (s *searches) running() bool { return s.next() != nil }

// next is the first search that is being filled, nil for none.
func (s *searches) next() *searchFolder {
	if s == nil {
		return nil
	}
	for _, sf := range s.list {
		if sf.state == object.SearchRunning {
			return sf
		}
	}
	return nil
}

const criteriaColumns = "folder, criteria, state, phase, at_folder, at_uid, searched, total"

// scanSearch reads a search folder's row. Criteria that are damaged find
// nothing; a check reports them.
func scanSearch(r *sqlite.Rows) *searchFolder {
	sf := &searchFolder{id: mapi.ID(r.Int(0)), state: object.SearchState(r.Int(2)), filling: filling{
		phase: fillPhase(r.Int(3)), folder: mapi.ID(r.Int(4)), uid: mapi.UID(r.Int(5)), searched: r.Int(6), total: r.Int(7)}}
	if sf.state == object.SearchNone {
		return sf
	}
	var err error
	if sf.criteria, err = search.Unpack(r.Bytes(1)); err == nil {
		err = sf.compile()
	}
	if err != nil {
		return &searchFolder{id: sf.id}
	}
	return sf
}

// readSearches reads all search folders.
func readSearches(c *sqlite.Conn) (*searches, error) {
	rows, err := c.Query("SELECT " + criteriaColumns + " FROM search")
	if err != nil {
		return nil, err
	}
	byID := map[mapi.ID]*searchFolder{}
	for rows.Next() {
		sf := scanSearch(rows)
		byID[sf.id] = sf
	}
	return newSearches(byID), rows.Close()
}

// loadSearches reads the search folders at the opening of a mailbox.
func (m *mailbox) loadSearches(c *sqlite.Conn) error {
	s, err := readSearches(c)
	if err != nil {
		return fmt.Errorf("read search folders: %w", err)
	}
	m.searches = s
	if s == nil {
		return nil
	}
	for id := range s.byID {
		if f := m.folders[id]; f != nil {
			f.search = true
		}
	}
	return nil
}

// searchFolders are the search folders as of the last commit; nil for none.
func (m *mailbox) searchFolders() *searches {
	m.stateMu.RLock()
	defer m.stateMu.RUnlock()
	return m.searches
}

func (m *mailbox) setSearches(s *searches) {
	m.stateMu.Lock()
	defer m.stateMu.Unlock()
	m.searches = s
}
