// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"slices"
)

// What stands for the missing side of an address in an ENVELOPE, where NIL
// would start or end a group (RFC 9051 7.5.2).
const (
	MissingLocal = "MISSING_MAILBOX"
	MissingHost  = "MISSING_DOMAIN"
)

// envelopeField numbers the header fields of an ENVELOPE in its order.
type envelopeField uint8

const (
	envDate envelopeField = iota
	envSubject
	envFrom
	envSender
	envReplyTo
	envTo
	envCc
	envBcc
	envInReplyTo
	envMessageID
	numEnvelope
)

var envelopeNames = [numEnvelope]string{
	"date", "subject", "from", "sender", "reply-to", "to", "cc", "bcc", "in-reply-to", "message-id",
}

// AppendEnvelope appends the ENVELOPE of the message (RFC 9051 7.5.2), ready
// to be sent: the values are the header's own bytes, unfolded.
func (s *Structure) AppendEnvelope(dst []byte) []byte {
	return appendEnvelope(dst, s.Parts[0].Header.in(s.data))
}

// hasAddresses says whether a field is a list of addresses.
func (f envelopeField) hasAddresses() bool { return f >= envFrom && f <= envBcc }

// envelopeValues finds the fields of an ENVELOPE. RFC 5322 3.6 allows one of each. Of
// a field that is there more than once, the first counts; lists of addresses count as
// one, so that nobody hides behind the first From.
func envelopeValues(header []byte) [numEnvelope][]byte {
	values, _ := readEnvelope(header)
	return values
}

// readEnvelope is envelopeValues; more says that the header has another Subject or
// id, or that a list is too long.
func readEnvelope(header []byte) (values [numEnvelope][]byte, more bool) {
	var joined [numEnvelope]bool
	eachField(header, func(name, value []byte, _ headerField) bool {
		for i, want := range envelopeNames {
			if len(name) != len(want) || !equalFold(name, want) {
				continue
			}
			switch v := values[i]; {
			case v == nil:
				values[i] = value
			case envelopeField(i).hasAddresses() && len(v) < maxAddressList:
				if !joined[i] {
					v, joined[i] = slices.Clip(v), true // it is the header's
				}
				values[i] = append(append(v, ", "...), value...)
			default:
				more = more || envelopeField(i) != envDate
			}
			break
		}
		return true
	})
	return values, more
}

func appendEnvelope(dst, header []byte) []byte {
	dst, _ = renderEnvelope(dst, header)
	return dst
}

// renderEnvelope is appendEnvelope; short says that the header has more of a field
// than the envelope.
func renderEnvelope(dst, header []byte) (envelope []byte, short bool) {
	values, short := readEnvelope(header)
	dst = append(dst, '(')
	from := Span{}
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ' ')
		}
		f := envelopeField(i)
		if !f.hasAddresses() {
			dst = appendNString(dst, v)
			continue
		}
		start := len(dst)
		dst = appendAddresses(dst, v)
		short = short || len(v) > maxAddressList || bytes.IndexByte(v, '(') >= 0 && hasUntoldComment(v)
		if f == envFrom {
			from = Span{start, len(dst)}
		}
		if (f == envSender || f == envReplyTo) && string(dst[start:]) == "NIL" {
			dst = append(dst[:start], dst[from.Start:from.End]...)
		}
	}
	return append(dst, ')'), short
}

// hasUntoldComment says whether an address list has a comment that is no name
// of an address.
func hasUntoldComment(v []byte) bool {
	var names []byte
	EachAddress(v, func(a Address) bool {
		names = append(append(names, a.Name...), 0)
		return true
	})
	var text []byte
	for i := 0; i < len(v); {
		switch v[i] {
		case '"':
			text, i = appendQuotedString(text[:0], v, i)
		case '(':
			end := skipComment(v, i)
			if text = appendComment(text[:0], v[i:end]); !bytes.Contains(names, text) {
				return true
			}
			i = end
		default:
			i++
		}
	}
	return false
}

// maxAddressList is how many bytes of an address list are read for an ENVELOPE.
const maxAddressList = 1 << 20

// appendAddresses appends an address list, NIL if there is no address in v.
func appendAddresses(dst, v []byte) []byte {
	v = v[:min(len(v), maxAddressList)]
	start := len(dst)
	dst = append(dst, '(')
	EachAddress(v, func(a Address) bool {
		dst = appendAddress(dst, a)
		return true
	})
	if len(dst) == start+1 {
		return append(dst[:start], "NIL"...)
	}
	return append(dst, ')')
}

func appendAddress(dst []byte, a Address) []byte {
	switch a.Kind {
	case GroupStart:
		dst = append(dst, "(NIL NIL "...)
		return append(appendString(dst, a.Name), " NIL)"...)
	case GroupEnd:
		return append(dst, "(NIL NIL NIL NIL)"...)
	}
	if len(a.Local) == 0 {
		a.Local = []byte(MissingLocal)
	}
	if len(a.Host) == 0 {
		a.Host = []byte(MissingHost)
	}
	dst = append(dst, '(')
	for i, v := range [...][]byte{a.Name, a.Route, a.Local, a.Host} {
		if i > 0 {
			dst = append(dst, ' ')
		}
		if len(v) == 0 {
			v = nil
		}
		dst = appendNString(dst, v)
	}
	return append(dst, ')')
}
