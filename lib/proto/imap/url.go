// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"twiga/lib/proto/imap/wire"
)

// maxURL is the longest IMAP URL taken, in octets.
const maxURL = 8 << 10

// URL is an IMAP URL of a message or of a part of one (RFC 5092), absolute or
// relative to the session.
type URL struct {
	Text string // as the client wrote it

	Absolute bool   // "imap://…"; else the user and server are the session's
	User     string // of an absolute one; empty if it names none
	Host     string // of an absolute one, in lower case, without its port

	Mailbox     string // UTF-8, INBOX in capitals; empty for the selected one
	UIDValidity uint32 // 0 if it names none
	UID         uint32
	Section     BodySection // Peek is set, Label not

	// What RFC 4467 adds.
	Expire    time.Time // zero for never
	Access    string    // "anonymous", "authuser", "user+…" or "submit+…", in lower case up to the "+"; empty for a URL without authorisation
	Mechanism string    // in capitals; empty where the URL is still to be authorised
	Rump      string    // Text up to and with Access: what Token is about
	Token     string    // hexadecimal digits
}

var errURL = errors.New("not an IMAP URL of a message")

// BadURL is the answer to a URL that stands for nothing (RFC 4469 4.1).
func BadURL(url, text string) *Error {
	clean := func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' || r == ']' {
			return '?'
		}
		return r
	}
	return No(`BADURL "`+strings.Map(clean, url[:min(len(url), maxURL)])+`"`, text)
}

// ParseURL reads an IMAP URL that names a message: RFC 5092 11, with what
// RFC 4467 adds.
func ParseURL(text string) (*URL, error) {
	if len(text) > maxURL {
		return nil, errURL
	}
	u := &URL{Text: text}
	u.Section.Peek = true
	rest, err := u.takeServer(text)
	if err != nil {
		return nil, err
	}
	if rest, err = u.takeAuthorisation(rest); err != nil {
		return nil, err
	}
	if rest, err = u.takeMailbox(rest); err != nil {
		return nil, err
	}
	return u, u.takePart(rest)
}

// takeServer takes what stands before the mailbox, up to its "/".
func (u *URL) takeServer(s string) (string, error) {
	const scheme = "imap://"
	if len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		if strings.HasPrefix(s, "//") {
			return "", errURL
		}
		return s, nil
	}
	u.Absolute = true
	server, path, ok := strings.Cut(s[len(scheme):], "/")
	if !ok {
		return "", errURL
	}
	if user, host, ok := cutLast(server, "@"); ok {
		server = host
		if at := indexFold(user, ";AUTH="); at >= 0 {
			user = user[:at]
		}
		var err error
		if u.User, err = unescape(user); err != nil {
			return "", err
		}
	}
	if !strings.HasSuffix(server, "]") { // of an IPv6 address
		if host, port, ok := cutLast(server, ":"); ok {
			if _, err := strconv.ParseUint(port, 10, 16); err != nil {
				return "", errURL
			}
			server = host
		}
	}
	if server == "" {
		return "", errURL
	}
	u.Host = strings.ToLower(server)
	return "/" + path, nil
}

// takeAuthorisation takes what stands at the end: when the URL expires, and who
// may use it by which token (RFC 4467 5).
func (u *URL) takeAuthorisation(s string) (string, error) {
	at := indexFold(s, ";URLAUTH=")
	if at >= 0 {
		access, mechanism, authorised := strings.Cut(s[at+len(";URLAUTH="):], ":")
		u.Rump = u.Text
		if authorised {
			u.Rump = u.Text[:len(u.Text)-len(mechanism)-1]
			var ok bool
			if u.Mechanism, u.Token, ok = strings.Cut(mechanism, ":"); !ok || !isWord(u.Mechanism) || u.Token == "" {
				return "", errURL
			}
			u.Mechanism = strings.ToUpper(u.Mechanism)
		}
		kind, user, named := strings.Cut(access, "+")
		switch kind = strings.ToLower(kind); {
		case !named && (kind == "anonymous" || kind == "authuser"):
			u.Access = kind
		case named && (kind == "user" || kind == "submit"):
			name, err := unescape(user)
			if err != nil || name == "" {
				return "", errURL
			}
			u.Access = kind + "+" + name
		default:
			return "", errURL
		}
		s = s[:at]
	}
	at = indexFold(s, ";EXPIRE=")
	if at < 0 {
		return s, nil
	}
	if u.Access == "" {
		return "", errURL
	}
	var err error
	if u.Expire, err = time.Parse(time.RFC3339, strings.ToUpper(s[at+len(";EXPIRE="):])); err != nil {
		return "", errURL
	}
	return s[:at], nil
}

