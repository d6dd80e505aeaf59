// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import (
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/wire"
)

// Flags are the states of a message that change often; the one truth behind
// IMAP's system flags (RFC 3501 2.3.2) and MAPI's PidTagMessageFlags,
// PidTagFlagStatus and PidTagLastVerbExecuted.
type Flags uint32

// The flags. Values are kept on disk.
const (
	FlagSeen      Flags = 1 << iota // mfRead, \Seen
	FlagAnswered                    // last verb reply, \Answered
	FlagFlagged                     // follow-up flag set, \Flagged
	FlagDeleted                     // MSGSTATUS_DELMARKED, \Deleted
	FlagDraft                       // mfUnsent, \Draft
	FlagForwarded                   // last verb forward, $Forwarded
	FlagMDNSent                     // a read receipt was sent or refused, $MDNSent

	// The bits of PidTagMessageStatus that are not among those above, [MS-OXCMSG] 2.2.1.8.
	FlagHighlighted    Flags = 1 << 8  // MSGSTATUS_HIGHLIGHTED
	FlagTagged         Flags = 1 << 9  // MSGSTATUS_TAGGED
	FlagHidden         Flags = 1 << 10 // MSGSTATUS_HIDDEN
	FlagRemoteDownload Flags = 1 << 11 // MSGSTATUS_REMOTE_DOWNLOAD
	FlagRemoteDelete   Flags = 1 << 12 // MSGSTATUS_REMOTE_DELETE

	FlagSubmitted     Flags = 1 << 16 // mfSubmitted: in the outgoing queue; only Submit sets it
	FlagHasAttachment Flags = 1 << 17 // mfHasAttach: set at saving
	FlagOpenEnd       Flags = 1 << 18 // its last line does not end in CRLF: said at saving, by who has its bytes

	// FlagsStatus are those of PidTagMessageStatus alone; a FlagsReplace leaves them as they are.
	FlagsStatus = FlagHighlighted | FlagTagged | FlagHidden | FlagRemoteDownload | FlagRemoteDelete

	// FlagsSettable are those that SetFlags changes.
	FlagsSettable = FlagSeen | FlagAnswered | FlagFlagged | FlagDeleted | FlagDraft | FlagForwarded | FlagMDNSent | FlagsStatus
)

// Limits on a message.
const (
	MaxKeywords      = 64      // keywords of one message
	MaxKeywordLength = 100     // bytes of one keyword
	MaxRecipients    = 20000   // recipient rows of one message
	MaxAttachments   = 10000   // attachment rows of one message
	MaxInline        = 8 << 20 // inline bytes of one message; larger parts go through Upload
)

// NewMessage is a message to be saved.
//
// Content is the message as MIME, byte for byte. Where it has no segment the
// message is born as properties and has no MIME until somebody makes it.
type NewMessage struct {
	ID          mapi.ID     // 0 is a new one; else it replaces that message, which gets a new UID when its content changes
	IfChange    mapi.Change // with ID: fail with ObjectChanged unless this is the message's change number; 0 is no condition
	Props       mapi.Props
	Recipients  []mapi.Props
	Attachments []NewAttachment
	Content     []Segment
	Flags       Flags // of a new message, and the keywords: those stay that the session could set afterwards
	Keywords    []string
	Received    time.Time // IMAP's INTERNALDATE; zero is now
}

// NewAttachment is one attachment. Its content is its own (Content), or the
// bytes Offset to Offset+Length of the message's Content behind Encoding.
type NewAttachment struct {
	Props    mapi.Props
	Content  []Segment
	Offset   int64
	Length   int64
	Encoding TransferEncoding
}

// TransferEncoding is how bytes stand in MIME (RFC 2045 6).
type TransferEncoding uint8

// The transfer encodings: the identity is 7bit, 8bit and binary.
const (
	EncodingIdentity TransferEncoding = iota
	EncodingBase64
	EncodingQuotedPrintable
)

// BlobID is the SHA-256 of a blob's bytes.
type BlobID [32]byte

// Segment is one stretch of content: inline bytes, or a blob as it is or in
// base64 lines.
type Segment struct {
	Inline []byte // where Blob is zero
	Blob   BlobID
	Width  uint16 // base64 characters a line, a multiple of 4; 0 is the blob as it is
	LF     bool   // base64 lines end in LF, not CRLF; the last line never ends in either
	Size   int64  // bytes of content that the segment stands for
}

// SaveMessagesRequest adds messages to a folder.
//
// With Import they come from a replica ([MS-OXCFXICS] 3.2.5.9.4.2): their
// PidTagSourceKey, PidTagChangeKey, PidTagPredecessorChangeList and
// PidTagLastModificationTime count. A message that the store has in the same
// version or a later one is left alone (SyncIgnore). Where both sides changed
// it, the later modification stays (SyncConflict), the other one is kept in
// the Conflicts folder. The change key must be given (InvalidParameter). The
// message is that of ID, else of the source key; one that was deleted here is
// saved anew, one in another folder is NotFound.
type SaveMessagesRequest struct {
	Store      mapi.GUID
	Folder     mapi.ID
	Messages   []NewMessage
	Associated bool // into the folder's associated table
	Import     bool
}

// SaveMessagesResponse has one entry for each message.
type SaveMessagesResponse struct {
	UIDValidity uint32
	Saved       []SavedMessage
}

