// SPDX-License-Identifier: AGPL-3.0-or-later

package ingest

import (
	"twiga/lib/conv/mime"
	"twiga/lib/mapi/object"
)

// read understands a message: its properties and how to keep its bytes.
func read(data []byte) (object.NewMessage, []mime.Segment) {
	p := mime.Parse(data, mime.Options{})
	m := object.NewMessage{Props: p.Props, Recipients: p.Recipients}
	if len(p.Attachments) > 0 {
		m.Attachments = make([]object.NewAttachment, len(p.Attachments))
	}
	for i, a := range p.Attachments {
		m.Attachments[i] = object.NewAttachment{
			Props: a.Props, Offset: a.Offset, Length: a.Length, Encoding: encoding(a.Encoding),
		}
	}
	return m, p.Segments
}

// encoding is a transfer encoding in the contract's terms. What is no known
// one is content as it stands.
func encoding(e mime.Encoding) object.TransferEncoding {
	switch e {
	case mime.Base64:
		return object.EncodingBase64
	case mime.QuotedPrintable:
		return object.EncodingQuotedPrintable
	}
	return object.EncodingIdentity
}
