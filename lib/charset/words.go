// SPDX-License-Identifier: AGPL-3.0-or-later

package charset

import (
	"bytes"
	"strings"
)

// DecodeHeader gives the text of an unstructured header value, or of a phrase:
// unfolded, encoded words (RFC 2047) decoded, raw eight-bit bytes guessed. The
// result is valid UTF-8 on one line, without control characters.
//
// Encoded words are read generously: next to other text without a space, with
// spaces inside, with broken padding, with a character split over two words of
// one charset, without their end at the end of the value.
func DecodeHeader(src []byte) string {
	if plainHeader(src) {
		return string(src)
	}
	d := headerDecoder{}
	ends := true // there may be a word's end ahead: it is looked for in vain once only
	for len(src) > 0 {
		i := bytes.Index(src, []byte("=?"))
		if i < 0 {
			break
		}
		w, n := parseWord(src[i:], &ends)
		if n == 0 {
			d.text(src[:i+2])
			src = src[i+2:]
			continue
		}
		if len(d.run) == 0 || len(bytes.Trim(src[:i], " \t\r\n")) > 0 || !strings.EqualFold(d.label, w.charset) {
			// RFC 2047 6.2: space between two encoded words is not shown.
			if !d.afterWord || len(bytes.Trim(src[:i], " \t\r\n")) > 0 {
				d.text(src[:i])
			}
			d.flush()
			d.label = w.charset
		}
		d.run = w.appendBytes(d.run)
		d.afterWord = true
		src = src[i+n:]
	}
	d.text(src)
	d.flush()
	return cleanLine(d.out)
}

// headerDecoder joins the bytes of neighbouring words of one charset, so that
// a character may be split over them.
type headerDecoder struct {
	out       []byte
	run       []byte // decoded bytes that still wait for their charset
	label     string
	afterWord bool
}

func (d *headerDecoder) flush() {
	if len(d.run) > 0 {
		d.out = AppendUTF8(d.out, d.label, d.run)
		d.run = d.run[:0]
	}
}

func (d *headerDecoder) text(b []byte) {
	if len(b) == 0 {
		return
	}
	d.flush()
	d.afterWord = false
	label := ""
	if bytes.Contains(b, []byte("\x1b$B")) || bytes.Contains(b, []byte("\x1b$@")) {
		label = "iso-2022-jp" // unlabelled, but nothing else looks so
	}
	d.out = AppendUTF8(d.out, label, b)
}

// plainHeader tells whether the value is its own text.
func plainHeader(src []byte) bool {
	for i, c := range src {
		if c < ' ' || c >= 0x7f || c == '=' && i+1 < len(src) && src[i+1] == '?' {
			return false
		}
	}
	return true
}

// cleanLine unfolds (RFC 5322 2.2.3) and turns control characters to spaces: a
// line break before white space goes, any other becomes a space.
func cleanLine(b []byte) string {
	out := b[:0]
	for i, c := range b {
		switch {
		case c == '\r' || c == '\n':
			if j := i + 1; j < len(b) && (b[j] == ' ' || b[j] == '\t' || b[j] == '\n') || j == len(b) {
				continue
			}
			c = ' '
		case c < ' ' || c == 0x7f:
			c = ' '
		}
		out = append(out, c)
	}
	return string(out)
}

// word is an encoded word.
type word struct {
	charset string
	base64  bool
	text    []byte
}

// parseWord reads the encoded word at the start of src, which begins with
// "=?", and gives its length, 0 if there is none. It looks for the end of the
// word while ends says so, and sets that to false when there is none ahead.
func parseWord(src []byte, ends *bool) (w word, n int) {
	rest := src[2:]
	i := bytes.IndexByte(rest, '?')
	if i <= 0 || i > maxLabel || len(rest) < i+3 || rest[i+2] != '?' || bytes.ContainsAny(rest[:i], " \t\r\n=") {
		return w, 0
	}
	label := rest[:i]
	if j := bytes.IndexByte(label, '*'); j >= 0 { // RFC 2231 5: language
		label = label[:j]
	}
	w.charset = string(label)
	switch rest[i+1] {
	case 'B', 'b':
		w.base64 = true
	case 'Q', 'q':
	default:
		return w, 0
	}
	head := 2 + i + 3
	text := src[head:]
	if *ends {
		if end := bytes.Index(text, []byte("?=")); end >= 0 {
			w.text = text[:end]
			return w, head + end + 2
		}
		*ends = false
	}
	// No end: all that could still be of the word.
	end := bytes.IndexAny(text, " \t\r\n")
	if end < 0 {
		end = len(text)
	}
	w.text = bytes.TrimSuffix(text[:end], []byte("?"))
	return w, head + end
}

func (w word) appendBytes(dst []byte) []byte {
	if w.base64 {
		return appendBase64(dst, w.text)
	}
	return appendQ(dst, w.text)
}

// appendQ decodes the Q encoding (RFC 2047 4.2).
func appendQ(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '_':
			dst = append(dst, ' ')
		case c == '=' && i+2 < len(text) && hex(text[i+1]) >= 0 && hex(text[i+2]) >= 0:
			dst = append(dst, byte(hex(text[i+1])<<4|hex(text[i+2])))
			i += 2
		case c == '\r' || c == '\n':
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendBase64 decodes what can be: foreign bytes are skipped, padding ends a
// group, a group of two or three bytes needs no padding.
func appendBase64(dst, text []byte) []byte {
	bits, count := uint32(0), 0
	for _, c := range text {
		v := sixBits(c)
		if v < 0 {
			if c == '=' {
				bits, count = 0, 0
			}
			continue
		}
		bits, count = bits<<6|uint32(v), count+6
		if count >= 8 {
			count -= 8
			dst = append(dst, byte(bits>>count))
			bits &= 1<<count - 1
		}
	}
	return dst
}

func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
