// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

// FolderType is the value of PidTagFolderType, [MS-OXCFOLD] 2.2.2.2.2.7.
type FolderType int32

// The folder types.
const (
	FolderRoot FolderType = iota
	FolderGeneric
	FolderSearch
)

// The container classes of PidTagContainerClass, [MS-OXOSFLD] 2.2.1.
const (
	ContainerNote        = "IPF.Note"
	ContainerAppointment = "IPF.Appointment"
	ContainerContact     = "IPF.Contact"
	ContainerTask        = "IPF.Task"
	ContainerStickyNote  = "IPF.StickyNote"
	ContainerJournal     = "IPF.Journal"
)

// Rights are what a person may do in a folder, PidTagMemberRights, [MS-OXCPERM] 2.2.7.
type Rights uint32

// The rights.
const (
	RightReadAny          Rights = 0x0001
	RightCreate           Rights = 0x0002
	RightEditOwned        Rights = 0x0008
	RightDeleteOwned      Rights = 0x0010
	RightEditAny          Rights = 0x0020
	RightDeleteAny        Rights = 0x0040
	RightCreateSubfolder  Rights = 0x0080
	RightFolderOwner      Rights = 0x0100
	RightFolderContact    Rights = 0x0200
	RightFolderVisible    Rights = 0x0400
	RightFreeBusySimple   Rights = 0x0800
	RightFreeBusyDetailed Rights = 0x1000

	// RightsAll is all rights on contents and folder, without free/busy.
	RightsAll = RightReadAny | RightCreate | RightEditOwned | RightDeleteOwned | RightEditAny | RightDeleteAny |
		RightCreateSubfolder | RightFolderOwner | RightFolderVisible
)

// Access is what the caller may do with an object, PidTagAccess, [MS-OXCPRPT] 2.2.1.1.
type Access uint32

// The kinds of access.
const (
	AccessModify           Access = 0x01
	AccessRead             Access = 0x02
	AccessDelete           Access = 0x04
	AccessCreateHierarchy  Access = 0x08
	AccessCreateContents   Access = 0x10
	AccessCreateAssociated Access = 0x20
)
