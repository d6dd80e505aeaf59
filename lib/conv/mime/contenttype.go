// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"strings"

	"twiga/lib/charset"
)

// token reads a token of RFC 2045 5.1 at pos and gives its end.
func token(v []byte, pos int) int {
	for pos < len(v) && v[pos] > ' ' && v[pos] < 0x7f && strings.IndexByte("()<>@,;:\\\"/[]?=", v[pos]) < 0 {
		pos++
	}
	return pos
}

// skipSpace steps over white space and comments (RFC 5322 3.2.2).
func skipSpace(v []byte, pos int) int {
	for pos < len(v) {
		switch {
		case isSpace(v[pos]):
			pos++
		case v[pos] == '(':
			pos = skipComment(v, pos)
		default:
			return pos
		}
	}
	return pos
}

// skipComment gives the end of the comment that starts at pos; one without an
// end goes to the end of v.
func skipComment(v []byte, pos int) int {
	depth := 0
	for ; pos < len(v); pos++ {
		switch v[pos] {
		case '\\':
			pos++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return pos + 1
			}
		}
	}
	return len(v)
}

// splitType reads type/subtype and gives where the parameters start. sub is
// zero if v does not start with such.
func splitType(v []byte) (typ, sub Span, rest int) {
	pos := skipSpace(v, 0)
	end := token(v, pos)
	slash := skipSpace(v, end)
	if end == pos || slash == len(v) || v[slash] != '/' {
		return Span{}, Span{}, end
	}
	typ = Span{pos, end}
	pos = skipSpace(v, slash+1)
	end = token(v, pos)
	if end == pos {
		return typ, Span{}, end
	}
	return typ, Span{pos, end}, end
}

// firstToken gives the token at the start of v, without comments.
func firstToken(v []byte) []byte {
	pos := skipSpace(v, 0)
	return v[pos:token(v, pos)]
}

// lowerToken is a short token as a string in lower case.
func lowerToken(b []byte) string {
	switch string(b) { // spares the usual ones their allocation
	case "7bit", "8bit", "base64", "quoted-printable", "binary", "attachment", "inline":
		return string(b)
	}
	return strings.ToLower(string(b))
}

// scanParam reads the next parameter of v from pos on. It gives -1 for next
// when there are none left. Quotes are removed from the value, which is a part
// of v unless a backslash or line end had to be taken out of it.
func scanParam(v []byte, pos int) (p charset.Param, next int) {
	for {
		for pos < len(v) && (v[pos] == ';' || isSpace(v[pos]) || v[pos] == '(') {
			if v[pos] == '(' {
				pos = skipComment(v, pos)
			} else {
				pos++
			}
		}
		if pos == len(v) {
			return p, -1
		}
		start := pos
		for pos < len(v) && v[pos] != '=' && v[pos] != ';' && v[pos] != '(' && !isSpace(v[pos]) {
			pos++
		}
		p.Name = v[start:pos]
		pos = skipSpace(v, pos)
		if pos < len(v) && v[pos] == '=' && len(p.Name) > 0 {
			p.Value, pos = scanValue(v, skipSpace(v, pos+1))
			return p, pos
		}
		if pos == start {
			pos++ // an '=' without a name
		}
	}
}

func scanValue(v []byte, pos int) (value []byte, next int) {
	if pos < len(v) && v[pos] == '"' {
		return scanQuoted(v, pos)
	}
	start := pos
	for pos < len(v) && v[pos] != ';' {
		if v[pos] == '(' && (pos == start || isSpace(v[pos-1])) {
			break // RFC 2045 5.1 has such a comment as its example
		}
		pos++
	}
	return unfold(bytes.TrimRight(v[start:pos], " \t\r\n")), pos
}

// scanQuoted reads the quoted string at pos. One that is not closed ends with
// its line.
func scanQuoted(v []byte, pos int) (value []byte, next int) {
	start := pos + 1
	escaped, eol := false, -1
	for pos = start; pos < len(v) && v[pos] != '"'; pos++ {
		switch v[pos] {
		case '\\':
			escaped = true
			pos++
		case '\n':
			if eol < 0 {
				eol = pos
			}
		}
	}
	switch {
	case pos >= len(v) && eol >= 0:
		pos, next = eol, eol
	case pos >= len(v):
		pos, next = len(v), len(v)
	default:
		next = pos + 1
	}
	value = v[start:pos]
	if escaped {
		value = unescape(value)
	}
	return unfold(value), next
}

func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
		}
		out = append(out, b[i])
	}
	return out
}

// unfold takes line ends out.
func unfold(b []byte) []byte {
	if bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c != '\r' && c != '\n' {
			out = append(out, c)
		}
	}
	return out
}

// params gives the parameters of a field value from pos on.
func params(v []byte, pos int) []charset.Param {
	var list []charset.Param
	for len(list) < MaxParams {
		p, next := scanParam(v, pos)
		if next < 0 {
			break
		}
		list, pos = append(list, p), next
	}
	return list
}

// boundary gives what delimits the parts of a multipart, nil if nothing does.
func (s *Structure) boundary(p *Part) []byte {
	v := s.value(p, fieldType)
	_, _, start := splitType(v)
	pos := start
	for range MaxParams {
		q, next := scanParam(v, pos)
		if next < 0 {
			break
		}
		if equalFold(q.Name, "boundary") {
			return usableBoundary(q.Value)
		}
		pos = next
	}
	if bytes.IndexByte(v, '*') < 0 {
		return nil
	}
	b, _ := charset.FindParam(params(v, start), "boundary") // RFC 2231
	return usableBoundary([]byte(b))
}

// usableBoundary is a boundary as it delimits: it does not end in white space (RFC
// 2046 5.1.1).
func usableBoundary(b []byte) []byte {
	if b = bytes.TrimRight(b, " \t"); len(b) > maxBoundary {
		return nil
	}
	return b
}

// TypeParam gives the decoded value of a parameter of the Content-Type of the
// part numbered i, such as its charset or name.
func (s *Structure) TypeParam(i int, name string) (string, bool) {
	v := s.value(&s.Parts[i], fieldType)
	if v == nil {
		return "", false
	}
	_, _, pos := splitType(v)
	return charset.FindParam(params(v, pos), name)
}

// Charset gives the charset label of the part numbered i, "" if it has none.
func (s *Structure) Charset(i int) string {
	label, _ := s.TypeParam(i, "charset")
	return label
}

// Disposition gives the disposition of the part numbered i in lower case, ""
// if it has none (RFC 2183).
func (s *Structure) Disposition(i int) string {
	return lowerToken(firstToken(s.value(&s.Parts[i], fieldDisposition)))
}

// Filename gives the decoded name that the part numbered i suggests for a
// file, from its disposition or else its type; "" if there is none.
func (s *Structure) Filename(i int) string {
	if v := s.value(&s.Parts[i], fieldDisposition); v != nil {
		if name, ok := charset.FindParam(params(v, token(v, skipSpace(v, 0))), "filename"); ok && name != "" {
			return name
		}
	}
	name, _ := s.TypeParam(i, "name")
	return name
}
