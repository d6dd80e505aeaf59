// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

// AttachMethod is the value of PidTagAttachMethod, [MS-OXCMSG] 2.2.2.9.
type AttachMethod int32

// The attach methods.
const (
	AttachNone            AttachMethod = 0
	AttachByValue         AttachMethod = 1 // the bytes are in PidTagAttachDataBinary
	AttachByReference     AttachMethod = 2
	AttachByReferenceOnly AttachMethod = 4
	AttachEmbedded        AttachMethod = 5 // a message
	AttachStorage         AttachMethod = 6 // an OLE object
	AttachByWebReference  AttachMethod = 7
)

// AttachFlags are the bits of PidTagAttachFlags, [MS-OXCMSG] 2.2.2.18.
type AttachFlags uint32

// The attach flags.
const (
	AttachInvisibleInHTML AttachFlags = 0x01
	AttachInvisibleInRTF  AttachFlags = 0x02
	AttachRenderedInBody  AttachFlags = 0x04
)

// NotRendered is the PidTagRenderingPosition of an attachment that has no
// place in the body, [MS-OXCMSG] 2.2.2.16.
const NotRendered int32 = -1
