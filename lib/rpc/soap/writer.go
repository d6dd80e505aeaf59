// SPDX-License-Identifier: AGPL-3.0-or-later

package soap

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"
)

// appendOpen appends a start tag without attributes.
func appendOpen(dst []byte, name string) []byte {
	dst = append(dst, '<')
	dst = append(dst, name...)
	return append(dst, '>')
}

// appendClose appends an end tag.
func appendClose(dst []byte, name string) []byte {
	dst = append(dst, '<', '/')
	dst = append(dst, name...)
	return append(dst, '>')
}

// inCharRange says whether XML 1.0 2.2 has the character.
func inCharRange(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

// portable says whether text can stand in XML.
func portable[T string | []byte](text T) bool {
	for _, r := range string(text) {
		if r == utf8.RuneError || !inCharRange(r) {
			return false
		}
	}
	return true
}

// appendText appends text with its markup escaped. Line ends are escaped, too,
// since parsers would fold them (XML 1.0 2.11).
func appendText[T string | []byte](dst []byte, text T) []byte {
	for i := range len(text) {
		switch c := text[i]; c {
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '&':
			dst = append(dst, "&amp;"...)
		case '"':
			dst = append(dst, "&#34;"...)
		case '\t', '\n', '\r':
			dst = append(dst, '&', '#')
			dst = strconv.AppendUint(dst, uint64(c), 10)
			dst = append(dst, ';')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// attribute is one attribute of an element that is written.
type attribute struct{ name, value string }

// appendString appends an element that holds text of any bytes.
func appendString[T string | []byte](dst []byte, name string, text T, attrs ...attribute) []byte {
	dst = append(dst, '<')
	dst = append(dst, name...)
	for _, a := range attrs {
		dst = append(dst, ' ')
		dst = append(dst, a.name...)
		dst = append(dst, '=', '"')
		dst = appendText(dst, a.value)
		dst = append(dst, '"')
	}
	if portable(text) {
		dst = append(dst, '>')
		dst = appendText(dst, text)
	} else {
		dst = append(dst, ` enc="base64">`...)
		dst = base64.StdEncoding.AppendEncode(dst, []byte(text))
	}
	return appendClose(dst, name)
}
