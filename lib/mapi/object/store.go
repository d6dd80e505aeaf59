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
	Owner    string      // login name; "" for an orphan
	OwnerID  mapi.GUID   // kept for an orphan
	Language string      // of the standard folders' names
	Root     mapi.ID     // the folder that all others lie under; itself never shown
	Special  []SpecialID // the standard folders
	Change   mapi.Change // the last change number given
	Messages int64
	Size     int64 // bytes that count for the quota
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

// GetStoreRequest names a mailbox by GUID or by its owner; both empty is the own.
type GetStoreRequest struct {
	GUID mapi.GUID
	User string
}

// ListStoresRequest asks for all mailboxes or the orphans only.
type ListStoresRequest struct{ Orphans bool }

// RemoveStoreRequest names an orphan.
type RemoveStoreRequest struct{ GUID mapi.GUID }
