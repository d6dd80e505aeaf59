// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"

	"twiga/lib/directory"
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
	actMakeFolder // make folders, or put them under others
	actTree       // change the folder tree
	actRaise      // say that what clients see of a folder changed
	actSearch     // set up search folders
	actRead       // tables, messages, content
	actChanges
	actWatch // events
	actSave
	actReplace
	actFlags // flags and properties
	actTransfer
	actTake // what a move does at its source
	actDelete
	actEmpty // folders
	actUpload
	actResolve
	actDeliver
	actSubmit
	actOutgoing
	actFinish
	actUsers
	actBook // the address book
	actCheck
	actDump
	actSessions
	actStatistics
	actRights      // see the own rights
	actPermissions // see and change the list of a folder
	actSeeDelegates
	actDelegates
	actStores // owners of stores
	actStoreTable
	actStoreProps
	actSetStoreProps
	actReceive
	actSetReceive
	actNames
	actRules
	actSetRules
	actPurge
	actShared   // which stores others show
	actSignURLs // let others read messages
	actReadURL
	actURLKeys // what they are signed with
	actions    // how many there are
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

// rule says who may do something. The owner of a mailbox and the service roles
// need no rights in its folders.
type rule struct {
	roles  roles
	public roles       // who may in the public store beside
	rights mapi.Rights // what other users need in the folder, all of it
	owned  mapi.Rights // what is enough where they made the message; 0 is nothing
	unseen bool        // the rights are enough in a folder that they do not see, too
	own    bool        // other users never may
	shows  bool        // what is in the mailbox: that an administrator does it is logged
}

