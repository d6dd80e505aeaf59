// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

// Classes of octets, after the productions of RFC 3501 9.
const (
	atomChar   = 1 << iota // ATOM-CHAR
	resChar                // resp-specials, "]": with atomChar it makes ASTRING-CHAR
	listChar               // list-wildcards, "%" and "*"
	base64Char             // base64-char and its "=" padding
)

// class tells what an octet may be part of. It is computed once and constant.
var class = func() (t [256]uint8) {
	for c := 0x21; c < 0x7f; c++ {
		t[c] = atomChar
	}
	for _, c := range `(){%*"\]` {
		t[c] = 0
	}
	t[']'] = resChar
	t['%'], t['*'] = listChar, listChar
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=" {
		t[c] |= base64Char
	}
	return t
}()

// IsAtom reports whether s can stand as an atom.
func IsAtom(s string) bool {
	for i := range len(s) {
		if class[s[i]]&atomChar == 0 {
			return false
		}
	}
	return s != ""
}

// EqualFold reports whether b is s without regard to the case of ASCII
// letters.
func EqualFold[T ~string | ~[]byte](b T, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range len(b) {
		if Lower(b[i]) != Lower(s[i]) {
			return false
		}
	}
	return true
}

// Lower returns c, an ASCII letter as its small one.
func Lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Upper returns c, an ASCII letter as its capital.
func Upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

// scanUint reads the decimal number of b from octet n on. It is not ok if
// there is none or it exceeds limit.
func scanUint(b []byte, n int, limit uint64) (v uint64, end int, ok bool) {
	for end = n; end < len(b) && b[end] >= '0' && b[end] <= '9'; end++ {
		d := uint64(b[end] - '0')
		if v > (limit-d)/10 {
			return 0, end, false
		}
		v = v*10 + d
	}
	return v, end, end > n
}
