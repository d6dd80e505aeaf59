// SPDX-License-Identifier: AGPL-3.0-or-later

package sasl

import "strings"

// gs2Header is the head of the first response of a mechanism of the family GS2
// (RFC 5801 4).
type gs2Header struct {
	text     string // all of it, with its last comma
	binding  string // type of the channel binding that the client uses, or none
	could    bool   // the client could bind but thinks that the server cannot
	identity string
}

// cutHeader cuts the header off a response.
func cutHeader(s string) (h gs2Header, rest string, ok bool) {
	flag, after, ok1 := strings.Cut(s, ",")
	identity, rest, ok2 := strings.Cut(after, ",")
	if !ok1 || !ok2 {
		return h, "", false
	}
	h.text = s[:len(s)-len(rest)]
	switch binding, bound := strings.CutPrefix(flag, "p="); {
	case bound && binding != "":
		h.binding = binding
	case flag == "y":
		h.could = true
	case flag != "n":
		return h, "", false
	}
	if identity == "" {
		return h, rest, true
	}
	name, ok := strings.CutPrefix(identity, "a=")
	if !ok || name == "" {
		return h, "", false
	}
	h.identity, ok = unescape(name)
	return h, rest, ok
}

// unescape reads a saslname, in which "=2C" is a comma and "=3D" an equals sign
// (RFC 5802 5.1).
func unescape(s string) (string, bool) {
	if !strings.Contains(s, "=") {
		return s, true
	}
	var b strings.Builder
	for {
		text, rest, more := strings.Cut(s, "=")
		b.WriteString(text)
		switch {
		case !more:
			return b.String(), true
		case strings.HasPrefix(rest, "2C"):
			b.WriteByte(',')
		case strings.HasPrefix(rest, "3D"):
			b.WriteByte('=')
		default:
			return "", false
		}
		s = rest[2:]
	}
}
