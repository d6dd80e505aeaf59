// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import "twiga/lib/mapi"

// TableKind says what the rows of a table are.
type TableKind uint8

// The tables.
const (
	// TableContents has a folder's messages: by default in order of their UIDs.
	TableContents TableKind = iota + 1
	// TableHierarchy has the folders of the store at any depth, a parent before
	// its children; Folder, where given, is left out and stands for the top.
	TableHierarchy
)

// Limits on a query.
const (
	MaxColumns = 256
	MaxIDs     = 1 << 20
)

// QueryRequest says which rows of which table with which columns.
//
// Beside the properties in a row's bag these columns are kept or computed, so
// that they cost nothing: of messages Mid, FolderId, ParentFolderId,
// InternetArticleNumber (the UID), ChangeNumber, MessageFlags, FlagStatus,
// LastVerbExecuted, MessageSize, MessageSizeExtended, MessageDeliveryTime,
// ClientSubmitTime, MessageClass, Hasattachments and tag.Twiga*; of folders
// FolderId, ParentFolderId, DisplayName, ContainerClass, ContentCount,
// ContentUnreadCount, Subfolders, InternetArticleNumberNext, ChangeNumber and
// tag.Twiga*. Mid and FolderId are PtypInteger64 and hold a mapi.ID.
type QueryRequest struct {
	Store   mapi.GUID
	Table   TableKind
	Folder  mapi.ID
	UIDs    []mapi.UIDRange // contents: only these, where any is given
	IDs     []mapi.ID       // only these messages or folders, where any is given; of contents in any folder where Folder is 0
	Columns []mapi.PropTag
	Where   mapi.Restriction // nil is all
	Sort    mapi.SortOrder
	Offset  int
	Limit   int // 0 is all
}
