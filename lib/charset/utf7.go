// SPDX-License-Identifier: AGPL-3.0-or-later

package charset

import (
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// utf7 decodes UTF-7 (RFC 2152). Bytes that it does not allow stand for
// themselves when they are ASCII and become U+FFFD when not.
type utf7 struct {
	shifted bool
	fresh   bool   // nothing but the '+' was read since the shift
	bits    uint32 // bits not yet a code unit
	count   uint   // how many
	high    rune   // a high surrogate that waits for its other half
}

// Reset implements transform.Transformer.
func (u *utf7) Reset() { *u = utf7{} }

// Transform implements transform.Transformer.
func (u *utf7) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if len(dst)-nDst < 2*utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		c := src[nSrc]
		nSrc++
		switch v := sixBits(c); {
		case !u.shifted && c == '+':
			*u = utf7{shifted: true, fresh: true}
		case !u.shifted:
			nDst += putByte(dst[nDst:], c)
		case v >= 0:
			u.fresh = false
			nDst += u.add(dst[nDst:], uint32(v))
		default:
			if u.high != 0 {
				nDst += utf8.EncodeRune(dst[nDst:], utf8.RuneError)
			}
			switch {
			case c == '-' && u.fresh:
				nDst += putByte(dst[nDst:], '+')
			case c != '-':
				nDst += putByte(dst[nDst:], c)
			}
			*u = utf7{}
		}
	}
	return nDst, nSrc, nil
}

// add takes six bits of a shifted sequence and writes the character that they
// complete, if they do.
func (u *utf7) add(dst []byte, v uint32) int {
	u.bits, u.count = u.bits<<6|v, u.count+6
	if u.count < 16 {
		return 0
	}
	u.count -= 16
	unit := rune(u.bits >> u.count & 0xffff)
	u.bits &= 1<<u.count - 1
	high := u.high
	u.high = 0
	switch {
	case high != 0 && utf16.DecodeRune(high, unit) != utf8.RuneError:
		return utf8.EncodeRune(dst, utf16.DecodeRune(high, unit))
	case unit >= 0xd800 && unit < 0xdc00:
		u.high = unit
		if high == 0 {
			return 0
		}
		return utf8.EncodeRune(dst, utf8.RuneError)
	case high != 0:
		n := utf8.EncodeRune(dst, utf8.RuneError)
		return n + utf8.EncodeRune(dst[n:], unit)
	}
	return utf8.EncodeRune(dst, unit)
}

func putByte(dst []byte, c byte) int {
	if c < utf8.RuneSelf {
		dst[0] = c
		return 1
	}
	return utf8.EncodeRune(dst, utf8.RuneError)
}

// sixBits gives the value of a base64 byte, or -1.
func sixBits(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}
