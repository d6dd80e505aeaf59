// SPDX-License-Identifier: AGPL-3.0-or-later

package tag

import "twiga/lib/mapi"

// Twiga's own properties lie in the range that [MS-OXPROPS] 1.3.3 leaves to
// the provider (0x6600 to 0x67ff) and never leave the system.
const (
	// TwigaSessionID names a session of the server.
	TwigaSessionID mapi.PropTag = 0x67c00014
	// TwigaRole is a session's role (object.Role) by name.
	TwigaRole mapi.PropTag = 0x67c1001f
	// TwigaProgram is the program that opened a session.
	TwigaProgram mapi.PropTag = 0x67c2001f
	// TwigaPeer is the address of the client behind the program.
	TwigaPeer mapi.PropTag = 0x67c3001f
	// TwigaCalls is the number of calls made with a session.
	TwigaCalls mapi.PropTag = 0x67c40014
	// TwigaBusyTime is the time in microseconds that they took.
	TwigaBusyTime mapi.PropTag = 0x67c50014
	// TwigaCPUTime is an estimate of the processor's part of it in microseconds.
	TwigaCPUTime mapi.PropTag = 0x67c60014
	// TwigaValue is the value of a counter of the server.
	TwigaValue mapi.PropTag = 0x67c70005
	// TwigaReplyText is what an out-of-office reply says, as plain text. The state itself
	// is PidTagOutOfOfficeState; all of these are properties of the store (object.OutOfOffice).
	TwigaReplyText mapi.PropTag = 0x67d0001f
	// TwigaReplyHTML is the same as HTML.
	TwigaReplyHTML mapi.PropTag = 0x67d1001f
	// TwigaReplySubject is the reply's subject; missing means that of the message with words before it.
	TwigaReplySubject mapi.PropTag = 0x67d2001f
	// TwigaReplyFrom is from when on replies are sent; missing means at once.
	TwigaReplyFrom mapi.PropTag = 0x67d30040
	// TwigaReplyUntil is when they end; missing means never.
	TwigaReplyUntil mapi.PropTag = 0x67d40040
	// TwigaReplyExternalText is what people outside are told; missing means the same as the others.
	TwigaReplyExternalText mapi.PropTag = 0x67d5001f
	// TwigaReplyAudience says who outside gets a reply (object.ReplyAudience); missing means everybody.
	TwigaReplyAudience mapi.PropTag = 0x67d60003
	// TwigaStore is a store's GUID, in the table of stores.
	TwigaStore mapi.PropTag = 0x67d80048
	// TwigaStoreKind is what the store is for (object.StoreKind).
	TwigaStoreKind mapi.PropTag = 0x67d90003
	// TwigaStoreOwner is the id of the user whose it is, or was.
	TwigaStoreOwner mapi.PropTag = 0x67da0048
	// TwigaStoreOrphan says that it is nobody's now.
	TwigaStoreOrphan mapi.PropTag = 0x67db000b
	// TwigaStoreDeleted is the number of bytes of its soft-deleted messages.
	TwigaStoreDeleted mapi.PropTag = 0x67dc0014
	// TwigaAnnotations are annotations of IMAP (RFC 5464): shared ones of a folder, private ones of a store's owner. Each is
	// a key, NUL and the value.
	TwigaAnnotations mapi.PropTag = 0x67df1102
	// TwigaSubscriptions are the IMAP names of folders of others that the owner of the
	// store subscribed to; a property of the store.
	TwigaSubscriptions mapi.PropTag = 0x67ec101f
	// TwigaFlags are the message's flags as the store keeps them (object.Flags); MAPI's
	// PidTagMessageFlags, PidTagFlagStatus and PidTagLastVerbExecuted are derived from them.
	TwigaFlags mapi.PropTag = 0x67f00003
	// TwigaOrigin is what a message keeps of the replicas that it came from; nobody sees it.
	TwigaOrigin mapi.PropTag = 0x67e00102
	// TwigaCapped names the columns of a row (PropTags) whose cells were cut off.
	TwigaCapped mapi.PropTag = 0x67ef1003
	// TwigaSaved is when the message came into its folder: SAVEDATE (RFC 8514).
	TwigaSaved mapi.PropTag = 0x67e10040
	// TwigaEmailID names the content of a message, the same for all of its copies: EMAILID (RFC 8474 5.1).
	TwigaEmailID mapi.PropTag = 0x67e20102
	// TwigaThreadID names the thread that it is of: THREADID (RFC 8474 5.2).
	TwigaThreadID mapi.PropTag = 0x67e30102
	// TwigaCopying marks a folder that is being copied: from which, and how far it is.
	TwigaCopying mapi.PropTag = 0x67ee0102
	// TwigaKeywords are the message's keywords (IMAP flags without a backslash), in the order they were set.
	TwigaKeywords mapi.PropTag = 0x67f1101f
	// TwigaEnvelope is the message's IMAP ENVELOPE, rendered (RFC 3501 7.4.2).
	TwigaEnvelope mapi.PropTag = 0x67f20102
	// TwigaEnvelopeShort is true where the header has more of a field of the ENVELOPE than
	// that: a second Subject, a comment beside a name. Else it is missing.
	TwigaEnvelopeShort mapi.PropTag = 0x67e4000b
	// TwigaBodyStructure is its IMAP BODYSTRUCTURE, rendered (RFC 3501 7.4.2).
	TwigaBodyStructure mapi.PropTag = 0x67f30102
	// TwigaParts is the packed table of its MIME parts' places (conv/mime).
	TwigaParts mapi.PropTag = 0x67f40102
	// TwigaArrangement is what IMAP's SORT and THREAD need of it, packed (conv/arrange).
	TwigaArrangement mapi.PropTag = 0x67ed0102
	// TwigaFolderKind is the folder's kind (object.FolderKind) in a hierarchy table.
	TwigaFolderKind mapi.PropTag = 0x67f50003
	// TwigaUIDValidity is the folder's UIDVALIDITY (RFC 3501 2.3.1.1).
	TwigaUIDValidity mapi.PropTag = 0x67f60003
	// TwigaSubscribed says whether the folder is subscribed (RFC 3501 6.3.6); missing means subscribed.
	TwigaSubscribed mapi.PropTag = 0x67f7000b
	// TwigaFolderSize is the sum of the sizes of the folder's messages in bytes.
	TwigaFolderSize mapi.PropTag = 0x67f80014
	// TwigaDeletedCount is the number of the folder's messages flagged \Deleted.
	TwigaDeletedCount mapi.PropTag = 0x67f90003
	// TwigaContentSize is the number of bytes of the message as MIME: RFC822.SIZE.
	TwigaContentSize mapi.PropTag = 0x67fa0014
	// TwigaQueueAttempts is how often an entry of the outgoing queue was tried.
	TwigaQueueAttempts mapi.PropTag = 0x67fb0003
	// TwigaQueueNext is when it is to be tried next.
	TwigaQueueNext mapi.PropTag = 0x67fc0040
	// TwigaQueueReason is why the last try failed.
	TwigaQueueReason mapi.PropTag = 0x67fd001f
	// TwigaPartPath is an attachment's place in the MIME tree, such as "2" or "1.3".
	TwigaPartPath mapi.PropTag = 0x67fe001f
	// TwigaQueueDone are the recipients (addresses) of an outgoing queue entry that are settled.
	TwigaQueueDone mapi.PropTag = 0x67ff101f
)
