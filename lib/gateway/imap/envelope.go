// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"strings"

	"twiga/lib/charset"
	"twiga/lib/conv/mime"
)

// Places in an ENVELOPE (RFC 3501 7.4.2).
const (
	envDate = iota
	envSubject
	envFrom
	envSender
	envReplyTo
	envTo
	envCc
	envBcc
	envInReplyTo
	envMessageID
)

// envelopeField is the place of a header field in ENVELOPE, -1 for one that is
// not in it as the header has it: Sender and Reply-To are From's where they are
// missing.
func envelopeField(name string) int {
	switch strings.ToLower(name) {
	case "subject":
		return envSubject
	case "from":
		return envFrom
	case "to":
		return envTo
	case "cc":
		return envCc
	case "bcc":
		return envBcc
	case "in-reply-to":
		return envInReplyTo
	case "message-id":
		return envMessageID
	}
	return -1
}

// envelopeTells says whether a text is in a field if, and only if, it is in what
// envelopeValue makes of it. Of addresses that does not have the quotes, commas
// and brackets where the header has them. Where it has less than the header the
// message is marked as such (tag.TwigaEnvelopeShort).
func envelopeTells(field int, text string) bool {
	return field < envFrom || field > envBcc || !strings.ContainsAny(text, `"\(),:;<>`)
}

// envelopeValue gives a field's text as a reader sees it, addresses as
// `name <mailbox@host>`; false where the message has no such field.
func envelopeValue(envelope []byte, field int) (string, bool) {
	r := structureReader{b: envelope, pos: 1}
	for range field {
		r.skip()
		r.pos++ // the space
	}
	if r.peek() != '(' {
		b, ok := r.text()
		return charset.DecodeHeader(b), ok
	}
	var out []byte
	r.pos++
	for r.peek() == '(' {
		r.pos++
		out = r.address(out)
		r.leave()
	}
	return string(out), true
}

// address appends an address: name, route, mailbox and host.
func (r *structureReader) address(out []byte) []byte {
	var parts [4][]byte
	for i := range parts {
		parts[i], _ = r.text()
		r.pos++
	}
	r.pos-- // the closing parenthesis
	if len(out) > 0 {
		out = append(out, ", "...)
	}
	if len(parts[0]) > 0 {
		out = append(out, charset.DecodeHeader(parts[0])...)
		out = append(out, ' ')
	}
	out = append(out, '<')
	if string(parts[2]) != mime.MissingLocal {
		out = append(out, parts[2]...)
	}
	if parts[3] != nil && string(parts[3]) != mime.MissingHost {
		out = append(out, '@')
		out = append(out, parts[3]...)
	}
	return append(out, '>')
}

// text reads a string; false for NIL.
func (r *structureReader) text() ([]byte, bool) {
	start := min(r.pos, len(r.b))
	r.skip()
	b := r.b[start:r.pos]
	switch {
	case len(b) >= 2 && b[0] == '"':
		return unquote(b[1 : len(b)-1]), true
	case len(b) > 0 && b[0] == '{':
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			return b[i+1:], true
		}
	}
	return nil, false
}

// unquote takes the backslashes out of a quoted string.
func unquote(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
		}
		out = append(out, b[i])
	}
	return out
}
