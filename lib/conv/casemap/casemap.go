// SPDX-License-Identifier: AGPL-3.0-or-later

// Package casemap compares and finds text without regard to case, as the
// collation i;unicode-casemap has it (RFC 5051): what IMAP's SEARCH and SORT
// promise with I18NLEVEL=1 (RFC 5255 4.4).
//
// Text has a key: each character in title case, then decomposed as far as it
// goes. Two texts are equal if their keys are, are in the order of the octets of
// their keys, and one is in another if its key is in the other's. So "strasse"
// is not "Straße", but a letter with an accent is found however it was written.
package casemap

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// AppendKey appends the key of text, which is UTF-8. What is not becomes
// U+FFFD.
func AppendKey[T string | []byte](dst []byte, text T) []byte {
	for i := 0; i < len(text); {
		if n := asciiRun(text[i:]); n > 0 {
			dst = appendUpper(dst, text[i:i+n])
			i += n
			continue
		}
		r, size := decode(text[i:])
		if r < lowEnd {
			dst = append(dst, low[r-utf8.RuneSelf]...)
		} else {
			dst = appendRune(dst, r)
		}
		i += size
	}
	return dst
}

// asciiRun is how many characters of ASCII text starts with.
func asciiRun[T string | []byte](text T) int {
	n := 0
	for ; len(text)-n >= 8; n += 8 {
		t := text[n : n+8]
		if (t[0]|t[1]|t[2]|t[3]|t[4]|t[5]|t[6]|t[7])&0x80 != 0 {
			break
		}
	}
	for n < len(text) && text[n] < utf8.RuneSelf {
		n++
	}
	return n
}

// appendUpper appends ASCII in capitals, eight characters at a time.
func appendUpper[T string | []byte](dst []byte, text T) []byte {
	at := len(dst)
	dst = append(dst, text...)
	b := dst[at:]
	for ; len(b) >= 8; b = b[8:] {
		const ones = 0x0101010101010101
		w := binary.LittleEndian.Uint64(b)
		// The top bit of each octet that is at least 'a', and not above 'z'.
		small := (w + (0x80-'a')*ones) & ^(w + (0x7f-'z')*ones) & (0x80 * ones)
		binary.LittleEndian.PutUint64(b, w-small>>2)
	}
	for i, c := range b {
		b[i] = upper[c]
	}
	return dst
}

// decode is utf8.DecodeRune for both kinds of text.
func decode[T string | []byte](text T) (rune, int) {
	if len(text) >= 2 && text[0]&0xe0 == 0xc0 && text[0] >= 0xc2 && text[1]&0xc0 == 0x80 {
		return rune(text[0]&0x1f)<<6 | rune(text[1]&0x3f), 2
	}
	var b [utf8.UTFMax]byte
	n := copy(b[:], text[:min(len(text), utf8.UTFMax)])
	return utf8.DecodeRune(b[:n])
}

// Key is the key of text as a string.
func Key(text string) string {
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || upper[c] != c {
			return string(AppendKey(make([]byte, 0, len(text)+8), text))
		}
	}
	return text
}

// Equal compares two texts.
func Equal(a, b string) bool { return a == b || Key(a) == Key(b) }

// The syllables of Hangul, which decompose by arithmetic (Unicode 3.12).
const (
	hangulBase  = 0xac00
	hangulL     = 0x1100
	hangulV     = 0x1161
	hangulT     = 0x11a7
	hangulVowel = 21
	hangulTail  = 28
	hangulCount = 19 * hangulVowel * hangulTail
)

func appendRune(dst []byte, r rune) []byte {
	r = unicode.ToTitle(r)
	if s := r - hangulBase; s >= 0 && s < hangulCount {
		dst = utf8.AppendRune(dst, hangulL+s/(hangulVowel*hangulTail))
		dst = utf8.AppendRune(dst, hangulV+s/hangulTail%hangulVowel)
		if t := s % hangulTail; t != 0 {
			dst = utf8.AppendRune(dst, hangulT+t)
		}
		return dst
	}
	var b [utf8.UTFMax]byte
	n := utf8.EncodeRune(b[:], r)
	if d := norm.NFKD.Properties(b[:n]).Decomposition(); d != nil {
		return append(dst, d...)
	}
	return append(dst, b[:n]...)
}

// upper are the keys of ASCII.
var upper = func() (t [utf8.RuneSelf]byte) {
	for i := range t {
		t[i] = byte(i)
		if i >= 'a' && i <= 'z' {
			t[i] = byte(i) - 'a' + 'A'
		}
	}
	return t
}()

// lowEnd is behind the characters of the common alphabets of Europe.
const lowEnd = 0x600

// low are their keys.
var low = func() (t [lowEnd - utf8.RuneSelf]string) {
	for i := range t {
		t[i] = string(appendRune(nil, rune(i+utf8.RuneSelf)))
	}
	return t
}()
