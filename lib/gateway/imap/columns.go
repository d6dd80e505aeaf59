// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"time"

	"twiga/lib/conv/mime"
	"twiga/lib/mapi/tag"
	mapiwire "twiga/lib/mapi/wire"
	"twiga/lib/proto/imap/wire"
)

// columns are what a row of the store's contents table holds, valid until the
// next.
type columns struct {
	uid                        uint32
	envelope, structure, parts []byte // nil where the message has none
	short                      bool   // the header has more than the envelope
	arrangement                []byte
	preview                    []byte
	email, thread              []byte // EMAILID and THREADID as the store has them
}

// columnsOf reads a row in one pass.
func columnsOf(bag mapiwire.Bag) columns {
	var c columns
	for t, v := range bag.All {
		switch t {
		case tag.InternetArticleNumber:
			c.uid = uint32(v.Num())
		case tag.TwigaEnvelope:
			c.envelope = v.Bytes()
		case tag.TwigaEnvelopeShort:
			c.short = v.Bool()
		case tag.TwigaBodyStructure:
			c.structure = v.Bytes()
		case tag.TwigaParts:
			c.parts = v.Bytes()
		case tag.TwigaArrangement:
			c.arrangement = v.Bytes()
		case mime.Preview:
			c.preview = v.Bytes()
		case tag.TwigaEmailID:
			c.email = v.Bytes()
		case tag.TwigaThreadID:
			c.thread = v.Bytes()
		}
	}
	return c
}

// appendDate appends INTERNALDATE, in UTC.
func appendDate(b []byte, seconds int64) []byte {
	return wire.AppendDateTime(b, time.Unix(seconds, 0).UTC())
}
