// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import "bytes"

// headerField is one field of a header as ranges of the bytes it stands in.
type headerField struct {
	start int  // of the name
	name  int  // its end
	value Span // without white space and line end around it
	next  int  // where the next line starts
}

// scanField reads the field that starts at pos of data: its first line and the
// lines that continue it (RFC 5322 2.2.3). It gives false where no field
// starts: an empty line, the end, or a line without a field's name and colon.
func scanField(data []byte, pos int, eol byte) (f headerField, ok bool) {
	i := pos
	for i < len(data) && data[i] > ' ' && data[i] < 0x7f && data[i] != ':' {
		i++
	}
	f.start, f.name = pos, i
	for i < len(data) && (data[i] == ' ' || data[i] == '\t') {
		i++ // RFC 5322 4.5: obsolete, but allowed
	}
	if f.name == pos || i == len(data) || data[i] != ':' {
		return f, false
	}
	i++
	f.value.Start = i
	for {
		n := bytes.IndexByte(data[i:], eol)
		if n < 0 {
			f.next = len(data)
			break
		}
		i += n + 1
		if i == len(data) || data[i] != ' ' && data[i] != '\t' {
			f.next = i
			break
		}
	}
	f.value.End = f.next
	for f.value.End > f.value.Start && isSpace(data[f.value.End-1]) {
		f.value.End--
	}
	for f.value.Start < f.value.End && isSpace(data[f.value.Start]) {
		f.value.Start++
	}
	return f, true
}

// emptyLine gives the length of the empty line at pos, 0 if there is none.
func emptyLine(data []byte, pos int, eol byte) int {
	switch {
	case pos < len(data) && data[pos] == eol:
		return 1
	case eol == '\n' && pos+1 < len(data) && data[pos] == '\r' && data[pos+1] == '\n':
		return 2
	}
	return 0
}

// readHeader reads the header of the part numbered i from pos on and gives
// where its body starts. The header ends with an empty line, before a
// delimiter, or before a line that is no field: then the empty line was
// forgotten, unless the header goes on behind it.
func (s *Structure) readHeader(i, pos int) int {
	p, data := &s.Parts[i], s.data
	first, known := true, -1
	for pos < len(data) {
		if n := emptyLine(data, pos, s.eol); n > 0 {
			return pos + n
		}
		if s.delimits(pos) {
			return pos
		}
		f, ok := scanField(data, pos, s.eol)
		switch {
		case ok:
			s.note(p, f)
			pos = f.next
		case first && mailboxLine(data[pos:]):
			pos = s.lineAfter(pos)
		default:
			if known < pos {
				known = s.knownField(i, pos)
			}
			if known < pos {
				return pos
			}
			pos = s.lineAfter(pos)
		}
		first = false
	}
	return pos
}

// Bounds of a stretch of a header that is no fields: how many lines one has, and how
// far ahead is looked for a field.
const (
	maxStrayLines = 4
	maxStrayAhead = 64 << 10
)

// knownField finds behind the line at pos, which is no field, a field that headers have
// in the same header: then the line strayed into it, as a folded one does that lost
// its space. It gives -1 where there is none.
func (s *Structure) knownField(i, pos int) int {
	data := s.data[:min(len(s.data), pos+maxStrayAhead)]
	for stray := 0; pos < len(data) && emptyLine(data, pos, s.eol) == 0 && !s.delimits(pos); {
		f, ok := scanField(data, pos, s.eol)
		switch {
		case ok && isKnownField(data[f.start:f.name], i == 0):
			return pos
		case ok:
			stray, pos = 0, f.next
			continue
		}
		if stray++; stray > maxStrayLines {
			break
		}
		pos = s.lineAfter(pos)
	}
	return -1
}

// delimits says whether the line at pos is a delimiter of an open multipart.
func (s *Structure) delimits(pos int) bool {
	if len(s.stack) == 0 || !bytes.HasPrefix(s.data[pos:], []byte("--")) {
		return false
	}
	level, _ := s.delimiter(pos)
	return level >= 0
}

