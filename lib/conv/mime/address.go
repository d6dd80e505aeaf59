// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import "bytes"

// AddressKind says what an Address stands for.
type AddressKind uint8

// The kinds of Address.
const (
	Mailbox    AddressKind = iota
	GroupStart             // Name is the group's
	GroupEnd
)

// Address is an element of an address list (RFC 5322 3.4) as it stands there:
// quotes and comments removed, encoded words kept.
type Address struct {
	Kind AddressKind
	// Name is the display name, or else the comment that stood in for it.
	Name []byte
	// Route is the obsolete source route, "@a,@b".
	Route []byte
	// Local and Host are the two sides of the "@". Either may be empty.
	Local, Host []byte
}

// EachAddress reads the address list v and calls yield with each element until
// it gives false. What an element holds is valid during the call only. Any
// bytes are read as far as they make sense.
func EachAddress(v []byte, yield func(Address) bool) {
	r := addressReader{v: v}
	for range MaxAddresses {
		a, ok := r.next()
		if !ok || !yield(a) {
			return
		}
	}
	if r.inGroup {
		yield(Address{Kind: GroupEnd})
	}
}

// addressReader reads one element after the other. The words of an element are
// collected in text, one space between two.
type addressReader struct {
	v       []byte
	pos     int
	inGroup bool
	ended   bool // a group's end is due

	text    []byte
	word    int // where the last word starts in text
	at      int // the last "@" outside of quotes in text, -1
	atWord  int // the start of the word that has it
	comment []byte
	route   []byte
	spec    []byte // what stood in angle brackets
	specAt  int
	angle   bool
	joined  bool // the next word belongs to the one before it
	space   bool // white space came before the next word
	quoted  bool // some word was quoted
}

// next gives the next element that is not empty.
func (r *addressReader) next() (Address, bool) {
	if r.ended {
		r.ended, r.inGroup = false, false
		return Address{Kind: GroupEnd}, true
	}
	for r.pos < len(r.v) {
		r.clear()
		stop := r.element()
		if stop == ':' {
			r.inGroup = true
			return Address{Kind: GroupStart, Name: r.text}, true
		}
		r.ended = stop == ';' && r.inGroup
		if a, ok := r.address(); ok {
			return a, true
		}
		if r.ended {
			return r.next()
		}
	}
	if r.inGroup {
		r.inGroup = false
		return Address{Kind: GroupEnd}, true
	}
	return Address{}, false
}

func (r *addressReader) clear() {
	*r = addressReader{
		v: r.v, pos: r.pos, inGroup: r.inGroup, at: -1, specAt: -1,
		text: r.text[:0], comment: r.comment[:0], route: r.route[:0], spec: r.spec[:0],
	}
}

// element reads up to the separator that ends an element, and gives it, or 0
// at the end.
func (r *addressReader) element() byte {
	for r.pos < len(r.v) {
		c := r.v[r.pos]
		switch {
		case isSpace(c) || c == 0:
			r.pos++
			r.space = true
		case c == '(':
			end := skipComment(r.v, r.pos)
			r.comment = appendComment(r.comment[:0], r.v[r.pos:end])
			r.pos, r.space = end, true
		case c == ',' || c == ';':
			r.pos++
			return c
		case c == ':' && !r.inGroup && r.at < 0 && !r.angle:
			r.pos++
			return c
		case c == '<':
			r.readAngle()
		case c == '"':
			r.beginWord()
			r.quoted = true
			r.text, r.pos = appendQuotedString(r.text, r.v, r.pos)
		case c == '@':
			if len(r.text) == 0 {
				r.beginWord()
			}
			r.at, r.atWord = len(r.text), r.word
			r.text = append(r.text, c)
			r.pos++
			r.joined, r.space = true, false
		case c == '[':
			r.beginWord()
			end := literalEnd(r.v, r.pos)
			r.text = append(r.text, r.v[r.pos:end]...)
			r.pos = end
		default:
			r.beginWord()
			start := r.pos
			for r.pos < len(r.v) && !isSpace(r.v[r.pos]) && !special(r.v[r.pos]) {
				r.pos++
			}
			if r.pos == start {
				r.pos++ // a special without meaning here stands for itself
			}
			r.text = append(r.text, r.v[start:r.pos]...)
		}
	}
	return 0
}

