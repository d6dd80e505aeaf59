// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import (
	"twiga/lib/directory"
	"twiga/lib/mapi"
)

// FolderChangesRequest asks for the changes to the folders of a store since a
// change number of the store. Below a Folder also those are given that are
// below a changed one: it may have come from elsewhere.
type FolderChangesRequest struct {
	Store  mapi.GUID
	Folder mapi.ID // those below; 0 is all
	Since  mapi.Change
}

// FolderChange is one entry of the stream of FolderChanges: first one of
// ChangeState, with the store's last change number alone, then the folders that
// are new or changed, a parent before its children, then those that are gone,
// moved out of the request's Folder or not to be seen; of those that the
// caller never knew of, some may be among them.
type FolderChange struct {
	Kind   ChangeKind
	ID     mapi.ID
	Parent mapi.ID
	Change mapi.Change
	Name   string
	Class  string
	Role   FolderKind
}

// DirectoryChangesRequest asks for the changes to the address book since a
// version of the directory.
type DirectoryChangesRequest struct{ Since uint64 }

// SourceKeysRequest names objects by their source keys ([MS-OXCFXICS] 2.2.1.2.5).
type SourceKeysRequest struct {
	Store mapi.GUID
	Keys  [][]byte
}

// SourceKeysResponse has one id for each key, 0 where there is no such object.
type SourceKeysResponse struct{ IDs []mapi.ID }

// DirectoryChange is one entry of the stream of DirectoryChanges.
type DirectoryChange = directory.Change
