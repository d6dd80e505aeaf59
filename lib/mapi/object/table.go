// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import (
	"twiga/lib/mapi"
	"twiga/lib/mapi/wire"
)

// TableKind says what the rows of a table are.
type TableKind uint8

// The tables. Which columns the rows of each can have stands in twiga-rpc(7).
const (
	// TableContents has a folder's messages: by default in order of their UIDs.
	// Of a search folder it has those that it found.
	TableContents TableKind = iota + 1
	// TableHierarchy has the folders of the store at any depth, a parent before
	// its children; Folder, where given, is left out and stands for the top.
	TableHierarchy
	// TableAssociated has a folder's associated messages (FAI).
	TableAssociated
	// TableSoftDeleted has a folder's soft-deleted messages, with PidTagDeletedOn.
	TableSoftDeleted
	// TableSoftDeletedFolders has the soft-deleted folders of a store, with
	// PidTagDeletedOn and the parents that they had; with Folder, one of them,
	// those that went with it.
	TableSoftDeletedFolders
	// TableRecipients has the recipients of Message.
	TableRecipients
	// TableAttachments has the attachments of Message.
	TableAttachments
	// TableRules has the rules of Folder, [MS-OXORULE] 2.2.1.3.1.
	TableRules
	// TablePermissions has the permission list of Folder, [MS-OXCPERM] 2.2.4.
	TablePermissions
	// TableOutgoing has the outgoing queue.
	TableOutgoing
	// TableReceiveFolders has the receive folders of a store.
	TableReceiveFolders
	// TableAddressBook has users, groups and contacts as everybody sees them,
	// hidden ones for RoleAdmin only.
	TableAddressBook
	// TableSessions has the sessions of the server. RoleAdmin.
	TableSessions
	// TableStatistics has the server's counters. RoleAdmin, RoleMonitor.
	TableStatistics
	// TableStores has the stores of the server. RoleAdmin, RoleMonitor.
	TableStores
	// TableDropFolders has the folders of a store that the principal may put
	// messages into without seeing them.
	TableDropFolders
)

// Limits on a query.
const (
	MaxColumns    = 256
	MaxIDs        = 1 << 20
	MaxCategories = 8
	MaxSortKeys   = 32
)

// QueryRequest says which rows of which table with which columns.
//
// Beside the properties in a row's bag these columns are kept or computed, so
// that they cost nothing: of messages Mid, FolderId, ParentFolderId,
// InternetArticleNumber (the UID), ChangeNumber, MessageFlags, MessageStatus,
// FlagStatus, LastVerbExecuted, MessageSize, MessageSizeExtended,
// MessageDeliveryTime, ClientSubmitTime, MessageClass, HasAttachments, DeletedOn and
// tag.Twiga*; of folders FolderId, ParentFolderId, DisplayName, FolderType,
// ContainerClass, ContentCount, ContentUnreadCount, AssociatedContentCount,
// DeletedCountTotal, Subfolders, InternetArticleNumberNext, ChangeNumber,
// Depth, Rights, Access and tag.Twiga*; of both SourceKey, ParentSourceKey,
// ChangeKey and PredecessorChangeList. Mid and FolderId are PtypInteger64 and hold a mapi.ID.
//
// A column or sort key whose type has the bits 0x3000 (MVI_FLAG, [MS-OXCTABL]
// 2.2.2.2) of a multi-value property gives a row for each of its values; there
// may be one. Rows then have PidTagInstanceNum, from 0, beside PidTagInstID.
//
// Recipients have their place as PidTagRowid, from 0, attachments their number
// as PidTagAttachNumber, from 1 as ReadItem has it; an entry of the outgoing
// queue has Mid, SenderName (the owner), SenderEmailAddress, ClientSubmitTime,
// PidTagStoreRecordKey (the GUID of the store) and tag.TwigaQueue*.
//
// InvalidParameter: numbers below 0, more Categories than Sort has keys, an
// unknown Locale. TooComplex: beyond MaxSortKeys or MaxCategories. BadColumn:
// a column or key whose type no value has, or rows by the values of two.
//
// With Categories the first so many keys of Sort group the rows, [MS-OXCTABL]
// 2.2.2.3: before the rows of a group comes its header row with RowType, Depth,
// InstID, ContentCount, ContentUnreadCount and the key's value. Groups are
// expanded to the depth Expanded; those whose InstID is in Toggled the other way.
type QueryRequest struct {
	Store      mapi.GUID
	Table      TableKind
	Folder     mapi.ID
	Message    mapi.ID         // of recipients and attachments
	UIDs       []mapi.UIDRange // contents: only these, where any is given
	IDs        []mapi.ID       // only these messages or folders, where any is given; of contents in any folder where Folder is 0
	Columns    []mapi.PropTag
	Where      mapi.Restriction // nil is all
	Sort       mapi.SortOrder
	Locale     string // BCP 47, in whose order strings are sorted; "" is by code point without case
	Categories int
	Expanded   int
	Toggled    []int64
	Depth      int // hierarchy: how many levels down; 0 is all
	Offset     int
	Limit      int // 0 is all
	MaxCell    int // bytes or characters of a cell, the rest is cut off and tag.TwigaCapped names the column; 0 is no limit
}

// FindRowRequest looks for the first row from Offset on that satisfies Find,
// among those that Query gives.
type FindRowRequest struct {
	Query    QueryRequest
	Find     mapi.Restriction // nil is any
	Backward bool             // the last one up to Offset
}

// FindRowResponse tells where the row is and how many rows there are.
type FindRowResponse struct {
	Found    bool
	Position int // from 0
	Count    int
	Row      wire.Bag
}
