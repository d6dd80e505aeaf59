// SPDX-License-Identifier: AGPL-3.0-or-later

package tag

import "twiga/lib/mapi"

// Twiga's own properties lie in the range that [MS-OXPROPS] 1.3.3 leaves to
// the provider (0x6600 to 0x67ff) and never leave the system.
const (
	// TwigaFlags are the message's flags as the store keeps them (object.Flags); MAPI's
	// PidTagMessageFlags, PidTagFlagStatus and PidTagLastVerbExecuted are derived from them.
	TwigaFlags mapi.PropTag = 0x67f00003
	// TwigaKeywords are the message's keywords (IMAP flags without a backslash), in the order they were set.
	TwigaKeywords mapi.PropTag = 0x67f1101f
	// TwigaEnvelope is the message's IMAP ENVELOPE, rendered (RFC 3501 7.4.2).
	TwigaEnvelope mapi.PropTag = 0x67f20102
	// TwigaBodyStructure is its IMAP BODYSTRUCTURE, rendered (RFC 3501 7.4.2).
	TwigaBodyStructure mapi.PropTag = 0x67f30102
	// TwigaParts is the packed table of its MIME parts' places (conv/mime).
	TwigaParts mapi.PropTag = 0x67f40102
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
