// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"encoding/binary"
	"errors"
	"strings"
)

// partsVersion is the first byte of a packed table.
//
// Version 1: the message's size, then its parts, each before its children. A
// part is
//
//	head      kind (2 bits), encoding (2 bits), attachment (1 bit)
//	skip      from the end of the part before it, or from the start of the
//	          enclosing body, to its header
//	header    length
//	body      length; the body follows the header
//
// then, for a multipart, the number of its children; for a message nothing, its
// root follows; for a leaf the number of its media type in knownTypes and, if
// that is 0, its name, then its charset and its filename. Numbers are varints,
// texts have their length before them.
const partsVersion = 1

// maxPartText is the longest text kept of a leaf.
const maxPartText = 255

// knownTypes numbers the common media types of leaves. The numbers are stored:
// new ones go to the end.
var knownTypes = [...]string{
	"", "text/plain", "text/html", "text/calendar", "image/jpeg", "image/png", "image/gif", "application/pdf",
	"application/octet-stream", "application/zip", "application/pkcs7-signature", "application/pgp-signature",
	"message/delivery-status", "message/disposition-notification", "text/rfc822-headers", "text/csv",
	"application/msword", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/ms-tnef", "text/x-amp-html",
}

// Encoding is a transfer encoding (RFC 2045 6) as far as it changes bytes.
type Encoding uint8

// The encodings. Values are stored.
const (
	Identity Encoding = iota // 7bit, 8bit, binary
	Base64
	QuotedPrintable
	UnknownEncoding // what nobody here decodes, uuencode among it
)

// TransferEncoding gives how the body of the part numbered i is encoded.
func (s *Structure) TransferEncoding(i int) Encoding {
	p := &s.Parts[i]
	if p.Kind != KindLeaf {
		return Identity
	}
	enc := s.encoding(p)
	switch {
	case equalFold(enc, "base64"):
		return Base64
	case equalFold(enc, "quoted-printable"):
		return QuotedPrintable
	case equalFold(enc, "7bit"), equalFold(enc, "8bit"), equalFold(enc, "binary"):
		return Identity
	}
	return UnknownEncoding
}

// AppendParts appends the packed table of the message's parts, see Parts.
func (s *Structure) AppendParts(dst []byte) []byte {
	dst = binary.AppendUvarint(append(dst, partsVersion), uint64(len(s.data)))
	return s.appendPart(dst, 0, 0)
}

func (s *Structure) appendPart(dst []byte, i, cursor int) []byte {
	p := &s.Parts[i]
	head := uint64(p.Kind) | uint64(s.TransferEncoding(i))<<2
	if s.Disposition(i) == "attachment" {
		head |= 1 << 4
	}
	dst = binary.AppendUvarint(dst, head)
	dst = binary.AppendUvarint(dst, uint64(p.Header.Start-cursor))
	dst = binary.AppendUvarint(dst, uint64(p.Header.Len()))
	dst = binary.AppendUvarint(dst, uint64(p.Body.Len()))
	switch p.Kind {
	case KindMultipart:
		n := 0
		for c := p.First; c >= 0; c = s.Parts[c].Next {
			n++
		}
		dst = binary.AppendUvarint(dst, uint64(n))
		cursor = p.Body.Start
		for c := p.First; c >= 0; c = s.Parts[c].Next {
			dst = s.appendPart(dst, c, cursor)
			cursor = s.Parts[c].Body.End
		}
	case KindMessage:
		dst = s.appendPart(dst, p.First, p.Body.Start)
	default:
		dst = s.appendLeaf(dst, i)
	}
	return dst
}