// takeMailbox takes "/mailbox;UIDVALIDITY=n" up to the "/" behind it.
func (u *URL) takeMailbox(s string) (string, error) {
	at := indexFold(s, "/;UID=")
	if at < 0 {
		if !u.Absolute && len(s) > 5 && strings.EqualFold(s[:5], ";UID=") { // relative to the selected mailbox
			return "/" + s, nil
		}
		return "", errURL
	}
	path, rest := s[:at], s[at:]
	if path == "" && !u.Absolute {
		return rest, nil
	}
	if path == "" || path[0] != '/' {
		return "", errURL
	}
	path = path[1:]
	if at := indexFold(path, ";UIDVALIDITY="); at >= 0 {
		n, err := number(path[at+len(";UIDVALIDITY="):])
		if err != nil || n == 0 {
			return "", errURL
		}
		u.UIDValidity, path = n, path[:at]
	}
	name, err := unescape(path)
	if err != nil || name == "" || !utf8.ValidString(name) || strings.ContainsRune(path, ';') {
		return "", errURL
	}
	if u.Mailbox = name; strings.EqualFold(name, inbox) {
		u.Mailbox = inbox
	}
	return rest, nil
}

// takePart takes "/;UID=n/;SECTION=…/;PARTIAL=n.m".
func (u *URL) takePart(s string) error {
	s = s[len("/;UID="):]
	uid, rest, more := strings.Cut(s, "/")
	var err error
	if u.UID, err = number(uid); err != nil || u.UID == 0 {
		return errURL
	}
	if !more {
		return nil
	}
	if at := indexFold(rest, ";PARTIAL="); at == 0 || at > 0 && rest[at-1] == '/' {
		if err := u.takePartial(rest[at+len(";PARTIAL="):]); err != nil {
			return err
		}
		if at == 0 {
			return nil
		}
		rest = rest[:at-1]
	}
	if len(rest) <= len(";SECTION=") || indexFold(rest, ";SECTION=") != 0 {
		return errURL
	}
	section, err := unescape(rest[len(";SECTION="):])
	if err != nil || strings.ContainsAny(section, "\r\n\x00") {
		return errURL
	}
	var x wire.Lexer
	x.Reset([]byte(section+"]"), nil)
	if _, err := parseSectionText(&x, &u.Section, nil); err != nil || !x.Try(']') || !x.AtEnd() {
		return errURL
	}
	return nil
}

// takePartial takes "offset" or "offset.length" (RFC 5092 11).
func (u *URL) takePartial(s string) (err error) {
	offset, length, limited := strings.Cut(s, ".")
	u.Section.Partial, u.Section.Length = true, math.MaxUint32
	if u.Section.Offset, err = number(offset); err != nil {
		return err
	}
	if limited {
		if u.Section.Length, err = number(length); err != nil || u.Section.Length == 0 {
			return errURL
		}
	}
	return nil
}

func number(s string) (uint32, error) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, errURL
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, errURL
	}
	return uint32(n), nil
}

// unescape decodes percent-encoding (RFC 3986 2.1).
func unescape(s string) (string, error) {
	if strings.IndexByte(s, '%') < 0 {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", errURL
		}
		n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", fmt.Errorf("%w: percent-encoding", errURL)
		}
		b = append(b, byte(n))
		i += 2
	}
	return string(b), nil
}

// indexFold is where an ASCII word stands in s, in any case; the last place.
func indexFold(s, word string) int {
	for i := len(s) - len(word); i >= 0; i-- {
		if s[i] == word[0] && strings.EqualFold(s[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func isWord(s string) bool {
	for i := range len(s) {
		c := wire.Lower(s[i])
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return s != ""
}
