// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"encoding/base64"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrModifiedUTF7 reports that a mailbox name is not the modified UTF-7 of
// RFC 3501 5.1.3 in its one permitted spelling.
var ErrModifiedUTF7 = errors.New("invalid modified UTF-7")

// mutf7 is the base64 variant of RFC 3501 5.1.3: "," for "/", no padding.
var mutf7 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").
	WithPadding(base64.NoPadding)

// AppendModifiedUTF7 appends name in modified UTF-7. Octets that are not valid
// UTF-8 become U+FFFD.
func AppendModifiedUTF7(dst []byte, name string) []byte {
	for i := 0; i < len(name); {
		switch c := name[i]; {
		case c == '&':
			dst = append(dst, '&', '-')
			i++
		case printable(c):
			dst = append(dst, c)
			i++
		default:
			end := i
			for end < len(name) && !printable(name[end]) {
				end++
			}
			dst = appendShifted(dst, name[i:end])
			i = end
		}
	}
	return dst
}

func printable(c byte) bool { return c >= 0x20 && c <= 0x7e }

func appendShifted(dst []byte, s string) []byte {
	units := make([]byte, 0, 2*len(s))
	for _, r := range s {
		if r1, r2 := utf16.EncodeRune(r); r1 != utf8.RuneError {
			units = append(units, byte(r1>>8), byte(r1), byte(r2>>8), byte(r2))
		} else {
			units = append(units, byte(r>>8), byte(r))
		}
	}
	dst = append(dst, '&')
	dst = mutf7.AppendEncode(dst, units)
	return append(dst, '-')
}

// DecodeModifiedUTF7 returns the UTF-8 name that b spells. It takes only what
// [AppendModifiedUTF7] writes, so that a mailbox has exactly one name on the
// wire (RFC 3501 5.1.3 forbids superfluous shifts for the same reason).
func DecodeModifiedUTF7(b []byte) (string, error) {
	if plain(b) {
		return string(b), nil
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		c := b[i]
		i++
		if !printable(c) {
			return "", ErrModifiedUTF7
		}
		if c != '&' {
			out = append(out, c)
			continue
		}
		end := i
		for end < len(b) && b[end] != '-' {
			end++
		}
		if end == len(b) {
			return "", ErrModifiedUTF7
		}
		var err error
		if out, err = appendUnshifted(out, b[i:end]); err != nil {
			return "", err
		}
		i = end + 1
	}
	name := string(out)
	if string(AppendModifiedUTF7(out[:0], name)) != string(b) {
		return "", ErrModifiedUTF7
	}
	return name, nil
}

func plain(b []byte) bool {
	for _, c := range b {
		if c == '&' || !printable(c) {
			return false
		}
	}
	return true
}

func appendUnshifted(dst, shifted []byte) ([]byte, error) {
	if len(shifted) == 0 {
		return append(dst, '&'), nil
	}
	units, err := mutf7.AppendDecode(nil, shifted)
	if err != nil || len(units)%2 != 0 {
		return nil, ErrModifiedUTF7
	}
	for i := 0; i < len(units); i += 2 {
		r := rune(units[i])<<8 | rune(units[i+1])
		if utf16.IsSurrogate(r) {
			if i+3 >= len(units) {
				return nil, ErrModifiedUTF7
			}
			r = utf16.DecodeRune(r, rune(units[i+2])<<8|rune(units[i+3]))
			if r == utf8.RuneError {
				return nil, ErrModifiedUTF7
			}
			i += 2
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst, nil
}
