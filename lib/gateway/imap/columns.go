// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"time"

	"twiga/lib/mapi/tag"
	mapiwire "twiga/lib/mapi/wire"
	"twiga/lib/proto/imap/wire"
)

// columns are what a row of the store's contents table holds, valid until the
// next.
type columns struct {
	uid                        uint32
	envelope, structure, parts []byte // nil where the message has none
	arrangement                []byte
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
		case tag.TwigaBodyStructure:
			c.structure = v.Bytes()
		case tag.TwigaParts:
			c.parts = v.Bytes()
		case tag.TwigaArrangement:
			c.arrangement = v.Bytes()
		}
	}
	return c
}

// appendDate appends INTERNALDATE, in UTC.
func appendDate(b []byte, seconds int64) []byte {
	return wire.AppendDateTime(b, time.Unix(seconds, 0).UTC())
}
