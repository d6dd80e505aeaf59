// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"sync"

	"twiga/lib/base64lines"
)

// Sizes that decide what of a message is kept apart.
const (
	// MinBase64Blob is the least length of a base64 body, encoded, that is
	// kept as its decoded content.
	MinBase64Blob = 8 << 10
	// MinBlob is the least length of any other body kept as a blob.
	MinBlob = 64 << 10
	// MaxInlineRun is the greatest length of bytes between blobs that stay
	// inline.
	MaxInlineRun = 1 << 20
	// MaxInline is the greatest sum of all inline segments.
	MaxInline = 4 << 20
	// fewInline is the greatest inline segment once MaxInline is passed.
	fewInline = 2 << 10
)

// SegmentKind says how a segment is kept.
type SegmentKind uint8

// The kinds of segments.
const (
	Inline    SegmentKind = iota // its bytes, with the message
	Blob                         // its bytes, by their hash
	LinesBlob                    // its bytes decoded from base64 lines, by the decoded bytes' hash
)

// Segment is a stretch of a message and how to keep it.
type Segment struct {
	// Span is where it stands in the message. The segments of a recipe follow
	// each other without a gap.
	Span
	Kind SegmentKind
	// Layout is how the lines of a LinesBlob are written.
	Layout base64lines.Layout
	// Size and Hash (SHA-256) are those of a blob's content.
	Size int64
	Hash [sha256.Size]byte
}

// Content gives the bytes to be kept for the segment of the message data: what
// its Hash is of, decoded as they are read.
func (g *Segment) Content(data []byte) io.Reader {
	if g.Kind == LinesBlob {
		return g.Layout.NewReader(g.in(data))
	}
	return bytes.NewReader(g.in(data))
}

// Recipe plans how to keep the message: its header first, then by turns what
// stays inline and the blobs. Writing the segments one after the other, a
// LinesBlob encoded again in its layout, gives the message byte for byte: each
// LinesBlob was checked for it.
func (s *Structure) Recipe() []Segment {
	p := planner{data: s.data}
	p.inline(s.Parts[0].Body.Start)
	s.plan(&p, 0)
	p.inline(len(s.data))
	return p.limit(s.Parts[0].Body.Start)
}

// plan adds the leaves in the part numbered i.
func (s *Structure) plan(p *planner, i int) {
	part := &s.Parts[i]
	if part.Kind != KindLeaf {
		for c := part.First; c >= 0; c = s.Parts[c].Next {
			s.plan(p, c)
		}
		return
	}
	if part.Body.Len() < MinBase64Blob {
		return
	}
	body := part.Body
	if s.TransferEncoding(i) == Base64 {
		body.Start = p.lines(body)
	}
	if body.Len() >= MinBlob {
		p.inline(body.Start)
		p.add(Segment{Span: body, Kind: Blob})
	}
}

// planner collects segments from the message's start to its end.
type planner struct {
	data     []byte
	pos      int // where the next segment starts
	segments []Segment
}

func (p *planner) add(g Segment) {
	if g.Kind == Blob {
		g.Size, g.Hash = int64(g.Len()), sha256.Sum256(g.in(p.data))
	}
	p.segments = append(p.segments, g)
	p.pos = g.End
}

// inline ends the inline bytes that lead up to pos.
func (p *planner) inline(pos int) {
	for p.pos < pos {
		g := Segment{Span: Span{p.pos, pos}}
		if g.Len() > MaxInlineRun {
			g.Kind = Blob
		}
		p.add(g)
	}
}

// lines makes a LinesBlob of the beginning of body, but for empty lines, if
// that is long enough, and gives where the rest starts.
func (p *planner) lines(body Span) (rest int) {
	g := Segment{Span: body, Kind: LinesBlob}
	for g.Start < g.End && (p.data[g.Start] == '\r' || p.data[g.Start] == '\n') {
		g.Start++
	}
	layout, ok := base64lines.Detect(g.in(p.data))
	if !ok {
		return body.Start
	}
	g.Layout = layout
	hash := sha256.New()
	text := texts.Get().(*[]byte)
	defer texts.Put(text)
	check := comparer{layout: layout, want: g.in(p.data), text: text}
	n, size, err := layout.Decode(g.in(p.data), func(b []byte) error {
		hash.Write(b)
		return check.compare(b)
	})
	if err != nil || n < MinBase64Blob || int64(check.n) != n {
		return body.Start
	}
	g.End, g.Size = g.Start+int(n), size
	hash.Sum(g.Hash[:0])
	p.inline(g.Start)
	p.add(g)
	return g.End
}

var errDiffers = errors.New("compare base64 lines: they differ when encoded again")

// comparer encodes the pieces of a text again and looks whether they are what
// is wanted.
type comparer struct {
	layout base64lines.Layout
	want   []byte
	n      int     // bytes of want that came again
	text   *[]byte // scratch
}

var texts = sync.Pool{New: func() any { return new([]byte) }} // holds no state but memory

// compare takes the next piece: full lines, but for the last one.
func (c *comparer) compare(piece []byte) error {
	text := (*c.text)[:0]
	if c.n > 0 {
		text = append(text, c.layout.EOL()...)
	}
	text = c.layout.Append(text, piece)
	if *c.text = text; !bytes.HasPrefix(c.want[c.n:], text) {
		return errDiffers
	}
	c.n += len(text)
	return nil
}

// limit gives the segments, with more of them blobs if too much were inline.
// The header, up to the offset header, stays inline while it is not large.
func (p *planner) limit(header int) []Segment {
	total := 0
	for i := range p.segments {
		if p.segments[i].Kind == Inline {
			total += p.segments[i].Len()
		}
	}
	if total <= MaxInline {
		return p.segments
	}
	total = 0
	for i := range p.segments {
		g := &p.segments[i]
		if g.Kind == Inline && g.Len() > fewInline && g.End > header {
			g.Kind, g.Size, g.Hash = Blob, int64(g.Len()), sha256.Sum256(g.in(p.data))
		}
		if g.Kind == Inline {
			total += g.Len()
		}
	}
	if total > MaxInline { // an absurd number of blobs; one will do
		p.segments, p.pos = p.segments[:0], 0
		p.inline(header)
		p.add(Segment{Span: Span{p.pos, len(p.data)}, Kind: Blob})
	}
	return p.segments
}

// AppendContent appends the segment's bytes of the message again, given the
// content kept for it, which is whole.
func (g *Segment) AppendContent(dst, content []byte) []byte {
	if g.Kind == LinesBlob {
		return g.Layout.Append(dst, content)
	}
	return append(dst, content...)
}
