// SPDX-License-Identifier: AGPL-3.0-or-later

package charset

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

const (
	maxWord = 75 // RFC 2047 2: an encoded word's length
	maxLine = 76 // RFC 2047 2: a line that has one
	hexUp   = "0123456789ABCDEF"
)

// AppendHeader appends text as the value of an unstructured header, or as a
// phrase when it needs encoding, folded; column is where in its line dst ends.
// Text that is not plain ASCII becomes encoded words in UTF-8. No control
// character gets through, so that no text can start a new header line.
func AppendHeader(dst []byte, text string, column int) []byte {
	text = OneLine(text)
	if !NeedsWords(text) {
		return appendFolded(dst, text, column)
	}
	return AppendWords(dst, text, column)
}

// AppendWords is AppendHeader with encoded words even where plain text would
// do: for a phrase that is to be folded.
func AppendWords(dst []byte, text string, column int) []byte {
	text = OneLine(text)
	const open, shut = "=?utf-8?", "?="
	quoted := useQ(text)
	for len(text) > 0 {
		room := min(maxWord, maxLine-column) - len(open) - 2 - len(shut)
		n := wordFit(text, quoted, room)
		if n == 0 && column > 1 {
			dst, column = append(dst, "\r\n "...), 1
			continue
		}
		n = max(n, firstRune(text))
		start := len(dst)
		dst = append(dst, open...)
		if quoted {
			dst = appendQWord(append(dst, "q?"...), text[:n])
		} else {
			dst = base64.StdEncoding.AppendEncode(append(dst, "b?"...), []byte(text[:n]))
		}
		dst = append(dst, shut...)
		column += len(dst) - start
		text = text[n:]
		if len(text) > 0 {
			dst, column = append(dst, "\r\n "...), 1
		}
	}
	return dst
}

// NeedsWords tells whether text must be sent as encoded words: it is not
// printable ASCII, or it could be taken for an encoded word.
func NeedsWords(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c >= 0x7f {
			return true
		}
	}
	return strings.Contains(text, "=?") || longWord(text)
}

// longWord tells whether text has a word, or white space, too long to fold.
func longWord(text string) bool {
	const limit = 400 // of each; RFC 5322 2.1.1 allows lines of 998
	run, blank := 0, false
	for i := range len(text) {
		if b := text[i] == ' ' || text[i] == '\t'; b != blank {
			run, blank = 0, b
		}
		if run++; run > limit {
			return true
		}
	}
	return false
}

// OneLine makes text fit for a header: valid UTF-8, and control characters,
// line breaks above all, turned to spaces.
func OneLine(text string) string {
	clean := utf8.ValidString(text)
	for i := 0; clean && i < len(text); i++ {
		clean = text[i] >= ' ' && text[i] != 0x7f
	}
	if clean {
		return text
	}
	if isASCII(text) { // as most text is: no need to look at characters
		line := []byte(text)
		for i, c := range line {
			if c < ' ' || c == 0x7f {
				line[i] = ' '
			}
		}
		return string(line)
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// appendFolded appends plain text, with a line break before a word that would
// not fit. A line of blanks alone never comes out.
func appendFolded(dst []byte, text string, column int) []byte {
	for len(text) > 0 {
		// One piece is a word with the white space before it.
		start := len(text) - len(strings.TrimLeft(text, " \t"))
		end := strings.IndexAny(text[start:], " \t")
		if end < 0 {
			end = len(text)
		} else {
			end += start
		}
		if start > 0 && start < end && column > 1 && column+end > 78 {
			dst, column = append(dst, "\r\n"...), 0
		}
		dst = append(dst, text[:end]...)
		column += end
		text = text[end:]
	}
	return dst
}

// useQ tells whether Q gives the shorter form.
func useQ(text string) bool {
	n := 0
	for i := range len(text) {
		n += qLen(text[i])
	}
	return n <= (len(text)+2)/3*4
}

// qSafe: what RFC 2047 5 (3) allows even in a phrase.
func qSafe(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '!' || c == '*' || c == '+' || c == '-' || c == '/'
}

func qLen(c byte) int {
	if qSafe(c) || c == ' ' {
		return 1
	}
	return 3
}

func appendQWord(dst []byte, text string) []byte {
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
			dst = append(dst, '_')
		case qSafe(c):
			dst = append(dst, c)
		default:
			dst = append(dst, '=', hexUp[c>>4], hexUp[c&15])
		}
	}
	return dst
}

// wordFit gives how many bytes of text, whole characters, fit into room bytes
// of encoded text.
func wordFit(text string, quoted bool, room int) int {
	n, used := 0, 0
	for i, r := range text {
		size := utf8.RuneLen(r)
		if quoted {
			for j := i; j < i+size; j++ {
				used += qLen(text[j])
			}
		} else {
			used = (i + size + 2) / 3 * 4
		}
		if used > room {
			break
		}
		n = i + size
	}
	return n
}

func firstRune(text string) int {
	_, n := utf8.DecodeRuneInString(text)
	return n
}
