// SPDX-License-Identifier: AGPL-3.0-or-later

package charset

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

const (
	escape   = 0x1b
	shiftOff = 0x0f // SI: back to ASCII
	shiftOn  = 0x0e // SO: two bytes a character from here
)

// shiftOut decodes ISO-2022-KR (RFC 1557) and the GB2312 half of ISO-2022-CN
// (RFC 1922): between SO and SI the bytes are those of eight, the corresponding
// eight-bit set, without their high bit.
func shiftOut(eight encoding.Encoding) transform.Transformer {
	return transform.Chain(&unshift{}, eight.NewDecoder())
}

// unshift rewrites the seven-bit form to the eight-bit one.
type unshift struct{ on bool }

// Reset implements transform.Transformer.
func (u *unshift) Reset() { u.on = false }

// Transform implements transform.Transformer.
func (u *unshift) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		c := src[nSrc]
		switch c {
		case shiftOn, shiftOff:
			u.on = c == shiftOn
			nSrc++
			continue
		case escape: // ESC $ ) C names the set, once a line or text
			if len(src)-nSrc < 4 && !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			if len(src)-nSrc >= 4 && src[nSrc+1] == '$' && (src[nSrc+2] == ')' || src[nSrc+2] == '*') {
				nSrc += 4
				continue
			}
		case '\n':
			u.on = false // every line starts in ASCII
		}
		if nDst == len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		if u.on && c > ' ' && c < 0x7f {
			c |= 0x80
		}
		dst[nDst] = c
		nDst, nSrc = nDst+1, nSrc+1
	}
	return nDst, nSrc, nil
}