// knownFields are names of fields that nearly every message has.
var knownFields = []string{"from", "to", "cc", "date", "subject", "message-id", "received", "return-path", "reply-to", "sender", "references", "in-reply-to"}

// isKnownField says whether a name is one that headers have, that of a message or of a
// part of one.
func isKnownField(name []byte, message bool) bool {
	const content = "content-"
	return equalFold(name, "mime-version") || len(name) > len(content) && equalFold(name[:len(content)], content) ||
		message && wanted(name, knownFields)
}

// mailboxLine tells whether a message starts with the separator of an mbox
// file, which some programs leave before the header.
func mailboxLine(b []byte) bool {
	return bytes.HasPrefix(b, []byte("From ")) || bytes.HasPrefix(b, []byte(">From "))
}

// contentFields are the names of the fields that describe a part, behind
// "Content-".
var contentFields = [numFields]string{
	fieldType: "type", fieldEncoding: "transfer-encoding", fieldID: "id", fieldDescription: "description",
	fieldDisposition: "disposition", fieldLanguage: "language", fieldLocation: "location", fieldMD5: "md5",
}

// note keeps a field that describes the part; of several, the first.
func (s *Structure) note(p *Part, f headerField) {
	const prefix = len("content-")
	name := s.data[f.start:f.name]
	if len(name) <= prefix || name[0]|0x20 != 'c' || !equalFold(name[:prefix], "content-") {
		return
	}
	for i, want := range contentFields {
		if !equalFold(name[prefix:], want) {
			continue
		}
		if p.fields[i].End > 0 {
			return
		}
		p.fields[i] = f.value
		if field(i) == fieldType {
			v := f.value.in(s.data)
			if typ, sub, _ := splitType(v); sub.End > 0 {
				p.typ = Span{f.value.Start + typ.Start, f.value.Start + typ.End}
				p.sub = Span{f.value.Start + sub.Start, f.value.Start + sub.End}
			}
		}
		return
	}
}

// eachField calls yield with every field of header until it gives false, and
// gives where the last one ends. Lines that are no fields are passed over.
func eachField(header []byte, yield func(name, value []byte, f headerField) bool) int {
	eol := lineEnd(header)
	pos := 0
	for pos < len(header) && emptyLine(header, pos, eol) == 0 {
		f, ok := scanField(header, pos, eol)
		if !ok {
			i := bytes.IndexByte(header[pos:], eol)
			if i < 0 {
				return len(header)
			}
			pos += i + 1
			continue
		}
		if !yield(header[f.start:f.name], f.value.in(header), f) {
			return pos
		}
		pos = f.next
	}
	return pos
}

// AppendHeaderFields appends the fields of header whose names are among names
// (not among them, with not), byte for byte in their order, and the empty line
// that ends a header: what IMAP calls BODY[HEADER.FIELDS (…)] (RFC 9051 6.4.5).
func AppendHeaderFields(dst, header []byte, names []string, not bool) []byte {
	open := false // the last field lacks its line end
	end := eachField(header, func(name, _ []byte, f headerField) bool {
		if wanted(name, names) == not {
			return true
		}
		dst = append(dst, header[f.start:f.next]...)
		last := header[f.next-1]
		open = last != '\n' && last != '\r'
		return true
	})
	if open {
		dst = append(dst, "\r\n"...)
	}
	if n := emptyLine(header, end, lineEnd(header)); n > 0 {
		return append(dst, header[end:end+n]...)
	}
	return append(dst, "\r\n"...)
}

func wanted(name []byte, names []string) bool {
	for _, n := range names {
		if equalFold(name, n) {
			return true
		}
	}
	return false
}

// equalFold compares ASCII without regard to case.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		if lower(b[i]) != lower(s[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
