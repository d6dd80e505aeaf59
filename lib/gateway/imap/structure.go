// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "strconv"

// appendBody appends the BODY of a message, made of its BODYSTRUCTURE: the
// same without the extension data (RFC 3501 7.4.2).
func appendBody(dst, structure []byte) []byte {
	r := structureReader{b: structure}
	return r.body(dst)
}

// structureReader walks over the text of a BODYSTRUCTURE. The store made it, so
// that a malformed one is but not to hang or crash on: the reader stops at its
// end.
type structureReader struct {
	b   []byte
	pos int
}

func (r *structureReader) peek() byte {
	if r.pos < len(r.b) {
		return r.b[r.pos]
	}
	return 0
}

// body copies one body.
func (r *structureReader) body(dst []byte) []byte {
	if r.peek() != '(' {
		return r.value(dst)
	}
	dst = append(dst, '(')
	r.pos++
	if r.peek() == '(' { // body-type-mpart: bodies and the subtype
		for r.peek() == '(' {
			dst = r.body(dst)
		}
		dst = r.spaced(dst)
	} else {
		dst = r.single(dst)
	}
	r.leave()
	return append(dst, ')')
}

// single copies body-type-1part behind its parenthesis: type, subtype, the
// five body-fields, then what message/rfc822 or text have more.
func (r *structureReader) single(dst []byte) []byte {
	dst = r.value(dst)
	for range 6 {
		dst = r.spaced(dst)
	}
	next := byte(0)
	if r.pos+1 < len(r.b) {
		next = r.b[r.pos+1]
	}
	switch {
	case next == '(':
		dst = r.spaced(dst) // envelope
		r.pos++
		dst = r.body(append(dst, ' '))
		dst = r.spaced(dst) // lines
	case next >= '0' && next <= '9':
		dst = r.spaced(dst) // lines
	}
	return dst
}

// spaced copies a space and a value.
func (r *structureReader) spaced(dst []byte) []byte {
	if r.peek() == ' ' {
		r.pos++
		dst = append(dst, ' ')
	}
	return r.value(dst)
}

// value copies an atom, number, string or list.
func (r *structureReader) value(dst []byte) []byte {
	start := min(r.pos, len(r.b))
	r.skip()
	return append(dst, r.b[start:r.pos]...)
}

func (r *structureReader) skip() {
	defer func() { r.pos = min(r.pos, len(r.b)) }()
	switch r.peek() {
	case '(':
		r.pos++
		r.leave()
	case '"':
		r.skipQuoted()
	case '{':
		r.skipLiteral()
	default:
		for c := r.peek(); c != 0 && c != ' ' && c != ')' && c != '('; c = r.peek() {
			r.pos++
		}
	}
}

// leave skips up to and with the parenthesis that closes the list.
func (r *structureReader) leave() {
	for depth := 1; r.pos < len(r.b); {
		switch r.b[r.pos] {
		case '(':
			depth++
			r.pos++
		case ')':
			r.pos++
			if depth--; depth == 0 {
				return
			}
		case '"', '{':
			r.skip()
		default:
			r.pos++
		}
	}
}

func (r *structureReader) skipQuoted() {
	for r.pos++; r.pos < len(r.b); r.pos++ {
		switch r.b[r.pos] {
		case '\\':
			r.pos++
		case '"':
			r.pos++
			return
		}
	}
	r.pos = len(r.b)
}

func (r *structureReader) skipLiteral() {
	start := r.pos + 1
	for r.pos < len(r.b) && r.b[r.pos] != '}' {
		r.pos++
	}
	n, err := strconv.Atoi(string(r.b[min(start, r.pos):r.pos]))
	if err != nil || n < 0 || n > len(r.b)-r.pos-3 {
		r.pos = len(r.b)
		return
	}
	r.pos += 3 + n // "}" CRLF and the text
}
