// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

// RecipientType is the value of PidTagRecipientType, [MS-OXOMSG] 2.2.3.1; its
// low bits say the kind, flags may be added.
type RecipientType uint32

// The recipient types and their flags.
const (
	RecipientOriginator RecipientType = 0
	RecipientTo         RecipientType = 1
	RecipientCc         RecipientType = 2
	RecipientBcc        RecipientType = 3

	RecipientResend    RecipientType = 0x10000000 // MAPI_P1: delivery of a resent message failed before
	RecipientSubmitted RecipientType = 0x80000000 // delivered to already
)

// Kind is the type without flags.
func (t RecipientType) Kind() RecipientType { return t & 0x0f }

// RecipientFlags are the bits of PidTagRecipientFlags, [MS-OXOCAL] 2.2.4.10.1.
type RecipientFlags uint32

// The recipient flags.
const (
	RecipientSendable  RecipientFlags = 0x00000001
	RecipientOrganizer RecipientFlags = 0x00000002
)

// ObjectType is the value of PidTagObjectType, [MS-OXCPRPT] 2.2.1.7.
type ObjectType int32

// The object types.
const (
	ObjectStore       ObjectType = 1
	ObjectAddressBook ObjectType = 2
	ObjectFolder      ObjectType = 3
	ObjectContainer   ObjectType = 4 // container of the address book
	ObjectMessage     ObjectType = 5
	ObjectMailUser    ObjectType = 6
	ObjectAttachment  ObjectType = 7
	ObjectDistList    ObjectType = 8
)

// DisplayType is the value of PidTagDisplayType, [MS-OXOABK] 2.2.3.11.
type DisplayType uint32

// The display types.
const (
	DisplayMailUser        DisplayType = 0
	DisplayDistList        DisplayType = 1
	DisplayForum           DisplayType = 2
	DisplayAgent           DisplayType = 3
	DisplayOrganization    DisplayType = 4
	DisplayPrivateDistList DisplayType = 5
	DisplayRemoteMailUser  DisplayType = 6
)
