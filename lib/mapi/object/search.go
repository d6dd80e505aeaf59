// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import "twiga/lib/mapi"

// Limits on search folders.
const (
	MaxSearchFolders = 500 // of a store
	MaxSearchScope   = 500 // folders of one criteria
)

// SetSearchCriteriaRequest says what a search folder finds, [MS-OXCFOLD]
// 2.2.1.4. Its membership is kept in the transactions that change messages; the
// first filling goes on in the background, over restarts too. What was found
// before and still fits keeps its place.
//
// To tables, FolderStates and Changes a search folder is a folder with UIDs of
// its own. In its rows FolderId is the search folder and ParentFolderId the
// folder that the message is in. SetFlags, DeleteMessages and Transfer out of it
// act on the messages where they are. It holds nothing itself: to save, deliver
// or transfer into it, to make folders below it and to give rights in it is
// InvalidObject. Only the owner sees it, as it finds what others may not read.
type SetSearchCriteriaRequest struct {
	Store    mapi.GUID
	Folder   mapi.ID // a search folder
	Criteria SearchCriteria
	Stop     bool // stop searching, and keep what was found; Criteria does not count
}

// SearchCriteria are what a search folder finds. A scope that is a search
// folder itself narrows what that one finds.
type SearchCriteria struct {
	Scope      []mapi.ID // folders to search, one at least
	Subfolders bool      // and all below them, later ones too; but no search folders
	Where      mapi.Restriction
	Static     bool // fill once and then stay, but for messages that are deleted
}

// GetSearchCriteriaRequest names a search folder.
type GetSearchCriteriaRequest struct {
	Store  mapi.GUID
	Folder mapi.ID
}

// SearchState is how far a search folder is.
type SearchState uint8

// The states of a search.
const (
	SearchNone     SearchState = iota // no criteria were set
	SearchRunning                     // being filled; later changes are kept already
	SearchComplete                    // filled, and kept as it should be
	SearchStopped                     // static and filled, or stopped
)

// GetSearchCriteriaResponse tells criteria and progress.
type GetSearchCriteriaResponse struct {
	Criteria SearchCriteria
	State    SearchState
	Searched int64 // messages looked at in the filling
	Total    int64 // messages to look at
}
