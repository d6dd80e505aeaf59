// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"strings"

	"twiga/lib/charset"
	"twiga/lib/conv/casemap"
	"twiga/lib/conv/mime"
)

// evidence is what is known of a message when it is judged.
type evidence struct {
	*item
	level  evidenceLevel
	fields string      // fieldKeys, with levelEnvelope
	header []byte      // from levelHeader on
	texts  []textPiece // with levelText
	mem    textMemory
	absent uint64       // keys by number whose text is in no part of it, as the index says
	scores *[]termCount // where what fuzzy keys find is noted; nil where there are none
}

// textPiece is a stretch of text, as it stands in the message.
type textPiece struct {
	mime.TextPart
	data []byte
	key  []byte // of the text as a reader sees it, once it was asked for
}

// textMemory is what the texts of one message are decoded into.
type textMemory struct{ raw, text, keys []byte }

// whole takes all of a message as evidence.
func (e *evidence) whole(data []byte) {
	e.level = levelText
	parts := mime.Parts(mime.NewStructure(data).AppendParts(nil))
	e.texts = e.texts[:0]
	_ = parts.Texts(func(p mime.TextPart) bool { // it is no damaged table
		e.take(p, data[p.Offset:p.Offset+p.Size])
		return true
	})
}

// take adds a stretch of text.
func (e *evidence) take(p mime.TextPart, data []byte) {
	if p.Kind == mime.TextHeader {
		e.header = data
	}
	e.texts = append(e.texts, textPiece{TextPart: p, data: data})
}

// hasField says whether the message has the field with the text in it; the
// empty text is in any (RFC 3501 6.4.4).
func (e *evidence) hasField(c *cond) verdict {
	switch {
	case e.level == levelEnvelope && c.envelope >= 0:
		return e.hasEnvelopeField(c)
	case e.level < levelHeader:
		return unknown
	}
	var m wordMatch
	if c.fuzzy != nil {
		m = c.fuzzy.start()
	}
	for name, value := range eachField(e.header) {
		if !strings.EqualFold(name, c.field) {
			continue
		}
		e.mem.text = casemap.AppendKey(e.mem.text[:0], charset.DecodeHeader(value))
		if c.fuzzy != nil {
			m.count(e.mem.text)
		} else if bytes.Contains(e.mem.text, c.key) {
			return yes
		}
	}
	return verdictOf(c.fuzzy != nil && m.end(e))
}

// hasEnvelopeField is hasField by what ENVELOPE has; where the header has more,
// that decides what is not found.
func (e *evidence) hasEnvelopeField(c *cond) verdict {
	key, ok := fieldKey(e.fields, c.envelope)
	found := ok && c.fuzzy == nil && strings.Contains(key, string(c.key))
	switch {
	case found:
		return yes
	case isShort(e.fields):
		return unknown
	case !ok || c.fuzzy == nil:
		return no
	}
	if _, stands, ok := strings.Cut(key, fieldStands); ok {
		key = stands
	}
	m := c.fuzzy.start()
	m.count([]byte(key))
	return verdictOf(m.end(e))
}

// wasSent compares the Date field without regard to time and zone.
func (e *evidence) wasSent(c *cond) verdict {
	if e.level == levelRow {
		return e.sentAbout(c)
	}
	var date []byte
	if e.level == levelEnvelope {
		text, _ := fieldKey(e.fields, envDate)
		date = []byte(text)
	} else {
		for name, value := range eachField(e.header) {
			if strings.EqualFold(name, "Date") {
				date = value
				break
			}
		}
	}
	t, zone, ok := mime.ParseZonedDate(date)
	if !ok {
		return no
	}
	day := t.Add(zone).Unix()
	return verdictOf(c.from <= day && day < c.to)
}

// zonesAbout is more than any zone differs from UTC, in seconds.
const zonesAbout = 101 * 3600

// sentAbout decides by the time alone where no zone makes a difference.
func (e *evidence) sentAbout(c *cond) verdict {
	switch {
	case e.sent == 0 && e.size >= 0:
		return no
	case e.sent == 0:
		return unknown
	case e.sent+zonesAbout < c.from, e.sent-zonesAbout >= c.to:
		return no
	case e.sent-zonesAbout >= c.from && e.sent+zonesAbout < c.to:
		return yes
	}
	return unknown
}

// hasText looks for the text of BODY or TEXT in the text parts and the headers
// of messages inside and, for TEXT, in all headers.
func (e *evidence) hasText(c *cond) verdict {
	switch {
	case c.number >= 0 && e.absent>>c.number&1 != 0:
		return no
	case e.level < levelText:
		return unknown
	case c.fuzzy != nil:
		return e.hasWords(c)
	}
	for i := range e.texts {
		p := &e.texts[i]
		if (p.Kind == mime.TextHeader || p.Kind == mime.TextMIME) && !c.isText() {
			continue
		}
		if len(p.data) > maxKeyed && p.Kind >= mime.TextBody {
			if streamed(c, p) {
				return yes
			}
		} else if bytes.Contains(e.keyOf(p), c.key) {
			return yes
		}
	}
	return no
}

// hasWords looks for the words of a fuzzy BODY or TEXT, in the first maxKeyed
// octets of each text.
func (e *evidence) hasWords(c *cond) verdict {
	m := c.fuzzy.start()
	for i := range e.texts {
		p := &e.texts[i]
		if (p.Kind != mime.TextHeader && p.Kind != mime.TextMIME) || c.isText() {
			p.data = p.data[:min(len(p.data), maxKeyed)]
			m.count(e.keyOf(p))
		}
	}
	return verdictOf(m.end(e))
}

// maxKeyed is the longest text of which the key is kept while the message is
// judged; longer ones are read in pieces.
const maxKeyed = 1 << 20

// streamed looks into a long text.
func streamed(c *cond, p *textPiece) bool {
	f := casemap.NewFinder(c.text)
	r := charset.NewReader(p.Charset, mime.Decode(p.Encoding, bytes.NewReader(p.data)))
	buf := make([]byte, searchChunk)
	f.Start()
	for {
		n, err := r.Read(buf)
		if f.Piece(buf[:n]) {
			return true
		}
		if err != nil {
			return false
		}
	}
}

// searchChunk is how much text is looked at in one go.
const searchChunk = 32 << 10

// keyOf is the key of a text as a reader sees it.
func (e *evidence) keyOf(p *textPiece) []byte {
	if p.key != nil {
		return p.key
	}
	at := len(e.mem.keys)
	if p.Kind < mime.TextBody {
		for name, value := range eachField(p.data) {
			e.mem.keys = casemap.AppendKey(e.mem.keys, name)
			e.mem.keys = append(e.mem.keys, ": "...)
			e.mem.keys = casemap.AppendKey(e.mem.keys, charset.DecodeHeader(value))
			e.mem.keys = append(e.mem.keys, '\n')
		}
	} else {
		raw := p.data
		if p.Encoding == mime.Base64 || p.Encoding == mime.QuotedPrintable {
			e.mem.raw = mime.AppendDecoded(e.mem.raw[:0], p.Encoding, p.data)
			raw = e.mem.raw
		}
		e.mem.text = charset.AppendUTF8(e.mem.text[:0], p.Charset, raw)
		e.mem.keys = casemap.AppendKey(e.mem.keys, e.mem.text)
	}
	p.key = e.mem.keys[at:len(e.mem.keys):len(e.mem.keys)]
	return p.key
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
