// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import (
	"strings"

	"twiga/lib/mapi"
)

// FolderKind is what a folder is for; the standard folders ([MS-OXOSFLD] 2.2.2)
// have one, all others KindGeneric. A store has at most one of each other kind.
type FolderKind uint8

// The kinds of folder. Values are kept on disk and never used again.
const (
	KindGeneric        FolderKind = 0
	KindRoot           FolderKind = 1 // the top of the tree that a person sees (IPM subtree)
	KindInbox          FolderKind = 2
	KindOutbox         FolderKind = 3
	KindSentItems      FolderKind = 4
	KindDeletedItems   FolderKind = 5
	KindDrafts         FolderKind = 6
	KindJunk           FolderKind = 7
	KindCalendar       FolderKind = 8
	KindContacts       FolderKind = 9
	KindTasks          FolderKind = 10
	KindNotes          FolderKind = 11
	KindJournal        FolderKind = 12
	KindSyncIssues     FolderKind = 13
	KindConflicts      FolderKind = 14 // under Sync Issues
	KindLocalFailures  FolderKind = 15 // under Sync Issues
	KindServerFailures FolderKind = 16 // under Sync Issues
	KindSuggested      FolderKind = 17 // suggested contacts
	KindArchive        FolderKind = 18
	KindRecoverable    FolderKind = 19 // holds soft-deleted folders; beside the root, never shown
	KindSearchRoot     FolderKind = 20 // holds search folders (the finder); beside the root
)

// NewFolder is a folder to be made.
type NewFolder struct {
	Parent mapi.ID // ignored where Under > 0
	Under  int     // 1 + the index of an earlier folder of the same request that is the parent
	Name   string  // 1 to 255 characters (UTF-8), unique among siblings without regard to case; "/" is allowed
	Class  string  // PidTagContainerClass; "" is the parent's, or IPF.Note
	Search bool    // a search folder, to be filled by SetSearchCriteria; with Parent 0 it lies under KindSearchRoot, which is made on first need
	Props  mapi.Props
}

// FolderNameKey is the same for names that siblings cannot have both.
func FolderNameKey(name string) string { return strings.ToLower(name) }

// CreateFoldersRequest makes folders.
type CreateFoldersRequest struct {
	Store        mapi.GUID
	Folders      []NewFolder
	OpenExisting bool // a sibling of that name is no error but the answer
}

// CreateFoldersResponse has one entry for each folder of the request.
type CreateFoldersResponse struct{ Created []CreatedFolder }

// CreatedFolder tells a folder's id, and whether it was there before.
type CreatedFolder struct {
	ID      mapi.ID
	Existed bool
}

// MoveFolderRequest renames and moves: Parent 0 keeps the parent, Name "" the name.
type MoveFolderRequest struct {
	Store  mapi.GUID
	Folder mapi.ID
	Parent mapi.ID
	Name   string
}

// DeleteFolderRequest removes a folder and, where it says so, what is in it.
type DeleteFolderRequest struct {
	Store      mapi.GUID
	Folder     mapi.ID
	Messages   bool // take messages along
	Subfolders bool // take subfolders along
	Soft       bool // it can be restored, as long as the server keeps such folders
}

// RestoreFolderRequest brings a soft-deleted folder back to where it was, or
// to Parent.
type RestoreFolderRequest struct {
	Store  mapi.GUID
	Folder mapi.ID
	Parent mapi.ID // 0 is the former one
}

// CopyFolderRequest copies or moves a folder, with or without what is below, to
// another place or another store. Message contents are shared, not copied.
type CopyFolderRequest struct {
	Store      mapi.GUID
	Folder     mapi.ID
	ToStore    mapi.GUID // zero is the same
	ToParent   mapi.ID
	Name       string // "" is the same
	Subfolders bool
	Move       bool
}

// EmptyFolderRequest removes what is in a folder.
type EmptyFolderRequest struct {
	Store      mapi.GUID
	Folder     mapi.ID
	Associated bool // associated messages too
	Subfolders bool // and subfolders
	Soft       bool
}

// SetFolderPropsRequest sets and deletes properties of a folder;
// tag.TwigaSubscribed among them.
type SetFolderPropsRequest struct {
	Store   mapi.GUID
	Folder  mapi.ID
	Set     mapi.Props
	Delete  []mapi.PropTag
	If      mapi.Props     // nothing is done (ObjectChanged) unless these have these values,
	IfUnset []mapi.PropTag // and these none
}

// RaiseFolderRequest names a folder.
type RaiseFolderRequest struct {
	Store  mapi.GUID
	Folder mapi.ID
}

// FolderStatesRequest names folders; none is all.
type FolderStatesRequest struct {
	Store   mapi.GUID
	Folders []mapi.ID
}

// FolderStatesResponse has the folders in order of their ids, or in the order asked.
type FolderStatesResponse struct{ Folders []FolderState }

// FolderState is a folder's counters. It is what SELECT and STATUS need.
type FolderState struct {
	Folder      mapi.ID
	UIDValidity uint32
	UIDNext     mapi.UID
	Change      mapi.Change // of the last change to its messages, tombstones too, or to its annotations: HIGHESTMODSEQ; at least 1
	Messages    uint32
	Unread      uint32
	Deleted     uint32 // flagged \Deleted
	Size        int64  // sum of the messages' sizes in bytes
	Associated  uint32 // associated messages
	Recoverable uint32 // soft-deleted messages
}