// allowed is the one place that says who may do what, [MS-OXCPERM] 2.2.7. Flags
// and the read state are part of the message, so that changing them is editing
// it. RoleSpool reads messages only that are in the queue.
var allowed = [actions]rule{
	actDescribe: {roles: of(object.RoleUser, object.RoleDelivery, object.RoleSpool, object.RoleIndex, object.RoleMonitor,
		object.RoleArchive, object.RoleAdmin)},
	actListStores: {roles: of(object.RoleIndex, object.RoleMonitor, object.RoleArchive, object.RoleAdmin)},
	actStates: {roles: of(object.RoleUser, object.RoleIndex, object.RoleMonitor, object.RoleArchive, object.RoleAdmin),
		rights: mapi.RightFolderVisible},
	actRemoveStore: {roles: of(object.RoleAdmin)},
	actMakeFolder:  {roles: of(object.RoleUser, object.RoleArchive), public: of(object.RoleAdmin), rights: mapi.RightCreateSubfolder},
	actTree:        {roles: of(object.RoleUser, object.RoleArchive), public: of(object.RoleAdmin), rights: mapi.RightFolderOwner},
	actRaise:       {roles: of(object.RoleUser), rights: mapi.RightFolderVisible},
	actSearch:      {roles: of(object.RoleUser, object.RoleArchive), rights: mapi.RightFolderOwner},
	actRead: {roles: of(object.RoleUser, object.RoleSpool, object.RoleIndex, object.RoleArchive, object.RoleAdmin),
		rights: mapi.RightReadAny, shows: true},
	actChanges: {roles: of(object.RoleUser, object.RoleIndex, object.RoleArchive, object.RoleAdmin), rights: mapi.RightReadAny, shows: true},
	actWatch: {roles: of(object.RoleUser, object.RoleSpool, object.RoleIndex, object.RoleArchive, object.RoleAdmin),
		rights: mapi.RightFolderVisible},
	actSave:     {roles: of(object.RoleUser, object.RoleDelivery, object.RoleArchive), rights: mapi.RightCreate, unseen: true},
	actReplace:  {roles: of(object.RoleUser, object.RoleArchive), rights: mapi.RightEditAny, owned: mapi.RightEditOwned},
	actFlags:    {roles: of(object.RoleUser), rights: mapi.RightEditAny, owned: mapi.RightEditOwned},
	actTransfer: {roles: of(object.RoleUser, object.RoleArchive), rights: mapi.RightReadAny},
	actTake:     {roles: of(object.RoleUser, object.RoleArchive), rights: mapi.RightDeleteAny, owned: mapi.RightDeleteOwned},
	actDelete:   {roles: of(object.RoleUser, object.RoleArchive), rights: mapi.RightDeleteAny, owned: mapi.RightDeleteOwned},
	actEmpty:    {roles: of(object.RoleUser, object.RoleArchive), public: of(object.RoleAdmin), rights: mapi.RightDeleteAny},
	actUpload:   {roles: of(object.RoleUser, object.RoleDelivery, object.RoleSpool, object.RoleArchive, object.RoleAdmin), own: true},
	actResolve:  {roles: of(object.RoleDelivery, object.RoleAdmin)},
	actDeliver:  {roles: of(object.RoleDelivery)},
	actSubmit:   {roles: of(object.RoleUser), own: true},
	actOutgoing: {roles: of(object.RoleUser, object.RoleSpool, object.RoleAdmin), own: true},
	actFinish:   {roles: of(object.RoleSpool)},
	actUsers:    {roles: of(object.RoleAdmin)},
	actBook: {roles: of(object.RoleUser, object.RoleDelivery, object.RoleSpool, object.RoleIndex, object.RoleMonitor,
		object.RoleArchive, object.RoleAdmin)},
	actCheck: {roles: of(object.RoleAdmin)},
	actDump:  {roles: of(object.RoleAdmin), shows: true},

	actSessions:   {roles: of(object.RoleAdmin)},
	actStatistics: {roles: of(object.RoleAdmin, object.RoleMonitor)},

	actRights:        {roles: of(object.RoleUser, object.RoleIndex, object.RoleArchive, object.RoleAdmin), rights: mapi.RightFolderVisible},
	actPermissions:   {roles: of(object.RoleUser, object.RoleAdmin), rights: mapi.RightFolderOwner},
	actSeeDelegates:  {roles: of(object.RoleUser, object.RoleAdmin)},
	actStores:        {roles: of(object.RoleAdmin)},
	actStoreTable:    {roles: of(object.RoleMonitor, object.RoleAdmin)},
	actStoreProps:    {roles: of(object.RoleUser, object.RoleDelivery, object.RoleMonitor, object.RoleArchive, object.RoleAdmin)},
	actSetStoreProps: {roles: of(object.RoleUser, object.RoleAdmin), own: true},
	actReceive:       {roles: of(object.RoleUser, object.RoleDelivery, object.RoleArchive, object.RoleAdmin)},
	actSetReceive:    {roles: of(object.RoleUser, object.RoleAdmin), own: true},
	actNames:         {roles: of(object.RoleUser, object.RoleDelivery, object.RoleSpool, object.RoleIndex, object.RoleArchive, object.RoleAdmin)},
	actRules:         {roles: of(object.RoleUser, object.RoleDelivery, object.RoleAdmin), rights: mapi.RightFolderOwner},
	actSetRules:      {roles: of(object.RoleUser, object.RoleAdmin), rights: mapi.RightFolderOwner},
	actDelegates:     {roles: of(object.RoleUser, object.RoleAdmin), own: true},
	actSignURLs:      {roles: of(object.RoleUser), rights: mapi.RightReadAny},
	actReadURL:       {roles: of(object.RoleUser, object.RoleSpool)},
	actURLKeys:       {roles: of(object.RoleUser), own: true},
	actShared:        {roles: of(object.RoleUser)},
	actPurge:         {roles: of(object.RoleUser, object.RoleAdmin), own: true},
}

// userAdministration is what an administrator of users may do, who has no
// access to mailboxes.
const userAdministration = 1<<actUsers | 1<<actResolve | 1<<actBook

// may says whether the session's principal may do it at all.
func (s *session) may(a action) error { return s.mayAs(a, allowed[a].roles) }

// mayAs is may for a set of roles.
func (s *session) mayAs(a action, may roles) error {
	if s.ended() {
		return fmt.Errorf("use session: %w", mapi.EndOfSession)
	}
	if !may.has(s.who.Role) {
		return fmt.Errorf("check role %s: %w", s.who.Role, mapi.NoAccess)
	}
	if s.level == directory.AdminUsers && userAdministration&(1<<a) == 0 {
		return fmt.Errorf("check administrator of users: %w", mapi.NoAccess)
	}
	return nil
}

// mayIn says whether it may be done in a store at all, and which store is meant
// where none is named.
func (s *session) mayIn(a action, store mapi.GUID) (mapi.GUID, error) {
	if store.IsZero() {
		store = s.who.Store
	}
	may := allowed[a].roles
	if !store.IsZero() && store == s.e.publicGUID() {
		may |= allowed[a].public
	}
	if err := s.mayAs(a, may); err != nil {
		return store, err
	}
	if store.IsZero() {
		return store, fmt.Errorf("open store: none is named: %w", mapi.NotFound)
	}
	return store, nil
}
