// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"io"

	"twiga/lib/conv/mime"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// isBinary says whether a section is of a part's decoded content (RFC 3516).
func isBinary(s *proto.BodySection) bool {
	return s.Kind == proto.SectionBinary || s.Kind == proto.SectionBinarySize
}

// locatePart finds the part of a BINARY section in a message of size bytes. The
// message as a whole, and what consists of parts, has no encoding: BINARY[] is
// what BODY[] is.
func locatePart(s *proto.BodySection, parts mime.Parts, size int64) piece {
	p := piece{kind: piecePart, size: size}
	if len(s.Part) > 0 {
		var ok bool
		if p.offset, p.size, p.encoding, ok = parts.Content(s.Part); !ok {
			if s.Kind == proto.SectionBinarySize {
				return piece{kind: pieceLength} // has no NIL (RFC 3516 7)
			}
			return piece{}
		}
	}
	switch {
	case p.encoding == mime.UnknownEncoding:
		p.kind = pieceGone
	case s.Kind == proto.SectionBinarySize:
		p.kind = pieceLength
	case p.encoding == mime.Identity:
		p.kind = pieceBytes
		from, n := s.Slice(p.size)
		p.offset, p.size = p.offset+from, n
	}
	return p
}

// item asks the store for a piece.
func (p *piece) item(id mapi.ID, s *proto.BodySection) object.ReadItem {
	it := object.ReadItem{Message: id, Offset: p.offset, Length: p.size}
	if p.kind != piecePart && p.kind != pieceLength {
		return it
	}
	it.Part = object.Part{Offset: p.offset, Length: p.size, Encoding: object.EncodingBase64}
	if p.encoding == mime.QuotedPrintable {
		it.Part.Encoding = object.EncodingQuotedPrintable
	}
	switch it.Offset, it.Length = 0, -1; {
	case p.kind == pieceLength:
		it.Length = 0
	case s.Partial:
		it.Offset, it.Length = int64(s.Offset), int64(s.Length)
	}
	return it
}

// decoded is the content of a piece of a message that is in memory.
func (p *piece) decoded(data []byte) ([]byte, error) {
	return io.ReadAll(mime.Decode(p.encoding, bytes.NewReader(data[p.offset:p.offset+p.size])))
}