func special(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', ':', ';', '@', ',', '"', 0:
		return true
	}
	return false
}

// beginWord puts the space before a word, unless it continues the one before.
func (r *addressReader) beginWord() {
	if r.space && len(r.text) > 0 && !r.joined {
		r.text = append(r.text, ' ')
		r.word = len(r.text)
	}
	r.space, r.joined = false, false
}

// readAngle reads <route:local@host>.
func (r *addressReader) readAngle() {
	r.pos++
	r.angle = true
	r.spec, r.specAt = r.spec[:0], -1
	for r.pos < len(r.v) {
		c := r.v[r.pos]
		switch {
		case c == '>':
			r.pos++
			r.space = true
			return
		case c == '<' || isSpace(c) || c == 0:
			r.pos++
		case c == '(':
			r.pos = skipComment(r.v, r.pos)
		case c == '"':
			r.spec, r.pos = appendQuotedString(r.spec, r.v, r.pos)
		case c == '[':
			end := literalEnd(r.v, r.pos)
			r.spec = append(r.spec, r.v[r.pos:end]...)
			r.pos = end
		case c == ':' && len(r.spec) > 0 && r.spec[0] == '@' && len(r.route) == 0:
			r.route = append(r.route, r.spec...)
			r.spec, r.specAt = r.spec[:0], -1
			r.pos++
		case c == ',' || c == ';':
			if len(r.spec) == 0 || r.spec[0] != '@' || len(r.route) > 0 {
				return // the closing bracket is missing
			}
			fallthrough
		default:
			if c == '@' {
				r.specAt = len(r.spec)
			}
			r.spec = append(r.spec, c)
			r.pos++
		}
	}
}

// address makes an Address of what was read.
func (r *addressReader) address() (Address, bool) {
	a := Address{Name: r.text, Route: r.route}
	switch {
	case r.angle && r.specAt >= 0:
		a.Local, a.Host = r.spec[:r.specAt], r.spec[r.specAt+1:]
	case r.angle:
		a.Local = r.spec
		if len(a.Local) == 0 && len(a.Name) == 0 {
			return a, false
		}
	case r.at >= 0:
		end := len(r.text)
		if i := bytes.IndexByte(r.text[r.at:], ' '); i >= 0 {
			end = r.at + i
		}
		a.Local, a.Host = r.text[r.atWord:r.at], r.text[r.at+1:end]
		a.Name = bytes.TrimSpace(r.text[:r.atWord])
		if len(a.Name) == 0 {
			a.Name = bytes.TrimSpace(r.text[end:])
		}
	case len(r.text) == 0:
		return a, false
	case bytes.IndexByte(r.text, ' ') < 0 && !r.quoted:
		a.Local, a.Name = r.text, nil // a local user
	}
	if len(a.Name) == 0 {
		a.Name = r.comment
	}
	return a, true
}

// appendQuotedString appends the content of the quoted string at pos.
func appendQuotedString(dst, v []byte, pos int) ([]byte, int) {
	for pos++; pos < len(v); pos++ {
		switch c := v[pos]; c {
		case '"':
			return dst, pos + 1
		case '\\':
			if pos+1 < len(v) {
				pos++
				dst = append(dst, v[pos])
			}
		case '\r', '\n':
		default:
			dst = append(dst, c)
		}
	}
	return dst, pos
}

func appendComment(dst, comment []byte) []byte {
	comment = bytes.TrimPrefix(comment, []byte("("))
	comment = bytes.TrimSuffix(comment, []byte(")"))
	for i := 0; i < len(comment); i++ {
		if comment[i] == '\\' && i+1 < len(comment) {
			i++
		}
		dst = append(dst, comment[i])
	}
	return bytes.TrimSpace(dst)
}

// literalEnd gives the end of the domain literal at pos.
func literalEnd(v []byte, pos int) int {
	for i := pos; i < len(v); i++ {
		switch v[i] {
		case ']':
			return i + 1
		case ',', '>', '<', '\n':
			return max(i, pos+1)
		}
	}
	return len(v)
}
