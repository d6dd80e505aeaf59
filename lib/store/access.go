// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// action is what a call does, for the question who may.
type action uint8

const (
	actDescribe   action = iota // a store's description
	actListStores               // and counters of folders
	actStates
	actRemoveStore
	actTree // change the folder tree
	actRead // tables, messages, content
	actChanges
	actWatch // events
	actSave
	actFlags // flags and properties
	actTransfer
	actDelete
	actUpload
	actResolve
	actDeliver
	actSubmit
	actOutgoing
	actFinish
	actUsers
	actCheck
	actions // how many there are
)

// roles is a set of roles.
type roles uint16

func of(list ...object.Role) roles {
	var s roles
	for _, r := range list {
		s |= 1 << r
	}
	return s
}

func (s roles) has(r object.Role) bool { return s&(1<<r) != 0 }

// allowed is the one place that says who may do what. A user may do it in the
// own mailbox only; RoleSpool reads messages only that are in the queue.
var allowed = [actions]roles{
	actDescribe: of(object.RoleUser, object.RoleDelivery, object.RoleSpool, object.RoleIndex, object.RoleMonitor,
		object.RoleArchive, object.RoleAdmin),
	actListStores:  of(object.RoleIndex, object.RoleMonitor, object.RoleArchive, object.RoleAdmin),
	actStates:      of(object.RoleUser, object.RoleIndex, object.RoleMonitor, object.RoleArchive, object.RoleAdmin),
	actRemoveStore: of(object.RoleAdmin),
	actTree:        of(object.RoleUser, object.RoleArchive),
	actRead:        of(object.RoleUser, object.RoleSpool, object.RoleIndex, object.RoleArchive, object.RoleAdmin),
	actChanges:     of(object.RoleUser, object.RoleIndex, object.RoleArchive, object.RoleAdmin),
	actWatch:       of(object.RoleUser, object.RoleSpool, object.RoleIndex, object.RoleArchive, object.RoleAdmin),
	actSave:        of(object.RoleUser, object.RoleDelivery, object.RoleArchive),
	actFlags:       of(object.RoleUser),
	actTransfer:    of(object.RoleUser, object.RoleArchive),
	actDelete:      of(object.RoleUser, object.RoleArchive),
	actUpload:      of(object.RoleUser, object.RoleDelivery, object.RoleSpool, object.RoleArchive),
	actResolve:     of(object.RoleDelivery, object.RoleAdmin),
	actDeliver:     of(object.RoleDelivery),
	actSubmit:      of(object.RoleUser),
	actOutgoing:    of(object.RoleUser, object.RoleSpool, object.RoleAdmin),
	actFinish:      of(object.RoleSpool),
	actUsers:       of(object.RoleAdmin),
	actCheck:       of(object.RoleAdmin),
}

// may says whether the session's principal may do it at all.
func (s *session) may(a action) error {
	if s.ended() {
		return fmt.Errorf("use session: %w", mapi.EndOfSession)
	}
	if !allowed[a].has(s.who.Role) {
		return fmt.Errorf("check role %s: %w", s.who.Role, mapi.NoAccess)
	}
	return nil
}

// mayIn says whether it may be done in that store, and which store is meant
// where none is named.
func (s *session) mayIn(a action, store mapi.GUID) (mapi.GUID, error) {
	if err := s.may(a); err != nil {
		return store, err
	}
	if store.IsZero() {
		store = s.who.Store
	}
	switch {
	case s.who.Role == object.RoleUser && store != s.who.Store:
		return store, fmt.Errorf("open store %s: %w", store, mapi.NoAccess)
	case store.IsZero():
		return store, fmt.Errorf("open store: none is named: %w", mapi.NotFound)
	}
	return store, nil
}
