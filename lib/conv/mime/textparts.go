// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import "strings"

// TextKind says what a TextPart is.
type TextKind uint8

// The kinds.
const (
	TextHeader   TextKind = iota // the message's own header
	TextInner                    // the header of a message inside of it
	TextMIME                     // the header of a part
	TextBody                     // the content of a part that is text
	TextDelivery                 // that of a part of message/*, which is text as well
)

// TextPart is a stretch of a message in which there is text.
type TextPart struct {
	Kind     TextKind
	Offset   int64
	Size     int64
	Encoding Encoding // of a body
	Charset  string   // as labelled, "" if not
}

// Texts calls yield with each stretch of text, in order, until it gives false.
// It returns an error where the table is damaged.
func (t Parts) Texts(yield func(TextPart) bool) error {
	r := t.reader()
	w := textWalker{r: &r, yield: yield}
	w.walk(r.entry(0, r.size), TextHeader)
	if r.bad {
		return errParts
	}
	return nil
}

type textWalker struct {
	r     *partsReader
	yield func(TextPart) bool
	ended bool
}

func (w *textWalker) give(p TextPart) {
	if !w.ended && !w.r.bad {
		w.ended = !w.yield(p)
	}
}

func (w *textWalker) walk(e entry, header TextKind) {
	r := w.r
	if r.depth++; r.depth > 2*MaxDepth+2 {
		r.bad = true
	}
	defer func() { r.depth-- }()
	w.give(TextPart{Kind: header, Offset: e.header.start, Size: e.header.end - e.header.start})
	if r.bad || w.ended {
		return
	}
	switch e.kind {
	case KindLeaf:
		kind, ok := textKind(e.typeName())
		if ok {
			w.give(TextPart{Kind: kind, Offset: e.body.start, Size: e.body.end - e.body.start, Encoding: e.encoding, Charset: string(e.charset)})
		}
	case KindMessage:
		w.walk(r.entry(e.body.start, e.body.end), TextInner)
	case KindMultipart:
		cursor := e.body.start
		for n := uint64(0); n < e.children && !r.bad && !w.ended; n++ {
			c := r.entry(cursor, e.body.end)
			w.walk(c, TextMIME)
			cursor = c.body.end
		}
	}
}

// textKind says whether a leaf of a media type is text.
func textKind(mediaType string) (TextKind, bool) {
	switch {
	case strings.HasPrefix(mediaType, "text/"):
		return TextBody, true
	case strings.HasPrefix(mediaType, "message/"):
		return TextDelivery, true
	}
	return 0, false
}

// AppendDecoded appends the decoded bytes of a whole body, as Decode gives them.
func AppendDecoded(dst []byte, enc Encoding, body []byte) []byte {
	switch enc {
	case Base64:
		dst, _ = (&base64Step{}).decode(dst, body, true)
	case QuotedPrintable:
		dst, _ = qpStep{}.decode(dst, body, true)
	default:
		dst = append(dst, body...)
	}
	return dst
}
