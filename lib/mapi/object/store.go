// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import "twiga/lib/mapi"

// StoreKind says what a mailbox is for.
type StoreKind uint8

// The kinds of store.
const (
	StorePrivate StoreKind = iota + 1
	StorePublic
	StoreArchive
)

// Store describes a mailbox.
type Store struct {
	GUID     mapi.GUID
	Kind     StoreKind
	Owner    string      // login name; "" for an orphan and the public store
	OwnerID  mapi.GUID   // kept for an orphan
	Orphan   bool        // nobody's: neither a user's mailbox or archive nor the public store
	Language string      // of the standard folders' names
	Root     mapi.ID     // the folder that all others lie under; itself never shown
	Special  []SpecialID // the standard folders
	Change   mapi.Change // the last change number given
	Messages int64
	Size     int64 // bytes that count for the quota
	Deleted  int64 // bytes of soft-deleted messages, which do not count
	Limits   Limits
}

// Limits are the quota in force in bytes; negative is none.
type Limits struct{ Warn, Soft, Hard int64 }

// SpecialID is the place of one standard folder.
type SpecialID struct {
	Kind FolderKind
	ID   mapi.ID
}

// SpecialFolder is the id of a standard folder, 0 where the store has none.
func (s *Store) SpecialFolder(k FolderKind) mapi.ID {
	for _, e := range s.Special {
		if e.Kind == k {
			return e.ID
		}
	}
	return 0
}

// GetStoreRequest names a mailbox by GUID, as the public store, or by its
// owner; all empty is the own.
type GetStoreRequest struct {
	GUID   mapi.GUID
	User   string
	Public bool // the server's public store; NotFound where there is none
}

// ListStoresRequest asks for all mailboxes or the orphans only.
type ListStoresRequest struct{ Orphans bool }

// CreateStoreRequest makes a mailbox beside those of CreateUser: the server's
// public store, or an archive of a user.
type CreateStoreRequest struct {
	Kind     StoreKind
	Owner    string // login name, with StoreArchive
	Language string // of the folders' names; "" is the owner's or the server's
}

// HookStoreRequest gives an orphan an owner: it becomes the user's mailbox or
// archive, or the server's public store.
type HookStoreRequest struct {
	GUID mapi.GUID
	Kind StoreKind
	User string // login name; not with StorePublic
}

// UnhookStoreRequest takes a mailbox from its owner; it stays as an orphan.
type UnhookStoreRequest struct{ GUID mapi.GUID }

// CopyToPublicRequest copies the folders of a mailbox below a new folder of the public store.
type CopyToPublicRequest struct {
	GUID mapi.GUID
	Name string // of the new folder; "" is the former owner's name, or the GUID
}

// GetStorePropsRequest asks for properties of a store; Columns nil is all.
type GetStorePropsRequest struct {
	Store   mapi.GUID
	Columns []mapi.PropTag
}

// GetStorePropsResponse has those of them that the store has.
type GetStorePropsResponse struct{ Props mapi.Props }

// SetStorePropsRequest sets and deletes properties of a store.
type SetStorePropsRequest struct {
	Store   mapi.GUID
	Set     mapi.Props
	Delete  []mapi.PropTag
	If      mapi.Props // as in SetFolderPropsRequest
	IfUnset []mapi.PropTag
}

// SharedStoresRequest asks for stores with folders of these container classes
// (PidTagContainerClass), or classes below them; none is any.
type SharedStoresRequest struct{ Classes []string }

// SharedStoresResponse has the stores by their owners' names.
type SharedStoresResponse struct{ Stores []SharedStore }

// SharedStore is a store of somebody else.
type SharedStore struct {
	GUID    mapi.GUID
	Kind    StoreKind
	Owner   string // login name; "" for the public store
	Version uint64 // rises with every change to the folder tree, and to what the principal may see of it
}

// ReceiveFolderRequest asks for the folder where messages of a class arrive:
// that of the longest prefix of the class that is set, else the Inbox
// ([MS-OXCSTOR] 2.2.1.2).
type ReceiveFolderRequest struct {
	Store mapi.GUID
	Class string
}

// ReceiveFolderResponse tells the folder and the prefix.
type ReceiveFolderResponse struct {
	Folder mapi.ID
	Class  string
}

// SetReceiveFolderRequest sets it; Folder 0 takes the entry out.
type SetReceiveFolderRequest struct {
	Store  mapi.GUID
	Class  string
	Folder mapi.ID
}

// NamesToIDsRequest asks for the ids of named properties; Create gives one to
// those that have none.
type NamesToIDsRequest struct {
	Store  mapi.GUID
	Names  []mapi.Name
	Create bool
}

// NamesToIDsResponse has one id for each name, 0 for none.
type NamesToIDsResponse struct{ IDs []uint16 }

// IDsToNamesRequest is the inverse; no id is all.
type IDsToNamesRequest struct {
	Store mapi.GUID
	IDs   []uint16
}

// IDsToNamesResponse has one entry for each id; its Name is zero where there is none.
type IDsToNamesResponse struct{ Names []NamedID }

// NamedID pairs an id of a store with its name.
type NamedID struct {
	ID   uint16
	Name mapi.Name
}

// RemoveStoreRequest names an orphan.
type RemoveStoreRequest struct{ GUID mapi.GUID }
