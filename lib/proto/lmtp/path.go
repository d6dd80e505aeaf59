// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import "strings"

// maxPath is the longest path that is taken. RFC 5321 4.5.3.1.3 wants 256
// octets; UTF-8 and generous senders get some more.
const maxPath = 1024

// cutFold cuts a keyword off, whatever its case.
func cutFold(s, keyword string) (rest string, ok bool) {
	if len(s) < len(keyword) || !strings.EqualFold(s[:len(keyword)], keyword) {
		return "", false
	}
	return strings.TrimLeft(s[len(keyword):], " \t"), true
}

// takePath reads a Reverse-path or Forward-path (RFC 5321 4.1.2) and gives the
// address without brackets, source route (RFC 5321 C) and quotes, and what
// stands behind it. Unlike there a local part may stand alone, since LMTP
// serves mailboxes that may be named so.
func takePath(s string, null bool) (address, rest string, ok bool) {
	if len(s) == 0 || s[0] != '<' {
		return "", "", false
	}
	s = s[1:]
	if strings.HasPrefix(s, "@") { // a source route, to be ignored
		_, after, found := strings.Cut(s, ":")
		if !found {
			return "", "", false
		}
		s = after
	}
	local, s, ok := takeLocal(s)
	if !ok {
		return "", "", false
	}
	end := strings.IndexByte(s, '>')
	if end < 0 {
		return "", "", false
	}
	domain, rest := s[:end], s[end+1:]
	switch {
	case rest != "" && rest[0] != ' ' && rest[0] != '\t':
		return "", "", false
	case local == "":
		return "", rest, null && domain == ""
	case domain != "" && !validDomain(domain) || len(local)+len(domain) > maxPath:
		return "", "", false
	}
	return local + domain, rest, true
}

// takeLocal reads a local part, which ends before "@" or ">".
func takeLocal(s string) (local, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		return takeQuoted(s[1:])
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '@' || c == '>':
			return s[:i], s[i:], true
		case c <= ' ' || c == 0x7f || strings.IndexByte(`()<[]:;\,"`, c) >= 0:
			return "", "", false
		}
	}
	return "", "", false
}

// takeQuoted reads a Quoted-string behind its first quote.
func takeQuoted(s string) (local, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"':
			return b.String(), s[i+1:], b.Len() > 0
		case c == '\\' && i+1 < len(s):
			i++
			c = s[i]
		}
		if c < ' ' || c == 0x7f {
			return "", "", false
		}
		b.WriteByte(c)
	}
	return "", "", false
}

// validDomain says whether "@" and something like a domain or an address
// literal follow.
func validDomain(d string) bool {
	if len(d) < 2 || d[0] != '@' {
		return false
	}
	for i := 1; i < len(d); i++ {
		if c := d[i]; c <= ' ' || c == 0x7f || strings.IndexByte(`@<>(),;"\`, c) >= 0 {
			return false
		}
	}
	return true
}
