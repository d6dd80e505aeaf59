// SPDX-License-Identifier: AGPL-3.0-or-later

// Package htmltext makes plain text of HTML and HTML of plain text, as mail
// needs it for previews, search and messages that lack the other form.
//
// It lays text out by blocks and lines only. It never fails: any bytes give
// some text, and the HTML it writes is inert.
package htmltext

import (
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxToken bounds one tag or comment; longer ones end the text.
const maxToken = 8 << 20

// Text gives the text of an HTML document in UTF-8, at most limit bytes of it
// (all of it if limit is zero).
func Text(r io.Reader, limit int) string {
	z := html.NewTokenizer(r)
	z.SetMaxBuf(maxToken)
	w := writer{limit: limit}
	hidden, pre := 0, 0
	for !w.full() {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			return w.text()
		case html.TextToken:
			if hidden == 0 {
				w.words(z.Text(), pre > 0)
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			step := 1
			if kind == html.EndTagToken {
				step = -1
			}
			switch {
			case kind == html.SelfClosingTagToken && (isHidden(tag) || tag == atom.Pre):
			case isHidden(tag):
				hidden = max(0, hidden+step)
			case tag == atom.Pre:
				pre = max(0, pre+step)
				w.newline(2)
			case hidden == 0:
				w.tag(tag, kind != html.EndTagToken, z, more)
			}
		}
	}
	return w.text()
}

func isHidden(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Title, atom.Template, atom.Noscript, atom.Object, atom.Svg:
		return true
	}
	return false
}

// writer lays out text: runs of white space become one space, blocks lines.
type writer struct {
	out     []byte
	limit   int
	space   bool // a space is due before the next word
	breaks  int  // line breaks due before the next word
	started bool
}

func (w *writer) full() bool { return w.limit > 0 && len(w.out) >= w.limit }

func (w *writer) newline(n int) {
	w.breaks = max(w.breaks, n)
	w.space = false
}

// tag lays out one tag.
func (w *writer) tag(tag atom.Atom, start bool, z *html.Tokenizer, more bool) {
	switch tag {
	case atom.Br:
		w.breaks = min(w.breaks+1, 2)
		w.space = false
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Ul, atom.Ol, atom.Table:
		w.newline(2)
	case atom.Div, atom.Tr, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Body, atom.Center, atom.Form:
		w.newline(1)
	case atom.Li:
		w.newline(1)
		if start {
			w.words([]byte("* "), false)
		}
	case atom.Hr:
		w.newline(1)
		w.words([]byte("--------"), false)
		w.newline(1)
	case atom.Td, atom.Th:
		w.space = true
	case atom.Img:
		for start && more {
			var k, v []byte
			k, v, more = z.TagAttr()
			if string(k) == "alt" && len(bytes.TrimSpace(v)) > 0 {
				w.words(v, false)
			}
		}
	}
}

// words appends text.
func (w *writer) words(b []byte, pre bool) {
	for len(b) > 0 && !w.full() {
		r, n := utf8.DecodeRune(b)
		switch {
		case pre && r == '\n':
			w.breaks++
			w.space = false
		case r == '\u00a0' || pre && r == ' ':
			w.begin()
			w.out = append(w.out, ' ')
		case r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\ufeff' || r == '\u00ad' || r == '\u034f':
			// Nothing is seen of it; senders pad previews with these.
			if r == '\u200d' && !w.space && w.breaks == 0 && w.started {
				w.out = append(w.out, b[:n]...) // joins an emoji
			}
		case unicode.IsSpace(r) || unicode.IsControl(r):
			w.space = w.space || w.breaks == 0
		case r == utf8.RuneError:
			w.begin()
			w.out = append(w.out, "\uFFFD"...)
		default:
			w.begin()
			w.out = append(w.out, b[:n]...)
		}
		b = b[n:]
	}
}

// begin writes the space or line breaks that are due.
func (w *writer) begin() {
	if w.started {
		for range min(w.breaks, 3) {
			w.out = append(w.out, '\n')
		}
		if w.breaks == 0 && w.space {
			w.out = append(w.out, ' ')
		}
	}
	w.started, w.breaks, w.space = true, 0, false
}

func (w *writer) text() string {
	out := w.out
	if w.limit > 0 && len(out) > w.limit {
		out = out[:w.limit]
		for len(out) > 0 && !utf8.Valid(out[max(0, len(out)-utf8.UTFMax):]) && !utf8.RuneStart(out[len(out)-1]) {
			out = out[:len(out)-1]
		}
		if r, n := utf8.DecodeLastRune(out); r == utf8.RuneError && n == 1 {
			out = out[:len(out)-1]
		}
	}
	return string(out)
}

// Preview puts text on one line of at most limit bytes, whole characters, for
// a list of messages.
func Preview(text string, limit int) string {
	var b strings.Builder
	b.Grow(min(limit, len(text)))
	for word := range strings.FieldsSeq(text) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		room := limit - b.Len()
		if len(word) > room {
			for i, r := range word {
				if i+utf8.RuneLen(r) > room {
					break
				}
				b.WriteRune(r)
			}
			break
		}
		b.WriteString(word)
	}
	return strings.TrimRight(b.String(), " ")
}

// FromText gives an HTML document that shows text as it is, line by line.
func FromText(text string) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/8 + 100)
	b.WriteString("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n<body>\n<pre style=\"white-space: pre-wrap\">")
	b.WriteString(html.EscapeString(strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "\uFFFD")))
	b.WriteString("</pre>\n</body></html>\n")
	return b.String()
}
