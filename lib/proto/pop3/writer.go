// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import "strconv"

// writer writes responses, as lines.Conn writes.
type writer struct {
	c    *Conn
	open bool // a multi-line response was begun and not ended
	// others are the outcomes of commands that were answered with the one at
	// hand, where somebody wants to know.
	others []outcome
}

// ok writes +OK with a text in the client's language.
func (w *writer) ok(text string) error {
	b := append(w.c.io.Begin(), "+OK "...)
	b = append(b, w.c.lang.text(text)...)
	return w.c.io.End(append(b, "\r\n"...))
}

// fail writes -ERR with a text in the client's language.
func (w *writer) fail(e *Error) error {
	b := append(w.c.io.Begin(), "-ERR "...)
	if e.Code != "" {
		b = append(b, '[')
		b = append(b, e.Code...)
		b = append(b, "] "...)
	}
	b = append(b, w.c.lang.text(e.Text)...)
	return w.c.io.End(append(b, "\r\n"...))
}

// appendPair appends two numbers with a space between.
func appendPair(b []byte, n int, size int64) []byte {
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, ' ')
	return strconv.AppendInt(b, size, 10)
}
