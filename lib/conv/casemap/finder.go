// SPDX-License-Identifier: AGPL-3.0-or-later

package casemap

import (
	"bytes"
	"unicode/utf8"
)

// Finder finds one text in others. It keeps a buffer, so that it serves one
// goroutine at a time and allocates nothing once it is warm.
type Finder struct {
	key []byte
	buf []byte // keys of what is looked into
	cut []byte // the start of a character at the end of a piece
}

// NewFinder makes the finder of text.
func NewFinder(text string) *Finder { return &Finder{key: AppendKey(nil, text)} }

// Key is the key that is looked for.
func (f *Finder) Key() []byte { return f.key }

// InKey says whether the text is in the one with this key.
func (f *Finder) InKey(key []byte) bool { return bytes.Contains(key, f.key) }

// In says whether the text is in another.
func (f *Finder) In(text []byte) bool {
	f.buf = AppendKey(f.buf[:0], text)
	return bytes.Contains(f.buf, f.key)
}

// InString says whether the text is in another.
func (f *Finder) InString(text string) bool {
	f.buf = AppendKey(f.buf[:0], text)
	return bytes.Contains(f.buf, f.key)
}

// Start makes the finder ready for a text that comes in pieces.
func (f *Finder) Start() { f.buf, f.cut = f.buf[:0], f.cut[:0] }

// Piece looks into the next piece of the text, with what came before it, and
// says whether the text looked for is there.
func (f *Finder) Piece(text []byte) bool {
	if len(f.cut) > 0 {
		n := 0
		for ; n < len(text) && len(f.cut) < utf8.UTFMax && !utf8.FullRune(f.cut); n++ {
			f.cut = append(f.cut, text[n])
		}
		if text = text[n:]; !utf8.FullRune(f.cut) {
			return false
		}
		f.buf, f.cut = AppendKey(f.buf, f.cut), f.cut[:0]
	}
	whole := len(text)
	for i := 1; i < utf8.UTFMax && i <= whole; i++ {
		if tail := text[whole-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				f.cut = append(f.cut, tail...)
				text = text[:whole-i]
			}
			break
		}
	}
	f.buf = AppendKey(f.buf, text)
	if bytes.Contains(f.buf, f.key) {
		return true
	}
	if keep := len(f.key) - 1; len(f.buf) > keep {
		f.buf = f.buf[:copy(f.buf, f.buf[len(f.buf)-max(keep, 0):])]
	}
	return false
}
