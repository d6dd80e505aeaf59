// SPDX-License-Identifier: AGPL-3.0-or-later

package base64lines

import "encoding/binary"

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// invalid marks a byte outside the alphabet in the decoding tables: it lies
// above the 24 bits that four valid bytes give.
const invalid = 1 << 24

// pairs gives two encoded bytes, the first one low, for twelve bits.
var pairs = func() (t [4096]uint16) {
	for i := range t {
		t[i] = uint16(alphabet[i>>6]) | uint16(alphabet[i&63])<<8
	}
	return t
}()

// sixes gives, for each of four places, the bits of an encoded byte.
var sixes = func() (t [4][256]uint32) {
	for place := range t {
		for c := range t[place] {
			t[place][c] = invalid
		}
		for v := range len(alphabet) {
			t[place][alphabet[v]] = uint32(v) << (18 - 6*place)
		}
	}
	return t
}()

// encodeFull encodes src, a multiple of 3 bytes, into dst of 4/3 its length.
func encodeFull(dst, src []byte) {
	// Six bytes become eight: one load, four look-ups, one store.
	for len(src) >= 8 && len(dst) >= 8 {
		v := binary.BigEndian.Uint64(src)
		w := uint64(pairs[v>>52]) | uint64(pairs[v>>40&0xfff])<<16 |
			uint64(pairs[v>>28&0xfff])<<32 | uint64(pairs[v>>16&0xfff])<<48
		binary.LittleEndian.PutUint64(dst, w)
		src, dst = src[6:], dst[8:]
	}
	for len(src) >= 3 && len(dst) >= 4 {
		v := uint32(src[0])<<16 | uint32(src[1])<<8 | uint32(src[2])
		binary.LittleEndian.PutUint32(dst, uint32(pairs[v>>12])|uint32(pairs[v&0xfff])<<16)
		src, dst = src[3:], dst[4:]
	}
}

// encodeLast encodes src of any length, padded, into dst.
func encodeLast(dst, src []byte) {
	whole := len(src) / 3 * 3
	encodeFull(dst[:whole/3*4], src[:whole])
	dst, src = dst[whole/3*4:], src[whole:]
	switch len(src) {
	case 1:
		p := pairs[uint32(src[0])<<4]
		dst[0], dst[1], dst[2], dst[3] = byte(p), byte(p>>8), '=', '='
	case 2:
		v := uint32(src[0])<<16 | uint32(src[1])<<8
		p, q := pairs[v>>12], pairs[v&0xfff]
		dst[0], dst[1], dst[2], dst[3] = byte(p), byte(p>>8), byte(q), '='
	}
}

// decodeFull decodes quanta of four bytes without padding and returns how many
// encoded bytes it took before the first quantum that is not such.
func decodeFull(dst, src []byte) int {
	n := 0
	// The store below writes a fourth byte, which the next one overwrites.
	for len(src)-n >= 4 && len(dst) >= 4 {
		s := src[n : n+4 : n+4]
		v := sixes[0][s[0]] | sixes[1][s[1]] | sixes[2][s[2]] | sixes[3][s[3]]
		if v >= invalid {
			return n
		}
		binary.BigEndian.PutUint32(dst, v<<8)
		dst = dst[3:]
		n += 4
	}
	for len(src)-n >= 4 && len(dst) >= 3 {
		s := src[n : n+4 : n+4]
		v := sixes[0][s[0]] | sixes[1][s[1]] | sixes[2][s[2]] | sixes[3][s[3]]
		if v >= invalid {
			return n
		}
		dst[0], dst[1], dst[2] = byte(v>>16), byte(v>>8), byte(v)
		dst = dst[3:]
		n += 4
	}
	return n
}

// decodePadded decodes one quantum that ends in one or two '='. It gives the
// number of decoded bytes, 0 if the quantum is not what encoding would give
// (RFC 4648 3.5: the unused bits must be zero).
func decodePadded(dst []byte, s []byte) int {
	if len(s) < 4 || s[3] != '=' {
		return 0
	}
	if s[2] == '=' {
		v := sixes[0][s[0]] | sixes[1][s[1]]
		if v >= invalid || v&0xffff != 0 {
			return 0
		}
		dst[0] = byte(v >> 16)
		return 1
	}
	v := sixes[0][s[0]] | sixes[1][s[1]] | sixes[2][s[2]]
	if v >= invalid || v&0xff != 0 {
		return 0
	}
	dst[0], dst[1] = byte(v>>16), byte(v>>8)
	return 2
}
