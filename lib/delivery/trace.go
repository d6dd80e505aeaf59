// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import (
	"strings"
	"time"
)

// Limits of the trace header, which is no longer than 2000 bytes in all.
const (
	maxTraceName  = 255 // of what a client calls itself, and of our own name
	maxTracePath  = 1210
	maxTraceFor   = 200
	mailDate      = "Mon, 02 Jan 2006 15:04:05 -0700" // RFC 5322 3.3
	atomSpecials  = "!#$%&'*+-/=?^_`{|}~"             // RFC 5322 3.2.3
	plainAddition = ".:-_[]"
)

// trace is what the trace header tells.
type trace struct {
	from string // the sender; "" is the null sender
	helo string // what the client called itself; "" where there was none
	peer string // its address
	host string // our name
	id   string // of this delivery
	with string // the protocol, RFC 5321 4.4 and RFC 6531 4.3
	to   string // the recipient, where it is the only one
	date time.Time
}

// append appends Return-Path and Received (RFC 5321 4.4). Whatever a client
// said is cut to what may stand there, so that nobody writes a field of theirs.
func (t *trace) append(dst []byte) []byte {
	path := quotePath(t.from)
	if len(path) > maxTracePath {
		path = ""
	}
	dst = append(append(append(dst, "Return-Path: <"...), path...), ">\r\nReceived: "...)
	if t.helo != "" {
		dst = append(append(dst, "from "...), plainName(t.helo)...)
		if t.peer != "" {
			dst = append(append(append(dst, " (["...), literal(t.peer)...), "])"...)
		}
		dst = append(dst, "\r\n\t"...)
	}
	dst = append(append(dst, "by "...), plainName(t.host)...)
	dst = append(append(dst, " (Twiga) with "...), t.with...)
	dst = append(append(dst, " id "...), t.id...)
	if to := quotePath(t.to); to != "" && len(to) <= maxTraceFor {
		dst = append(append(append(dst, "\r\n\tfor <"...), to...), '>')
	}
	dst = append(append(dst, ";\r\n\t"...), t.date.Format(mailDate)...)
	return append(dst, "\r\n"...)
}

// literal is a client's address as an address literal, RFC 5321 4.1.3.
func literal(peer string) string {
	if strings.Contains(peer, ":") {
		return "IPv6:" + plainName(peer)
	}
	return plainName(peer)
}

// plainName keeps the characters of names and address literals.
func plainName(s string) string {
	if len(s) > maxTraceName {
		s = s[:maxTraceName]
	}
	return strings.Map(func(r rune) rune {
		if isAlnum(r) || strings.ContainsRune(plainAddition, r) {
			return r
		}
		return '?'
	}, s)
}

func isAlnum(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// quotePath is an address as it stands between brackets: the local part quoted
// where it has to be (RFC 5321 4.1.2), control characters taken out.
func quotePath(address string) string {
	address = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return -1
		}
		return r
	}, address)
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		at = len(address)
	}
	local, domain := address[:at], address[at:]
	domain = strings.Map(func(r rune) rune {
		if strings.ContainsRune("<>()\\\", ;", r) {
			return '?'
		}
		return r
	}, domain)
	if local == "" || isDotAtom(local) {
		return local + domain
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(local) + `"` + domain
}

// isDotAtom says whether a local part needs no quotes; UTF-8 does not, RFC 6531 3.3.
func isDotAtom(s string) bool {
	for _, r := range s {
		if !isAlnum(r) && r < 0x80 && r != '.' && !strings.ContainsRune(atomSpecials, r) {
			return false
		}
	}
	return s[0] != '.' && s[len(s)-1] != '.' && !strings.Contains(s, "..")
}
