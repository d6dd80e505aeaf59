// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

// MessageFlags are the bits of PidTagMessageFlags, [MS-OXCMSG] 2.2.1.6.
type MessageFlags uint32

// The message flags; MsgRead is mfRead.
const (
	MsgRead         MessageFlags = 0x00000001
	MsgUnmodified   MessageFlags = 0x00000002
	MsgSubmitted    MessageFlags = 0x00000004
	MsgUnsent       MessageFlags = 0x00000008 // a draft
	MsgHasAttach    MessageFlags = 0x00000010
	MsgFromMe       MessageFlags = 0x00000020
	MsgAssociated   MessageFlags = 0x00000040 // mfFAI: in the folder's associated contents
	MsgResend       MessageFlags = 0x00000080
	MsgNotifyRead   MessageFlags = 0x00000100 // a read report is wanted
	MsgNotifyUnread MessageFlags = 0x00000200 // a non-read report is wanted
	MsgEverRead     MessageFlags = 0x00000400
	MsgInternet     MessageFlags = 0x00002000 // arrived from the Internet
	MsgUntrusted    MessageFlags = 0x00008000
)

// MessageStatus are the bits of PidTagMessageStatus, [MS-OXCMSG] 2.2.1.8.
type MessageStatus uint32

// The message status bits.
const (
	StatusHighlighted    MessageStatus = 0x00000001
	StatusTagged         MessageStatus = 0x00000002
	StatusHidden         MessageStatus = 0x00000004
	StatusDeleteMarked   MessageStatus = 0x00000008
	StatusInConflict     MessageStatus = 0x00000800
	StatusRemoteDownload MessageStatus = 0x00001000
	StatusRemoteDelete   MessageStatus = 0x00002000
)

// Importance is the value of PidTagImportance, [MS-OXCMSG] 2.2.1.11.
type Importance int32

// The importances.
const (
	ImportanceLow Importance = iota
	ImportanceNormal
	ImportanceHigh
)

// Priority is the value of PidTagPriority, [MS-OXCMSG] 2.2.1.12.
type Priority int32

// The priorities.
const (
	PriorityNonUrgent Priority = -1
	PriorityNormal    Priority = 0
	PriorityUrgent    Priority = 1
)

// Sensitivity is the value of PidTagSensitivity, [MS-OXCMSG] 2.2.1.13.
type Sensitivity int32

// The sensitivities.
const (
	SensitivityNone Sensitivity = iota
	SensitivityPersonal
	SensitivityPrivate
	SensitivityConfidential
)

// FlagStatus is the value of PidTagFlagStatus, [MS-OXOFLAG] 2.2.1.1; a
// message without the property is not flagged.
type FlagStatus int32

// The flag states.
const (
	FlagComplete FlagStatus = 1
	FlagFollowup FlagStatus = 2
)

// FollowupIcon is the value of PidTagFollowupIcon, [MS-OXOFLAG] 2.2.1.2.
type FollowupIcon int32

// The colours of flags.
const (
	IconPurple FollowupIcon = iota + 1
	IconOrange
	IconGreen
	IconYellow
	IconBlue
	IconRed
)

// Verb is the value of PidTagLastVerbExecuted, [MS-OXOMSG] 2.2.1.
type Verb int32

// The verbs.
const (
	VerbOpen          Verb = 0
	VerbReplyToSender Verb = 102
	VerbReplyToAll    Verb = 103
	VerbForward       Verb = 104
)

// IconIndex is the value of PidTagIconIndex, [MS-OXOMSG] 2.2.1.10.
type IconIndex int32

// The icons of mail.
const (
	IconNewMail   IconIndex = -1
	IconRead      IconIndex = 0x100
	IconUnread    IconIndex = 0x101
	IconSubmitted IconIndex = 0x102
	IconUnsent    IconIndex = 0x103
	IconReceipt   IconIndex = 0x104
	IconReplied   IconIndex = 0x105
	IconForwarded IconIndex = 0x106
)

// NativeBody says which body is the original, PidTagNativeBody, [MS-OXCMSG] 2.2.1.58.2.
type NativeBody int32

// The kinds of body.
const (
	BodyUndefined NativeBody = iota
	BodyPlain
	BodyRTF
	BodyHTML
	BodyClearSigned
)

// AutoResponse are the answers that PidTagAutoResponseSuppress keeps back, [MS-OXOMSG] 2.2.1.77.
type AutoResponse uint32

// The automatic answers.
const (
	SuppressDeliveryReport    AutoResponse = 0x01
	SuppressNonDeliveryReport AutoResponse = 0x02
	SuppressReadReport        AutoResponse = 0x04
	SuppressNonReadReport     AutoResponse = 0x08
	SuppressOutOfOffice       AutoResponse = 0x10
	SuppressAutoReply         AutoResponse = 0x20
)

// The message classes that programs ask for, [MS-OXCMSG] 2.2.1.3 and the
// protocol of each; a message is of a class also where its own goes on behind a dot.
const (
	ClassNote         = "IPM.Note"
	ClassNoteSigned   = "IPM.Note.SMIME.MultipartSigned"
	ClassNoteSMIME    = "IPM.Note.SMIME"
	ClassAppointment  = "IPM.Appointment"
	ClassContact      = "IPM.Contact"
	ClassDistList     = "IPM.DistList"
	ClassTask         = "IPM.Task"
	ClassStickyNote   = "IPM.StickyNote"
	ClassJournal      = "IPM.Activity"
	ClassPost         = "IPM.Post"
	ClassDelivered    = "REPORT.IPM.Note.DR"
	ClassNotDelivered = "REPORT.IPM.Note.NDR"
	ClassRead         = "REPORT.IPM.Note.IPNRN"
	ClassNotRead      = "REPORT.IPM.Note.IPNNRN"
	ClassMeeting      = "IPM.Schedule.Meeting"
)
