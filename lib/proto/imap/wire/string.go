// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import "math"

// Literal is the announcement of a literal (RFC 3501 4.3, RFC 7888).
type Literal struct {
	Size    int64
	NonSync bool // "{n+}": the octets come without a continuation request
	Binary  bool // "~{n}": literal8 of RFC 3516
}

// LiteralSource reads what follows a line that ends in a literal's
// announcement.
type LiteralSource interface {
	// ReadLiteral appends the octets of lit and then the rest of the command
	// up to its next line end, without that end, and returns the longer slice.
	ReadLiteral(cmd []byte, lit Literal) ([]byte, error)
}

// Unread returns the literal announced at the end of what was read, if any,
// whose octets nobody took: after a syntax error a non-synchronising one is
// already on its way.
func (x *Lexer) Unread() (Literal, bool) { return TrailingLiteral(x.cmd[x.line:]) }

// SetTaken tells that the octets of the literal at the end of what was read
// are not for the lexer to care for any more: see [Lexer.LiteralHeader].
func (x *Lexer) SetTaken() { x.line = len(x.cmd) }

// TrailingLiteral returns the literal that the end of line announces.
func TrailingLiteral(line []byte) (Literal, bool) {
	if len(line) < 3 || line[len(line)-1] != '}' {
		return Literal{}, false
	}
	i := len(line) - 2
	for i > 0 && (line[i] == '+' || line[i] >= '0' && line[i] <= '9') {
		i--
	}
	x := Lexer{cmd: line, pos: i}
	lit, err := x.LiteralHeader()
	return lit, err == nil
}

// AString consumes an atom (which may hold "]") or a string.
func (x *Lexer) AString() ([]byte, error) {
	if x.stringNext() {
		return x.String()
	}
	return x.word(atomChar|resChar, "astring")
}

// ListMailbox consumes a mailbox pattern: an atom that may hold wildcards, or
// a string.
func (x *Lexer) ListMailbox() ([]byte, error) {
	if x.stringNext() {
		return x.String()
	}
	return x.word(atomChar|resChar|listChar, "mailbox pattern")
}

func (x *Lexer) stringNext() bool { c := x.Peek(); return c == '"' || c == '{' }

// NString consumes a string, or NIL, for which it returns nil. The empty
// string is not nil.
func (x *Lexer) NString() ([]byte, error) {
	if x.TryWord("NIL") {
		return nil, nil
	}
	b, err := x.String()
	if b == nil && err == nil {
		b = []byte{}
	}
	return b, err
}

// NString8 is [Lexer.NString], for values that may be a literal8 with any octets
// (RFC 5464 5).
func (x *Lexer) NString8() ([]byte, error) {
	if x.Peek() != '~' {
		return x.NString()
	}
	b, err := x.literal()
	if b == nil && err == nil {
		b = []byte{}
	}
	return b, err
}

// String consumes a quoted string or a literal.
func (x *Lexer) String() ([]byte, error) {
	switch x.Peek() {
	case '"':
		return x.quoted()
	case '{':
		return x.literal()
	}
	return nil, x.fail("string")
}

// quoted consumes a quoted string and removes its escapes in place. Octets
// above 0x7f pass, beyond RFC 3501: clients send passwords so.
func (x *Lexer) quoted() ([]byte, error) {
	start := x.pos + 1
	w := start
	for r := start; r < len(x.cmd); r++ {
		c := x.cmd[r]
		if c == '\\' {
			r++
			if r == len(x.cmd) || (x.cmd[r] != '"' && x.cmd[r] != '\\') {
				x.pos = r
				return nil, x.fail(`'"' or '\' after '\'`)
			}
			x.cmd[w] = x.cmd[r]
			w++
			continue
		}
		if c == '"' {
			x.pos = r + 1
			return x.cmd[start:w:w], nil
		}
		if c == 0 || c == '\r' {
			x.pos = r
			return nil, x.fail("quoted text")
		}
		x.cmd[w] = c
		w++
	}
	x.pos = len(x.cmd)
	return nil, x.fail(`'"'`)
}

// literal consumes a literal, which it gets from the source.
func (x *Lexer) literal() ([]byte, error) {
	lit, err := x.LiteralHeader()
	if err != nil {
		return nil, err
	}
	if x.src == nil {
		return nil, x.fail("no literal")
	}
	start := len(x.cmd)
	cmd, err := x.src.ReadLiteral(x.cmd, lit)
	if err != nil {
		return nil, err
	}
	end := start + int(lit.Size)
	x.cmd, x.pos, x.line = cmd, end, end
	b := cmd[start:end:end]
	for i, c := range b {
		if c == 0 && !lit.Binary { // RFC 3501 9: CHAR8 is any octet but NUL
			x.pos = start + i
			return nil, x.fail("octet other than NUL")
		}
	}
	return b, nil
}

// LiteralHeader consumes the announcement of a literal at the end of the line
// and leaves its octets to the caller.
func (x *Lexer) LiteralHeader() (lit Literal, err error) {
	lit.Binary = x.Try('~')
	if err := x.Byte('{'); err != nil {
		return lit, err
	}
	start := x.pos
	v, end, ok := scanUint(x.cmd, start, math.MaxInt64)
	for x.pos = end; x.pos < len(x.cmd) && x.cmd[x.pos] >= '0' && x.cmd[x.pos] <= '9'; x.pos++ {
		v, ok = math.MaxInt64, true // a size beyond all limits is one, not the end of the literal
	}
	if !ok {
		x.pos = start
		return lit, x.fail("literal size")
	}
	lit.Size = int64(v)
	lit.NonSync = x.Try('+')
	if err := x.Byte('}'); err != nil {
		return lit, err
	}
	if x.pos != len(x.cmd) {
		return lit, x.fail("line end after literal size")
	}
	return lit, nil
}
