// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import "bytes"

// open is a multipart whose parts are being read.
type open struct {
	part     int
	last     int // its last child so far, -1 before the first
	depth    int
	boundary []byte
}

// Reset takes the message data apart, forgetting the one before. It passes
// over the bytes once.
//
// Lines end in LF, with or without CR before. Only where a message has no LF
// at all does CR end lines.
func (s *Structure) Reset(data []byte) {
	s.data, s.eol = data, lineEnd(data)
	s.Parts, s.stack = s.Parts[:0], s.stack[:0]
	s.count = lineCounter{data: data, eol: s.eol}
	root := s.add(-1, 0, false)
	s.read(root)
	s.closeTo(-1, len(data))
	s.finish(root, len(data))
}

// lineEnd gives the byte that ends the lines of data.
func lineEnd(data []byte) byte {
	i := bytes.IndexByte(data, '\r')
	if i >= 0 && i+1 < len(data) && data[i+1] != '\n' && bytes.IndexByte(data, '\n') < 0 {
		return '\r'
	}
	return '\n'
}

// read walks over the message, from header to delimiter to header.
func (s *Structure) read(i int) {
	pos, depth := 0, 0
	for {
		for i >= 0 {
			i, pos = s.begin(i, pos, depth)
			depth++
		}
		line, level, closing := s.nextDelimiter(pos)
		if level < 0 {
			return
		}
		s.closeTo(level, s.beforeEOL(line))
		pos = s.lineAfter(line)
		if closing || len(s.Parts) >= MaxParts {
			// What follows is epilogue, until a delimiter further out.
			s.stack = s.stack[:level]
			continue
		}
		i, depth = s.child(level, pos), s.stack[level].depth+1
	}
}

// add appends a part whose header starts at pos.
func (s *Structure) add(parent, pos int, digest bool) int {
	s.Parts = append(s.Parts, Part{
		Header: Span{pos, pos}, Body: Span{pos, -1}, Parent: parent, First: -1, Next: -1, digest: digest,
	})
	return len(s.Parts) - 1
}

// child adds the next part of the multipart at level of the stack.
func (s *Structure) child(level, pos int) int {
	top := &s.stack[level]
	i := s.add(top.part, pos, s.Is(top.part, "multipart", "digest"))
	if top.last < 0 {
		s.Parts[top.part].First = i
	} else {
		s.Parts[top.last].Next = i
	}
	top.last = i
	return i
}

// begin reads the header of the part numbered i, which starts at pos. If the
// body is a message, it gives the number of that one's root, to be read next;
// otherwise it gives -1 and where to look for the next delimiter.
func (s *Structure) begin(i, pos, depth int) (next, body int) {
	body = s.readHeader(i, pos)
	p := &s.Parts[i]
	p.Header, p.Body.Start = Span{pos, body}, body
	p.Lines = s.count.at(body) // finish makes the number of it
	typ, sub := s.mediaType(p)
	room := depth < MaxDepth && len(s.Parts) < MaxParts
	switch {
	case equalFold(typ, "multipart"):
		if !room {
			p.opaque = true
			break
		}
		p.Kind = KindMultipart
		// Without a boundary there is nothing to look for: see whole.
		if b := s.boundary(p); len(b) > 0 {
			s.stack = append(s.stack, open{part: i, last: -1, depth: depth, boundary: b})
		}
	case equalFold(typ, "message") && (equalFold(sub, "rfc822") || equalFold(sub, "global")):
		// RFC 2046 5.2.1 forbids an encoding that hides the message.
		if enc := s.encoding(p); !room || equalFold(enc, "base64") || equalFold(enc, "quoted-printable") {
			p.opaque = true
			break
		}
		p.Kind = KindMessage
		root := s.add(i, body, false)
		s.Parts[i].First = root
		return root, body
	}
	return -1, body
}

// closeTo ends all that a delimiter of the multipart at level ends: the
// multiparts inside of it and its last part. The delimiter starts, with its
// line end, at end.
func (s *Structure) closeTo(level, end int) {
	for len(s.stack) > level+1 {
		top := s.stack[len(s.stack)-1]
		end = s.finish(top.last, end)
		end = s.finish(top.part, end)
		s.stack = s.stack[:len(s.stack)-1]
	}
	if level >= 0 {
		s.finish(s.stack[level].last, end)
	}
}

