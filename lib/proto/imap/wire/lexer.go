// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Limits of a command's shape. They bound memory and stack, not size; the
// reader of the command bounds that.
const (
	// MaxDepth is how deep parentheses and search keys may nest.
	MaxDepth = 200
	// MaxItems is how many list elements and search keys a command may have.
	// Ranges of a sequence set do not count.
	MaxItems = 20_000
)

// SyntaxError says what a lexer wanted and where, counted in octets from the
// start of the command.
type SyntaxError struct {
	Want string
	Pos  int
}

// Error returns text fit for a BAD response.
func (e *SyntaxError) Error() string { return fmt.Sprintf("expected %s at octet %d", e.Want, e.Pos) }

// ErrUTF8Name reports that a mailbox name is not valid UTF-8.
var ErrUTF8Name = errors.New("invalid UTF-8")

// ErrTooComplex reports a command beyond [MaxDepth] or [MaxItems].
var ErrTooComplex = errors.New("command has too many parts")

// Lexer takes tokens from one command. Every method either consumes what it
// names or returns an error and leaves the lexer of no further use but to
// [Lexer.Unread].
type Lexer struct {
	cmd   []byte
	pos   int
	line  int // start of the line that cmd ends with, behind its last literal
	depth int
	items int
	src   LiteralSource
	utf8  bool
}

// Reset starts on a command: its first line, without the line end.
func (x *Lexer) Reset(line []byte, src LiteralSource) { *x = Lexer{cmd: line, src: src, utf8: x.utf8} }

// SetUTF8 says for this command and those to come whether mailbox names are
// UTF-8 instead of modified UTF-7 (RFC 6855 3).
func (x *Lexer) SetUTF8(on bool) { x.utf8 = on }

// MailboxName is the UTF-8 of a mailbox name as the client spells it.
func (x *Lexer) MailboxName(b []byte) (string, error) {
	if !x.utf8 {
		return DecodeModifiedUTF7(b)
	}
	if !utf8.Valid(b) {
		return "", ErrUTF8Name
	}
	return string(b), nil
}

// UTF8 reports what SetUTF8 said.
func (x *Lexer) UTF8() bool { return x.utf8 }

// Bytes returns the command as read so far, for its buffer to be used again.
func (x *Lexer) Bytes() []byte { return x.cmd }

func (x *Lexer) fail(want string) error { return &SyntaxError{Want: want, Pos: x.pos} }

// Peek returns the next octet, or 0 at the end of the line.
func (x *Lexer) Peek() byte {
	if x.pos < len(x.cmd) {
		return x.cmd[x.pos]
	}
	return 0
}

// Try consumes c if it is next.
func (x *Lexer) Try(c byte) bool {
	if x.pos < len(x.cmd) && x.cmd[x.pos] == c {
		x.pos++
		return true
	}
	return false
}

// TryWord consumes word, in any case, if it is next and an atom does not go on
// behind it.
func (x *Lexer) TryWord(word string) bool {
	end := x.pos + len(word)
	if end > len(x.cmd) || !EqualFold(x.cmd[x.pos:end], word) {
		return false
	}
	if end < len(x.cmd) && class[x.cmd[end]]&atomChar != 0 {
		return false
	}
	x.pos = end
	return true
}

// Byte consumes c.
func (x *Lexer) Byte(c byte) error {
	if !x.Try(c) {
		return x.fail("'" + string(rune(c)) + "'")
	}
	return nil
}

// SP consumes the one space between arguments.
func (x *Lexer) SP() error {
	if !x.Try(' ') {
		return x.fail("space")
	}
	return nil
}

// End checks that the command is over. Blanks before its end are passed over:
// old clients leave them.
func (x *Lexer) End() error {
	for x.Try(' ') {
	}
	if x.pos != len(x.cmd) {
		return x.fail("end of command")
	}
	return nil
}

// AtEnd reports whether nothing is left of the command.
func (x *Lexer) AtEnd() bool { return x.pos == len(x.cmd) }

func (x *Lexer) span(mask uint8) []byte {
	start := x.pos
	for x.pos < len(x.cmd) && class[x.cmd[x.pos]]&mask != 0 {
		x.pos++
	}
	return x.cmd[start:x.pos:x.pos]
}

func (x *Lexer) word(mask uint8, want string) ([]byte, error) {
	if b := x.span(mask); len(b) > 0 {
		return b, nil
	}
	return nil, x.fail(want)
}

// Tag consumes a command's tag: ASTRING-CHAR except "+".
func (x *Lexer) Tag() ([]byte, error) {
	start := x.pos
	for x.pos < len(x.cmd) && class[x.cmd[x.pos]]&(atomChar|resChar) != 0 && x.cmd[x.pos] != '+' {
		x.pos++
	}
	if x.pos == start {
		return nil, x.fail("tag")
	}
	return x.cmd[start:x.pos:x.pos], nil
}

// Atom consumes an atom.
func (x *Lexer) Atom() ([]byte, error) { return x.word(atomChar, "atom") }

// Base64 consumes the characters of base64, or the "=" that stands for none
// (RFC 4959 3).
func (x *Lexer) Base64() ([]byte, error) { return x.word(base64Char, "base64") }

// Keyword consumes a word of the grammar: letters, digits, "." and "-".
func (x *Lexer) Keyword() ([]byte, error) {
	start := x.pos
	for x.pos < len(x.cmd) {
		c := Lower(x.cmd[x.pos])
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			break
		}
		x.pos++
	}
	if x.pos == start {
		return nil, x.fail("keyword")
	}
	return x.cmd[start:x.pos:x.pos], nil
}

// Flag consumes a flag: an atom, or "\" and an atom.
func (x *Lexer) Flag() ([]byte, error) {
	start := x.pos
	x.Try('\\')
	if len(x.span(atomChar)) == 0 {
		return nil, x.fail("flag")
	}
	return x.cmd[start:x.pos:x.pos], nil
}

// Item counts one more part of the command against [MaxItems].
func (x *Lexer) Item() error {
	if x.items++; x.items > MaxItems {
		return ErrTooComplex
	}
	return nil
}

// Enter goes one level deeper; [Lexer.Leave] comes back.
func (x *Lexer) Enter() error {
	if x.depth++; x.depth > MaxDepth {
		return ErrTooComplex
	}
	return nil
}

// Leave ends what [Lexer.Enter] began.
func (x *Lexer) Leave() { x.depth-- }

// List consumes a parenthesised list, calling elem at each of its elements.
// The list may be empty.
func (x *Lexer) List(elem func() error) error {
	if err := x.Byte('('); err != nil {
		return err
	}
	if err := x.Enter(); err != nil {
		return err
	}
	defer x.Leave()
	if x.Try(')') {
		return nil
	}
	for {
		if err := x.Item(); err != nil {
			return err
		}
		if err := elem(); err != nil {
			return err
		}
		if x.Try(')') {
			return nil
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
}
