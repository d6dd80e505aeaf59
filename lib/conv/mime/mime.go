// SPDX-License-Identifier: AGPL-3.0-or-later

// Package mime reads messages of RFC 5322 and MIME (RFC 2045 to 2049) exactly
// as they are and writes messages that were born as properties.
//
// A message is a slice of bytes, perhaps the mapping of a large file: it is
// never copied and never modified, and whatever the package finds in it is a
// range of it. Any bytes are a message: there are no parse errors, only less
// to be found.
//
// From one Structure, made in one pass at delivery, come
//
//   - the strings ENVELOPE, BODY and BODYSTRUCTURE of IMAP, ready to be sent,
//   - the packed table Parts, with which a gateway finds the bytes of any
//     section without looking at the message,
//   - the recipe: how to keep the message as attachments, each once, and the
//     little around them, such that the same bytes come back,
//   - the MAPI properties of the message.
package mime

// Limits of what is understood of a message. Beyond them its bytes are kept
// and served like any, but stay one opaque part.
const (
	// MaxDepth is how deep multiparts and messages may nest.
	MaxDepth = 100
	// MaxParts is the greatest number of parts.
	MaxParts = 10_000
	// MaxParams is how many parameters of one field are read.
	MaxParams = 200
	// MaxAddresses is how many addresses of one field are read.
	MaxAddresses = 20_000
	// maxBoundary is the longest boundary looked for; RFC 2046 5.1.1 allows 70.
	maxBoundary = 1000
)

// Span is the range [Start, End) of a message's bytes.
type Span struct {
	Start, End int
}

// Len is the number of bytes of the range.
func (s Span) Len() int { return s.End - s.Start }

// in gives the bytes of the range.
func (s Span) in(data []byte) []byte { return data[s.Start:s.End:s.End] }

// Kind says what a part's body is.
type Kind uint8

// The kinds of parts.
const (
	// KindLeaf is a part with content of its own.
	KindLeaf Kind = iota
	// KindMultipart is a part that consists of parts, always at least one.
	KindMultipart
	// KindMessage is a part that is a message, whose root is its only child.
	KindMessage
)

// field numbers the header fields that describe a part.
type field uint8

const (
	fieldType field = iota
	fieldEncoding
	fieldID
	fieldDescription
	fieldDisposition
	fieldLanguage
	fieldLocation
	fieldMD5
	numFields
)

// Part is one entity of a message: the message itself, a body part, or the
// message inside of a message part.
type Part struct {
	// Header spans the fields with the empty line behind them, if there is one.
	Header Span
	// Body spans the content, in its transfer encoding.
	Body Span
	// Lines is the number of line ends in Body.
	Lines int
	// Kind says which of the following there are.
	Kind Kind
	// Parent, First and Next are indexes of Structure.Parts: the enclosing
	// part, the first child, the next sibling; -1 where there is none.
	Parent, First, Next int

	digest bool // stands in a multipart/digest, RFC 2046 5.1.5
	opaque bool // is called multipart or message, but was not taken apart
	fields [numFields]Span
	typ    Span
	sub    Span
}

// Structure is the part tree of one message. Its zero value is ready for
// Reset, which recycles its memory.
type Structure struct {
	// Parts holds the parts in the order of their headers; the first one is
	// the message itself.
	Parts []Part

	data  []byte
	stack []open
	eol   byte
	count lineCounter
}

// NewStructure takes the message data apart.
func NewStructure(data []byte) *Structure {
	s := new(Structure)
	s.Reset(data)
	return s
}

// Data is the message.
func (s *Structure) Data() []byte { return s.data }

// value gives the bytes of a part's field as they are, nil if it has none.
func (s *Structure) value(p *Part, f field) []byte {
	if p.fields[f].End == 0 {
		return nil
	}
	return p.fields[f].in(s.data)
}

// MediaType gives the media type of the part numbered i, as it is spelled
// there, or what holds for a part without one (RFC 2045 5.2).
func (s *Structure) MediaType(i int) (typ, sub []byte) {
	return s.mediaType(&s.Parts[i])
}

func (s *Structure) mediaType(p *Part) (typ, sub []byte) {
	switch {
	case p.opaque:
		return []byte("application"), []byte("octet-stream")
	case p.typ.End > 0:
		return p.typ.in(s.data), p.sub.in(s.data)
	case p.fields[fieldType].End > 0:
		// A type that cannot be read: text only if it says so.
		if v := s.value(p, fieldType); len(v) < 4 || !equalFold(v[:4], "text") {
			return []byte("application"), []byte("octet-stream")
		}
	case p.digest:
		return []byte("message"), []byte("rfc822")
	}
	return []byte("text"), []byte("plain")
}

// Is tells whether the part numbered i has the media type typ/sub, where an
// empty sub stands for any.
func (s *Structure) Is(i int, typ, sub string) bool {
	t, u := s.MediaType(i)
	return equalFold(t, typ) && (sub == "" || equalFold(u, sub))
}

// Encoding gives the transfer encoding of the part numbered i in lower case,
// "7bit" where none is named.
func (s *Structure) Encoding(i int) string {
	return lowerToken(s.encoding(&s.Parts[i]))
}

func (s *Structure) encoding(p *Part) []byte {
	if v := firstToken(s.value(p, fieldEncoding)); len(v) > 0 {
		return v
	}
	return []byte("7bit")
}
