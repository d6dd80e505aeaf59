// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import "strconv"

const (
	// maxQuoted is the longest string sent between quotes; a longer one becomes
	// a literal, which clients read without a limit.
	maxQuoted = 900
	// maxString is the longest string of all, so that no list of messages grows
	// by what one sender writes into one field; the header itself has the rest.
	maxString = 64 << 10
)

// appendNString appends v, a field value as it stands in a header, as an IMAP
// nstring (RFC 9051 9), NIL for nil.
func appendNString(dst, v []byte) []byte {
	if v == nil {
		return append(dst, "NIL"...)
	}
	return appendString(dst, v)
}

// appendString appends v as an IMAP string: quoted if it may be, else a
// literal. Line folding is undone, and what no string may hold goes: NUL
// vanishes, a bare CR or LF becomes a space.
func appendString(dst, v []byte) []byte {
	v = v[:cutAt(v, maxString)]
	base := len(dst)
	if len(v) <= maxQuoted {
		dst = append(dst, '"')
		for _, c := range v {
			if c < ' ' || c >= 0x7f {
				return appendCleaned(dst[:base], v)
			}
			if c == '"' || c == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, c)
		}
		return append(dst, '"')
	}
	return appendCleaned(dst, v)
}

// appendCleaned is appendString for what is long or has other than printable
// ASCII in it.
func appendCleaned(dst, v []byte) []byte {
	base := len(dst)
	quote := true
	for i := 0; i < len(v); i++ {
		c := v[i]
		switch {
		case c == 0:
			continue
		case c == '\r' || c == '\n':
			if i+1 < len(v) && isSpace(v[i+1]) {
				if v[i+1] == '\t' { // fold and tab together stand for a space
					dst = append(dst, ' ')
					i++
				}
				continue
			}
			c = ' '
		case c != '\t' && (c < ' ' || c >= 0x7f):
			quote = false
		}
		dst = append(dst, c)
	}
	n := len(dst) - base
	if quote && n <= maxQuoted {
		return appendString(dst[:base], append([]byte(nil), retab(dst[base:])...))
	}
	// The literal's head moves in before what it counts.
	var head [24]byte
	h := strconv.AppendInt(append(head[:0], '{'), int64(n), 10)
	h = append(h, '}', '\r', '\n')
	dst = append(dst, h...)
	copy(dst[base+len(h):], dst[base:base+n])
	copy(dst[base:], h)
	return dst
}

// retab turns tabs to spaces.
func retab(b []byte) []byte {
	for i, c := range b {
		if c == '\t' {
			b[i] = ' '
		}
	}
	return b
}
