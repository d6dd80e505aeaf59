// SPDX-License-Identifier: AGPL-3.0-or-later

package scram

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Prepare brings a password into the form that all clients make of it, RFC
// 4013: what is not seen goes, spaces of all kinds are one, and compatible
// characters are the same. What is not UTF-8, or has characters that the form
// forbids, stays as it is, since no two programs agree what becomes of it.
func Prepare(password string) string {
	if !utf8.ValidString(password) {
		return password
	}
	plain := true
	for i := range len(password) {
		plain = plain && password[i] < utf8.RuneSelf
	}
	if plain {
		return password
	}
	mapped := norm.NFKC.String(strings.Map(func(r rune) rune {
		switch {
		case unseen(r):
			return -1
		case r != ' ' && unicode.Is(unicode.Zs, r):
			return ' '
		}
		return r
	}, password))
	if mapped == "" || strings.ContainsFunc(mapped, forbidden) {
		return password
	}
	return mapped
}

// unseen are the characters that are mapped to nothing.
func unseen(r rune) bool {
	switch {
	case r == 0xad, r == 0x34f, r == 0x1806, r >= 0x180b && r <= 0x180d, r >= 0x200b && r <= 0x200d, r == 0x2060,
		r >= 0xfe00 && r <= 0xfe0f, r == 0xfeff:
		return true
	}
	return false
}

// forbidden are control characters, private ones and what stands for none.
func forbidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Cs, r) || r == utf8.RuneError || r >= 0xfff9 && r <= 0xfffd
}
