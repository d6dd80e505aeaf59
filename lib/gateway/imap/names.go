// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"slices"
	"strings"
)

// delim is the hierarchy delimiter.
const delim = '/'

// inbox is the name of the Inbox, RFC 3501 5.1.
const inbox = "INBOX"

const upperHex = "0123456789ABCDEF"

// fold gives a mailbox name as the tree has it: INBOX is the same in any case as
// the first level, too, which LIST says as well. The whole name is the engine's
// to fold.
func fold(path string) string {
	if n := len(inbox); len(path) > n && path[n] == delim && strings.EqualFold(path[:n], inbox) {
		return inbox + path[n:]
	}
	return path
}

// encodeName turns a folder's name into one level of an IMAP name. taken are
// names that mean something else there, in any case, as INBOX does at the top.
func encodeName(name string, taken []string) string {
	clash := slices.ContainsFunc(taken, func(other string) bool { return strings.EqualFold(name, other) })
	if !clash && !needsEscape(name) {
		return name
	}
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; escaped(name, i) || clash && i == 0 {
			b.WriteByte('=')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// decodeName is the inverse of encodeName. ok is false for a text that
// encodeName never gives.
func decodeName(level string, taken []string) (name string, ok bool) {
	if !strings.Contains(level, "=") {
		return level, level != "" && encodeName(level, taken) == level
	}
	var b strings.Builder
	for i := 0; i < len(level); i++ {
		if level[i] == '=' && hexPair(level, i+1) {
			b.WriteByte(byte(strings.IndexByte(upperHex, level[i+1])<<4 | strings.IndexByte(upperHex, level[i+2])))
			i += 2
			continue
		}
		b.WriteByte(level[i])
	}
	name = b.String()
	return name, encodeName(name, taken) == level
}

func needsEscape(name string) bool {
	for i := range len(name) {
		if escaped(name, i) {
			return true
		}
	}
	return false
}

// escaped says whether the octet at i cannot stand in an IMAP name as it is.
func escaped(name string, i int) bool {
	c := name[i]
	return c == delim || c < ' ' || c == 0x7f || c == '=' && hexPair(name, i+1)
}

func hexPair(s string, i int) bool {
	return i+1 < len(s) && strings.IndexByte(upperHex, s[i]) >= 0 && strings.IndexByte(upperHex, s[i+1]) >= 0
}

// splitName parts an IMAP name into its parent, "" at the top, and its last
// level.
func splitName(path string) (parent, level string) {
	if i := strings.LastIndexByte(path, delim); i >= 0 {
		return path[:i], path[i+1:]
	}
	return "", path
}
