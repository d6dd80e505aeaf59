// SPDX-License-Identifier: AGPL-3.0-or-later

package arrange

import "strings"

// MaxSubject is how many octets of a subject are looked at.
const MaxSubject = 4096

// BaseSubject gives the base subject of a decoded subject, RFC 5256 2.1, and
// whether the message is a reply or was forwarded, as far as the subject tells.
func BaseSubject(subject string) (base string, reply bool) {
	s := oneSpace(subject[:min(len(subject), MaxSubject)])
	for {
		s, reply = trailers(s, reply)
		s, reply = leaders(s, reply)
		if !hasPrefixFold(s, "[fwd:") || !strings.HasSuffix(s, "]") { // step 6
			return s, reply
		}
		s, reply = s[len("[fwd:"):len(s)-1], true
	}
}

// oneSpace turns tabs into spaces, and many into one: step 1.
func oneSpace(s string) string {
	if !strings.ContainsAny(s, "\t\r\n") && !strings.Contains(s, "  ") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		if isSpace(c) {
			if len(b) > 0 && b[len(b)-1] == ' ' {
				continue
			}
			c = ' '
		}
		b = append(b, c)
	}
	return string(b)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// trailers takes subj-trailer off the end: step 2.
func trailers(s string, reply bool) (string, bool) {
	const fwd = "(fwd)"
	for {
		s = strings.TrimRight(s, " ")
		n := len(s) - len(fwd)
		if n < 0 || !hasPrefixFold(s[n:], fwd) {
			return s, reply
		}
		s, reply = s[:n], true
	}
}

// leaders takes subj-leader off the front, and a subj-blob that is not all
// there is: steps 3 to 5.
func leaders(s string, reply bool) (string, bool) {
	for {
		s = strings.TrimLeft(s, " ")
		if n := refwd(s); n > 0 {
			s, reply = s[n:], true
			continue
		}
		n := blob(s)
		if n == 0 || n == len(s) {
			return s, reply
		}
		s = s[n:]
	}
}

// refwd is the length of *subj-blob subj-refwd at the start of s, 0 if there is
// none.
func refwd(s string) int {
	at := 0
	for n := blob(s); n > 0; n = blob(s[at:]) {
		at += n
	}
	switch rest := s[at:]; {
	case hasPrefixFold(rest, "fwd"):
		at += 3
	case hasPrefixFold(rest, "re"), hasPrefixFold(rest, "fw"):
		at += 2
	default:
		return 0
	}
	for at < len(s) && s[at] == ' ' {
		at++
	}
	at += blob(s[at:])
	if at < len(s) && s[at] == ':' {
		return at + 1
	}
	return 0
}

// blob is the length of subj-blob at the start of s, with the space behind it.
func blob(s string) int {
	if s == "" || s[0] != '[' {
		return 0
	}
	n := strings.IndexAny(s[1:], "[]") + 1
	if n == 0 || s[n] != ']' {
		return 0
	}
	for n++; n < len(s) && s[n] == ' '; n++ {
	}
	return n
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
