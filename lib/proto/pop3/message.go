// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"bytes"
	"strconv"
)

// MessageWriter writes the messages that a client wants, one after the other.
// It is valid during the call it was passed to.
//
// Errors mean that the client is gone, or that a message ended in its middle;
// once there was one, every method returns it.
type MessageWriter struct {
	c    *Conn
	want []Want
	next int  // the message at hand, or the next one
	lost bool // the first of them could not be had

	midLine bool // the last octet written was not LF
	closed  bool // the last octets written were CRLF, or there was none
	last    byte // the last octet written
	header  bool // TOP: the header has not ended
	blank   bool // TOP: the line at hand has nothing but CR so far
	left    int  // TOP: lines still wanted; -1 is all
	full    bool // TOP: it has all that it wants
}

// Begin starts the answer with the next message that is wanted, of size octets.
func (m *MessageWriter) Begin(size int64) error {
	b := append(m.c.io.Begin(), "+OK "...)
	if m.left = m.want[m.next].Lines; m.left < 0 {
		b = strconv.AppendInt(b, size, 10)
		b = append(b, " octets\r\n"...)
	} else {
		b = append(b, m.c.lang.text("Top of message follows")...)
		b = append(b, "\r\n"...)
	}
	m.midLine, m.header, m.blank, m.full = false, true, true, false
	m.closed, m.last = true, 0
	m.c.w.open = true
	return m.c.io.End(b)
}

// Full reports whether the message at hand needs no more octets, as TOP wants
// its beginning only.
func (m *MessageWriter) Full() bool { return m.full }

// Write appends octets of the message at hand.
func (m *MessageWriter) Write(p []byte) (int, error) {
	n := len(p)
	if m.left >= 0 {
		p = m.top(p)
	}
	if err := m.stuff(p); err != nil {
		return 0, err
	}
	return n, nil
}

// stuff writes p with a dot before each that begins a line (RFC 1939 3). A
// line ends in LF, with or without CR: also a client that takes LF alone for an
// end must not see one where there is none.
func (m *MessageWriter) stuff(p []byte) error {
	out := &m.c.io
	if len(p) == 0 {
		return out.Broken()
	}
	if !m.midLine && p[0] == '.' {
		if _, err := out.Write(dot); err != nil {
			return err
		}
	}
	before := m.last
	if n := len(p); n > 1 {
		before = p[n-2]
	}
	m.last = p[len(p)-1]
	m.midLine, m.closed = m.last != '\n', before == '\r' && m.last == '\n'
	for {
		i := bytes.Index(p, lineDot)
		if i < 0 {
			_, err := out.Write(p)
			return err
		}
		if _, err := out.Write(p[:i+2]); err != nil {
			return err
		}
		p = p[i+1:]
	}
}

var (
	dot     = []byte{'.'}
	lineDot = []byte("\n.")
)

// top cuts from p what is behind the lines that are wanted.
func (m *MessageWriter) top(p []byte) []byte {
	for at := 0; !m.full; {
		i := bytes.IndexByte(p[at:], '\n')
		if i < 0 {
			m.blank = m.blank && onlyCR(p[at:])
			return p
		}
		line := p[at : at+i]
		at += i + 1
		switch {
		case !m.header:
			m.left--
		case m.blank && onlyCR(line):
			m.header = false
		}
		m.blank = true
		if m.full = !m.header && m.left <= 0; m.full {
			return p[:at]
		}
	}
	return nil
}

func onlyCR(p []byte) bool { return len(p) == 0 || len(p) == 1 && p[0] == '\r' }

// End ends the message at hand, its last line too where that does not end in
// CRLF: a client that splits at CRLF alone has to see the dot on a line of its
// own.
func (m *MessageWriter) End() error {
	b := m.c.io.Begin()
	if !m.closed {
		b = append(b, "\r\n"...)
	}
	m.c.w.open = false
	if m.want[m.next].Lines < 0 {
		m.c.drop.mark(m.want[m.next].Message, markSent)
	}
	m.answered(true)
	return m.c.io.End(append(b, ".\r\n"...))
}

// Fail answers that the next message that is wanted cannot be had.
func (m *MessageWriter) Fail(e *Error) error {
	m.lost = m.lost || m.next == 0
	m.answered(false)
	return m.c.w.fail(e)
}

// answered goes on to the next message. What becomes of the first is told by
// the outcome of its command.
func (m *MessageWriter) answered(ok bool) {
	if m.next > 0 && m.c.srv.cfg.Hooks.Command != nil {
		name := "RETR"
		if m.want[m.next].Lines >= 0 {
			name = "TOP"
		}
		m.c.w.others = append(m.c.w.others, outcome{name, ok})
	}
	m.next++
}

// outcome is what became of a command that was answered with another one.
type outcome struct {
	name string
	ok   bool
}