// finish ends the part numbered i, and the messages in it, at end, or where
// the innermost body starts if the delimiter follows its header at once. It
// gives that end.
func (s *Structure) finish(i, end int) int {
	if i < 0 || s.Parts[i].Body.End >= 0 {
		return end
	}
	last := i
	for c := i; c >= 0; c = s.Parts[c].First {
		if s.Parts[c].Body.End >= 0 {
			end = max(end, s.Parts[c].Body.End)
			break
		}
		end = max(end, s.Parts[c].Body.Start)
		last = c
		if s.Parts[c].Kind != KindMessage {
			break
		}
	}
	for c := i; ; c = s.Parts[c].First {
		p := &s.Parts[c]
		p.Body.End = end
		p.Lines = s.count.at(end) - p.Lines
		if c == last {
			break
		}
	}
	if p := &s.Parts[last]; p.Kind == KindMultipart && p.First < 0 {
		s.whole(last)
	}
	return end
}

// whole gives a multipart in which no part was found one that is all its body,
// so that a reader sees what is there.
func (s *Structure) whole(i int) {
	c := s.add(i, s.Parts[i].Body.Start, false)
	s.Parts[c].Body, s.Parts[c].Lines = s.Parts[i].Body, s.Parts[i].Lines
	s.Parts[i].First = c
}

// nextDelimiter finds the first line from pos on, itself the start of a line,
// that is a delimiter of an open multipart. It gives -1 for level at the end.
func (s *Structure) nextDelimiter(pos int) (line, level int, closing bool) {
	if len(s.stack) == 0 {
		return 0, -1, false
	}
	dashes := [3]byte{s.eol, '-', '-'}
	data := s.data
	if len(data)-pos >= 2 && data[pos] == '-' && data[pos+1] == '-' {
		if level, closing = s.delimiter(pos); level >= 0 {
			return pos, level, closing
		}
	}
	for {
		i := bytes.Index(data[pos:], dashes[:])
		if i < 0 {
			return 0, -1, false
		}
		pos += i + 1
		if level, closing = s.delimiter(pos); level >= 0 {
			return pos, level, closing
		}
	}
}

// delimiter gives the open multipart that the line at pos, which starts with
// two dashes, delimits (RFC 2046 5.1.1): the innermost one whose boundary is
// the line's rest, but for white space. A mere beginning does not count, since
// the boundary of one multipart may be the beginning of another's.
func (s *Structure) delimiter(pos int) (level int, closing bool) {
	rest := s.data[pos+2:]
	for level = len(s.stack) - 1; level >= 0; level-- {
		b := s.stack[level].boundary
		if len(rest) < len(b) || string(rest[:len(b)]) != string(b) {
			continue
		}
		if level+1 < len(s.stack) && string(s.stack[level+1].boundary) == string(b) {
			continue // the line was compared with it
		}
		tail := rest[len(b):]
		if s.blankToEOL(tail) {
			return level, false
		}
		if len(tail) >= 2 && tail[0] == '-' && tail[1] == '-' && s.blankToEOL(tail[2:]) {
			return level, true
		}
	}
	return -1, false
}

// blankToEOL tells whether only white space comes before the end of the line.
func (s *Structure) blankToEOL(b []byte) bool {
	for _, c := range b {
		switch c {
		case s.eol:
			return true
		case ' ', '\t', '\r':
		default:
			return false
		}
	}
	return true
}

// beforeEOL gives where the line end before the line at pos starts; it belongs
// to the delimiter (RFC 2046 5.1.1).
func (s *Structure) beforeEOL(pos int) int {
	if pos > 0 && s.data[pos-1] == s.eol {
		pos--
		if s.eol == '\n' && pos > 0 && s.data[pos-1] == '\r' {
			pos--
		}
	}
	return pos
}

// lineAfter gives the start of the line after the one at pos.
func (s *Structure) lineAfter(pos int) int {
	if i := bytes.IndexByte(s.data[pos:], s.eol); i >= 0 {
		return pos + i + 1
	}
	return len(s.data)
}

// lineCounter counts line ends up to growing positions, each byte once but for
// small steps back.
type lineCounter struct {
	data []byte
	eol  byte
	pos  int
	n    int
}

func (c *lineCounter) at(pos int) int {
	eol := [1]byte{c.eol}
	if pos >= c.pos {
		c.n += bytes.Count(c.data[c.pos:pos], eol[:])
	} else {
		c.n -= bytes.Count(c.data[pos:c.pos], eol[:])
	}
	c.pos = pos
	return c.n
}