// SavedMessage tells where a message is now.
type SavedMessage struct {
	ID     mapi.ID
	UID    mapi.UID
	Change mapi.Change
	Code   mapi.Code // with Import: 0, SyncIgnore or SyncConflict
}

// GetMessagesRequest names messages; Columns nil is all properties.
type GetMessagesRequest struct {
	Store   mapi.GUID
	IDs     []mapi.ID
	Columns []mapi.PropTag
}

// Message is a whole message but for its content.
type Message struct {
	ID          mapi.ID
	Folder      mapi.ID
	UID         mapi.UID
	Change      mapi.Change
	Flags       Flags
	Keywords    []string
	Received    time.Time
	ContentSize int64 // of the MIME; -1 where the message was born as properties and has none
	Props       wire.Bag
	Recipients  []wire.Bag
	Attachments []wire.Bag // numbered from 1 by their place; with PidTagAttachSize
}

// SetPropsRequest sets and deletes properties of messages.
type SetPropsRequest struct {
	Store  mapi.GUID
	IDs    []mapi.ID
	Set    mapi.Props
	Delete []mapi.PropTag

	// IfChange, where it is given, has each message's change number as the
	// caller knows it: where one differs nothing is done (ObjectChanged).
	IfChange []mapi.Change
}

// SetPropsResponse has the new change numbers in the order of the request, 0 for missing messages.
type SetPropsResponse struct{ Changes []mapi.Change }

// FlagMode says what SetFlags does with the flags and keywords it is given.
type FlagMode uint8

// The modes of SetFlags.
const (
	FlagsAdd FlagMode = iota + 1
	FlagsRemove
	FlagsReplace // all settable flags and all keywords
)

// SetFlagsRequest changes flags of the messages of one folder.
type SetFlagsRequest struct {
	Store          mapi.GUID
	Folder         mapi.ID
	UIDs           []mapi.UIDRange
	Mode           FlagMode
	Flags          Flags
	Keywords       []string
	Conditional    bool        // leave messages alone whose change number is above UnchangedSince (RFC 7162 3.1.3)
	UnchangedSince mapi.Change // counts where Conditional

	// Brief allows an answer without Items, for a caller who knows the folder up
	// to its Before and can do without the messages that stay as they are.
	Brief bool

	// Receipts asks which messages want a read receipt now that they are read
	// (or are deleted unread): they are flagged FlagMDNSent in the same
	// transaction, so that one caller alone is told.
	Receipts bool
}

// SetFlagsResponse tells the flags of all messages that the request named,
// changed or not, by UID, but for those in Conflicts.
type SetFlagsResponse struct {
	Before    mapi.Change // of the folder before this call: who knows the folder up to there knows it up to Change
	Change    mapi.Change // of the folder now
	Items     []FlagState
	Conflicts []mapi.UID
	Receipts  []mapi.UID

	// Brief says that Items is left out: as many Messages as there are in the
	// ranges have the flags that were asked for, and keep their others and their
	// keywords. Those that had not all of them have Change as their number.
	Brief    bool
	Messages int
}

// FlagState is what a message's flags are now.
type FlagState struct {
	UID      mapi.UID
	Change   mapi.Change
	Flags    Flags
	Keywords []string
	Changed  bool // by this call
}

// ReplaceMessageRequest puts a new message, whose ID is 0, into ToFolder in place
// of the one that Folder has at UID.
type ReplaceMessageRequest struct {
	Store    mapi.GUID
	Folder   mapi.ID
	UID      mapi.UID
	ToFolder mapi.ID
	Message  NewMessage
}

// ReplaceMessageResponse tells where the new message is, and of Folder what
// DeleteMessagesResponse tells.
type ReplaceMessageResponse struct {
	UIDValidity    uint32 // of ToFolder
	Saved          SavedMessage
	Before, Change mapi.Change
}

// TransferRequest copies or moves messages; ToStore zero is the same store.
type TransferRequest struct {
	Store    mapi.GUID
	Folder   mapi.ID
	UIDs     []mapi.UIDRange
	ToStore  mapi.GUID
	ToFolder mapi.ID
	Move     bool
	Expect   int  // where not 0: how many messages there are to be, else nothing is done (ObjectDeleted)
	Restore  bool // they are soft-deleted ones; with Move, ToFolder 0 is where they were
}

// TransferResponse pairs old and new UIDs, by the old (RFC 4315 COPYUID).
type TransferResponse struct {
	UIDValidity uint32 // of the target folder
	Pairs       []UIDPair
	Before      mapi.Change // of the source folder before this call
	Change      mapi.Change // of the source folder now
}

// UIDPair is where a message was and where it is, or its copy.
type UIDPair struct{ From, To mapi.UID }

// DeleteMessagesRequest removes messages.
type DeleteMessagesRequest struct {
	Store       mapi.GUID
	Folder      mapi.ID
	UIDs        []mapi.UIDRange
	OnlyDeleted bool      // of them, only those flagged \Deleted: IMAP's EXPUNGE
	Soft        bool      // they can be restored, as long as the server keeps such messages; associated ones never
	Table       TableKind // TableContents (also 0), TableAssociated or TableSoftDeleted
}

// DeleteMessagesResponse tells what was removed, rising.
type DeleteMessagesResponse struct {
	UIDs   []mapi.UID
	Before mapi.Change // of the folder before this call
	Change mapi.Change // of the folder now
}