func (s *Structure) appendLeaf(dst []byte, i int) []byte {
	typ, sub := s.MediaType(i)
	n := 0
	for k := 1; k < len(knownTypes) && n == 0; k++ {
		if t := knownTypes[k]; len(t) == len(typ)+1+len(sub) && equalFold(typ, t[:len(typ)]) &&
			t[len(typ)] == '/' && equalFold(sub, t[len(typ)+1:]) {
			n = k
		}
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	if n == 0 {
		dst = appendText(dst, strings.ToLower(string(typ)+"/"+string(sub)))
	}
	dst = appendText(dst, s.Charset(i))
	return appendText(dst, s.Filename(i))
}

func appendText(dst []byte, text string) []byte {
	if len(text) > maxPartText {
		text = strings.ToValidUTF8(text[:maxPartText], "")
	}
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

// Parts is the packed table of a message's parts, as AppendParts makes it. It
// is read in place. Its methods may be called on any bytes: what is not a
// table has no sections.
type Parts []byte

// Section says which bytes of a part are meant, as in IMAP's BODY[…].
type Section uint8

// The sections (RFC 9051 6.4.5).
const (
	SectionAll    Section = iota // BODY[], BODY[1.2]: the message, the part's body
	SectionHeader                // BODY[HEADER], BODY[3.HEADER]
	SectionText                  // BODY[TEXT], BODY[3.TEXT]
	SectionMIME                  // BODY[1.2.MIME]
)

var errParts = errors.New("read part table: not a table of a known version")

// entry is one part of a packed table. Its texts point into the table.
type entry struct {
	kind       Kind
	encoding   Encoding
	attachment bool
	header     span64
	body       span64
	children   uint64
	known      uint64 // number of the media type, or 0 and its name:
	mediaType  []byte
	charset    []byte
	filename   []byte
}

type span64 struct{ start, end int64 }

// partsReader walks over a table. After a failure everything it gives is zero.
type partsReader struct {
	b     []byte
	size  int64
	bad   bool
	depth int
}

func (t Parts) reader() (r partsReader) {
	if len(t) == 0 || t[0] != partsVersion {
		r.bad = true
		return r
	}
	r.b = t[1:]
	n := r.number()
	if n > 1<<62 {
		r.bad = true
	}
	r.size = int64(n)
	return r
}

func (r *partsReader) number() uint64 {
	n, k := binary.Uvarint(r.b)
	if k <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[k:]
	return n
}

func (r *partsReader) text() []byte {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	t := r.b[:n:n]
	r.b = r.b[n:]
	return t
}

// length reads a number that, from start, must stay within end.
func (r *partsReader) length(start, end int64) int64 {
	n := r.number()
	if n > uint64(end-start) {
		r.bad, r.b = true, nil
		return start
	}
	return start + int64(n)
}

// entry reads the next part, which lies between cursor and limit.
func (r *partsReader) entry(cursor, limit int64) (e entry) {
	head := r.number()
	e.kind, e.encoding, e.attachment = Kind(head&3), Encoding(head>>2&3), head>>4&1 != 0
	e.header.start = r.length(cursor, limit)
	e.header.end = r.length(e.header.start, limit)
	e.body.start = e.header.end
	e.body.end = r.length(e.body.start, limit)
	switch e.kind {
	case KindMultipart:
		e.children = r.number()
		// A part takes at least four bytes.
		r.bad = r.bad || e.children == 0 || e.children > uint64(len(r.b))/4
	case KindMessage:
	case KindLeaf:
		if e.known = r.number(); e.known == 0 {
			e.mediaType = r.text()
		}
		e.charset, e.filename = r.text(), r.text()
	default:
		r.bad = true
	}
	if r.bad {
		return entry{}
	}
	return e
}

// typeName gives a leaf's media type, "" for a number of a later version.
func (e *entry) typeName() string {
	if e.known > 0 && e.known < uint64(len(knownTypes)) {
		return knownTypes[e.known]
	}
	return string(e.mediaType)
}

// skip reads over all that is inside of e, which was just read.
func (r *partsReader) skip(e entry) {
	switch r.depth++; {
	case r.depth > 2*MaxDepth+2:
		r.bad = true
	case e.kind == KindMessage:
		r.skip(r.entry(e.body.start, e.body.end))
	case e.kind == KindMultipart:
		cursor := e.body.start
		for n := e.children; n > 0 && !r.bad; n-- {
			c := r.entry(cursor, e.body.end)
			r.skip(c)
			cursor = c.body.end
		}
	}
	r.depth--
}

// Find gives the place of a section in the message: path holds the part
// numbers of "BODY[1.2.HEADER]", empty for the message itself. It gives false
// for a part or section that the message does not have.
func (t Parts) Find(path []uint32, section Section) (off, size int64, ok bool) {
	r := t.reader()
	e, ok := r.find(path)
	if !ok {
		return 0, 0, false
	}
	s, ok := r.section(e, len(path) == 0, section)
	return s.start, s.end - s.start, ok && !r.bad
}

// Content gives where the content of a part stands, and how it is encoded: the
// message itself and what consists of parts is not (RFC 2045 6.4).
func (t Parts) Content(path []uint32) (off, size int64, enc Encoding, ok bool) {
	r := t.reader()
	e, ok := r.find(path)
	switch {
	case !ok || r.bad:
		return 0, 0, Identity, false
	case len(path) == 0:
		return 0, r.size, Identity, true
	case e.kind == KindLeaf:
		enc = e.encoding
	}
	return e.body.start, e.body.end - e.body.start, enc, true
}

// find gives the entry of a part.
func (r *partsReader) find(path []uint32) (entry, bool) {
	e := r.entry(0, r.size)
	for i, n := range path {
		if i > 0 {
			if e.kind == KindLeaf {
				return entry{}, false
			}
			if e.kind == KindMessage {
				e = r.entry(e.body.start, e.body.end)
			}
		}
		if e.kind != KindMultipart { // RFC 9051 6.4.5: a message has at least part 1
			if n != 1 {
				return entry{}, false
			}
			continue
		}
		if n == 0 || uint64(n) > e.children {
			return entry{}, false
		}
		cursor, limit := e.body.start, e.body.end
		for e = r.entry(cursor, limit); n > 1 && !r.bad; n-- {
			r.skip(e)
			e = r.entry(e.body.end, limit)
		}
	}
	return e, !r.bad
}

func (r *partsReader) section(e entry, whole bool, section Section) (span64, bool) {
	if !whole {
		switch section {
		case SectionAll:
			return e.body, true
		case SectionMIME:
			return e.header, true
		}
		if e.kind != KindMessage {
			return span64{}, false
		}
		e = r.entry(e.body.start, e.body.end)
	}
	switch section {
	case SectionAll:
		return span64{0, r.size}, true
	case SectionHeader:
		return e.header, true
	case SectionText:
		return e.body, true
	}
	return span64{}, false
}

// PartLeaf is a part with content of its own, as a table knows it.
type PartLeaf struct {
	Path       []uint32 // valid during the call only
	Offset     int64    // of the encoded body
	Size       int64
	Encoding   Encoding
	MediaType  string // type/subtype in lower case
	Charset    string // as labelled, "" if not
	Filename   string
	Attachment bool // has the disposition attachment
}

// Leaves calls yield with each leaf, in order, until it gives false. It returns
// an error where the table is damaged.
func (t Parts) Leaves(yield func(PartLeaf) bool) error {
	r := t.reader()
	w := leafWalker{r: &r, yield: yield}
	e := r.entry(0, r.size)
	if e.kind != KindMultipart {
		w.path = append(w.path, 1)
	}
	w.walk(e)
	if r.bad {
		return errParts
	}
	return nil
}

type leafWalker struct {
	r     *partsReader
	yield func(PartLeaf) bool
	path  []uint32
	ended bool
}

func (w *leafWalker) walk(e entry) {
	r := w.r
	if r.depth++; r.depth > 2*MaxDepth+2 {
		r.bad = true
	}
	defer func() { r.depth-- }()
	if r.bad || w.ended {
		return
	}
	switch e.kind {
	case KindLeaf:
		w.ended = !w.yield(PartLeaf{
			Path: w.path, Offset: e.body.start, Size: e.body.end - e.body.start, Encoding: e.encoding,
			MediaType: e.typeName(), Charset: string(e.charset), Filename: string(e.filename), Attachment: e.attachment,
		})
	case KindMessage:
		root := r.entry(e.body.start, e.body.end)
		if root.kind == KindMultipart {
			w.walk(root)
			return
		}
		w.path = append(w.path, 1)
		w.walk(root)
		w.path = w.path[:len(w.path)-1]
	case KindMultipart:
		cursor := e.body.start
		for n := uint32(1); uint64(n) <= e.children && !r.bad && !w.ended; n++ {
			c := r.entry(cursor, e.body.end)
			w.path = append(w.path, n)
			w.walk(c)
			w.path = w.path[:len(w.path)-1]
			cursor = c.body.end
		}
	}
}
