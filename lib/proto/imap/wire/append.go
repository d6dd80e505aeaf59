// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// maxQuoted is the longest text sent as a quoted string; longer ones go as
// literals, which no client has to scan.
const maxQuoted = 1024

// AppendUint appends n in decimal.
func AppendUint(dst []byte, n uint64) []byte { return strconv.AppendUint(dst, n, 10) }

// AppendQuoted appends s as a quoted string. It is for text that is known to
// hold no CR, LF or NUL; for any other use [AppendString].
func AppendQuoted[T ~string | ~[]byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// AppendString appends s as a quoted string if it is short 7-bit text, else as
// a literal.
func AppendString[T ~string | ~[]byte](dst []byte, s T) []byte {
	if len(s) > maxQuoted {
		return AppendLiteral(dst, s)
	}
	for i := range len(s) {
		if c := s[i]; c == 0 || c == '\r' || c == '\n' || c >= 0x80 {
			return AppendLiteral(dst, s)
		}
	}
	return AppendQuoted(dst, s)
}

// AppendNString8 appends s as NIL where it is nil, as [AppendString] does, or as
// a literal8 where it holds NUL.
func AppendNString8(dst, s []byte) []byte {
	switch {
	case s == nil:
		return append(dst, "NIL"...)
	case bytes.IndexByte(s, 0) >= 0:
		return AppendLiteral(append(dst, '~'), s)
	}
	return AppendString(dst, s)
}

// AppendAString appends s as an atom where that says the same, else as
// [AppendString] does.
func AppendAString[T ~string | ~[]byte](dst []byte, s T) []byte {
	if len(s) == 0 || len(s) > 64 || (len(s) == 3 && EqualFold([]byte(s), "NIL")) {
		return AppendString(dst, s)
	}
	for i := range len(s) {
		if class[s[i]]&atomChar == 0 {
			return AppendString(dst, s)
		}
	}
	return append(dst, s...)
}

// AppendLiteral appends s as a literal.
func AppendLiteral[T ~string | ~[]byte](dst []byte, s T) []byte {
	return append(AppendLiteralHeader(dst, int64(len(s))), s...)
}

// AppendLiteralHeader appends "{size}" CRLF; size octets have to follow.
func AppendLiteralHeader(dst []byte, size int64) []byte {
	dst = append(dst, '{')
	dst = strconv.AppendInt(dst, size, 10)
	return append(dst, '}', '\r', '\n')
}

// AppendMailbox appends the UTF-8 mailbox name as an astring in modified UTF-7.
func AppendMailbox(dst []byte, name string) []byte {
	for i := range len(name) {
		if c := name[i]; class[c]&atomChar == 0 || c == '&' {
			var scratch [256]byte
			return AppendAString(dst, AppendModifiedUTF7(scratch[:0], name))
		}
	}
	return AppendAString(dst, name)
}

// AppendUTF8Mailbox appends the mailbox name as an astring in UTF-8
// (RFC 6855 3, RFC 9051 5.1).
func AppendUTF8Mailbox(dst []byte, name string) []byte {
	if len(name) > maxQuoted || !quotable(name) || IsAtom(name) {
		return AppendAString(dst, name)
	}
	return AppendQuoted(dst, name)
}

// quotable reports whether a text may stand in a quoted string of UTF-8.
func quotable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == 0 || c == '\r' || c == '\n' {
			return false
		}
	}
	return utf8.ValidString(s)
}

// AppendFlags appends the parenthesised list of flags.
func AppendFlags[T ~string](dst []byte, flags []T) []byte {
	dst = append(dst, '(')
	for i, f := range flags {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, f...)
	}
	return append(dst, ')')
}
