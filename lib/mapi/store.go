// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

// StoreSupport are the bits of PidTagStoreSupportMask, which classic MAPI defines.
type StoreSupport uint32

// What a store can do.
const (
	SupportEntryIDUnique StoreSupport = 0x00000001
	SupportReadOnly      StoreSupport = 0x00000002
	SupportSearch        StoreSupport = 0x00000004
	SupportModify        StoreSupport = 0x00000008
	SupportCreate        StoreSupport = 0x00000010
	SupportAttach        StoreSupport = 0x00000020
	SupportOLE           StoreSupport = 0x00000040
	SupportSubmit        StoreSupport = 0x00000080
	SupportNotify        StoreSupport = 0x00000100
	SupportMultiValues   StoreSupport = 0x00000200
	SupportCategorize    StoreSupport = 0x00000400
	SupportRTF           StoreSupport = 0x00000800
	SupportRestriction   StoreSupport = 0x00001000
	SupportSort          StoreSupport = 0x00002000
	SupportPublicFolders StoreSupport = 0x00004000
	SupportUncompressed  StoreSupport = 0x00008000 // uncompressed RTF
	SupportHTML          StoreSupport = 0x00010000
	SupportUnicode       StoreSupport = 0x00040000
)

// ValidFolders are the bits of PidTagValidFolderMask: which of the store's
// standard folders exist.
type ValidFolders uint32

// The standard folders.
const (
	ValidIpmSubtree  ValidFolders = 0x01
	ValidInbox       ValidFolders = 0x02
	ValidOutbox      ValidFolders = 0x04
	ValidWastebasket ValidFolders = 0x08
	ValidSentMail    ValidFolders = 0x10
	ValidViews       ValidFolders = 0x20
	ValidCommonViews ValidFolders = 0x40
	ValidFinder      ValidFolders = 0x80
)

// RowType is the value of PidTagRowType, [MS-OXCTABL] 2.2.1.3.
type RowType int32

// The row types of tables.
const (
	RowLeaf      RowType = 1
	RowEmpty     RowType = 2
	RowExpanded  RowType = 3
	RowCollapsed RowType = 4
)
