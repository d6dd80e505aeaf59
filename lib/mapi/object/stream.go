// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import "twiga/lib/mapi"

// ReadRequest asks for stretches of contents.
type ReadRequest struct {
	Store mapi.GUID
	Items []ReadItem
}

// ReadItem is a stretch of a message's MIME, or of an attachment's or a part's
// decoded content. A stretch beyond the end is cut there.
type ReadItem struct {
	Message    mapi.ID
	Attachment int // 0 is the message; else the attachment's number, from 1
	Offset     int64
	Length     int64 // negative is up to the end
	Part       Part  // of the message, unless it is zero: its content is meant
}

// Part is where the encoded content of a part stands in a message's MIME.
type Part struct {
	Offset, Length int64
	Encoding       TransferEncoding
}

// Chunk is the next bytes of one item. An item gives at least one chunk; the
// first says how many bytes the item gives in all.
type Chunk struct {
	Item int       // index in the request
	Code mapi.Code // NotFound: there is no such message, attachment or content; the stream goes on with the next item
	Size int64     // of the whole item, in its first chunk; else 0
	All  int64     // the same for all of what the item is a stretch of, where Part is set
	Last bool      // it is the last of the stream; the last may lack it
	Data []byte    // the last field, so that it goes to the socket without being copied
}

// Final says that nothing comes behind the chunk.
func (c *Chunk) Final() bool { return c.Last }

// UploadRequest tells what the content is, where that is known.
type UploadRequest struct {
	ID   BlobID // zero is not known
	Size int64  // negative is not known
}

// HasBlobsRequest names blobs.
type HasBlobsRequest struct{ IDs []BlobID }

// HasBlobsResponse has one answer for each.
type HasBlobsResponse struct{ Has []bool }
