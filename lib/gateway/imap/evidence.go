// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"io"
	"net/mail"
	"strings"
	"unicode/utf8"

	"twiga/lib/charset"
	"twiga/lib/conv/mime"
)

// evidence is what is known of a message when it is judged.
type evidence struct {
	*item
	level    evidenceLevel
	envelope []byte // with levelEnvelope
	header   []byte // with levelHeader
	data     []byte // with levelWhole
	parsed   *mime.Structure
}

// structure takes the whole message apart, once.
func (e *evidence) structure() *mime.Structure {
	if e.parsed == nil {
		e.parsed = mime.NewStructure(e.data)
	}
	return e.parsed
}

// headerBytes is the message's header, from levelHeader on.
func (e *evidence) headerBytes() []byte {
	if e.level == levelWhole {
		h := e.structure().Parts[0].Header
		return e.data[h.Start:h.End]
	}
	return e.header
}

// hasField says whether the message has the field with the text in it; the
// empty text is in any (RFC 3501 6.4.4).
func (e *evidence) hasField(c *cond) verdict {
	switch {
	case e.level == levelEnvelope && c.envelope >= 0:
		value, ok := envelopeValue(e.envelope, c.envelope)
		return verdictOf(ok && contains(value, c.text))
	case e.level < levelHeader:
		return unknown
	}
	for name, value := range eachField(e.headerBytes()) {
		if strings.EqualFold(name, c.field) && contains(charset.DecodeHeader(value), c.text) {
			return yes
		}
	}
	return no
}

// contains finds text, which is in lower case, in any case.
func contains(s, text string) bool { return strings.Contains(strings.ToLower(s), text) }

// wasSent compares the Date field without regard to time and zone.
func (e *evidence) wasSent(c *cond) verdict {
	var date string
	switch {
	case e.level == levelEnvelope:
		date, _ = envelopeValue(e.envelope, envDate)
	case e.level >= levelHeader:
		for name, value := range eachField(e.headerBytes()) {
			if strings.EqualFold(name, "Date") {
				date = charset.DecodeHeader(value)
				break
			}
		}
	default:
		return unknown
	}
	t, err := mail.ParseDate(strings.TrimSpace(date))
	if err != nil {
		return no
	}
	_, zone := t.Zone()
	day := t.Unix() + int64(zone)
	return verdictOf(c.from <= day && day < c.to)
}

// hasText looks for the text of BODY or TEXT in the decoded text parts and, for
// TEXT, in all headers.
func (e *evidence) hasText(c *cond) verdict {
	if e.level < levelWhole {
		return unknown
	}
	s := e.structure()
	f := textFinder{text: []byte(c.text)}
	for i := range s.Parts {
		p := &s.Parts[i]
		inner := p.Parent >= 0 && s.Parts[p.Parent].Kind == mime.KindMessage
		if (c.isText() || inner) && f.inHeader(e.data[p.Header.Start:p.Header.End]) {
			return yes
		}
		if p.Kind == mime.KindLeaf && (s.Is(i, "text", "") || s.Is(i, "message", "")) && f.in(s.Text(i)) {
			return yes
		}
	}
	return no
}

// eachField gives the header's fields, their values as they are, folded.
func eachField(header []byte) func(func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		for len(header) > 0 {
			end := fieldEnd(header)
			field := header[:end]
			header = header[end:]
			name, value, ok := bytes.Cut(field, []byte(":"))
			if !ok {
				continue
			}
			if !yield(string(bytes.TrimRight(name, " \t")), bytes.Trim(value, " \t\r\n")) {
				return
			}
		}
	}
}

// fieldEnd is where the field at the start of header ends: at the first line
// end that no white space follows.
func fieldEnd(header []byte) int {
	for i := 0; i < len(header); {
		n := bytes.IndexByte(header[i:], '\n')
		if n < 0 {
			break
		}
		i += n + 1
		if i == len(header) || header[i] != ' ' && header[i] != '\t' {
			return i
		}
	}
	return len(header)
}

// textFinder finds a text, in lower case, in what it is given.
type textFinder struct {
	text []byte
	buf  []byte
}

// inHeader looks into every field of a header as a reader sees it.
func (f *textFinder) inHeader(header []byte) bool {
	for name, value := range eachField(header) {
		if bytes.Contains(bytes.ToLower([]byte(name+": "+charset.DecodeHeader(value))), f.text) {
			return true
		}
	}
	return false
}

// searchChunk is how much text is looked at in one go.
const searchChunk = 32 << 10

// in looks into a stream of UTF-8.
func (f *textFinder) in(r io.Reader) bool {
	if len(f.text) == 0 {
		return true
	}
	if f.buf == nil {
		f.buf = make([]byte, searchChunk+len(f.text)*2+utf8.UTFMax)
	}
	kept := 0
	for {
		n, err := io.ReadFull(r, f.buf[kept:])
		text := f.buf[:kept+n]
		if bytes.Contains(bytes.ToLower(text), f.text) {
			return true
		}
		if err != nil {
			return false
		}
		// What may be the start of the text, from the start of a character on.
		// Capitals may be longer than small letters, never twice as long.
		from := max(0, len(text)-2*len(f.text)-utf8.UTFMax)
		for from < len(text) && !utf8.RuneStart(text[from]) {
			from++
		}
		kept = copy(f.buf, text[from:])
	}
}
