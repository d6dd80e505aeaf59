// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"errors"
	"io"

	"twiga/lib/proto/imap/wire"
	"twiga/lib/proto/lines"
)

// Limits of one APPEND.
const (
	// MaxAppendMessages is how many messages one APPEND may bring (RFC 3502).
	MaxAppendMessages = 1000
	// MaxCatenateParts is how many parts they may have together (RFC 4469).
	MaxCatenateParts = 10_000
)

// AppendInput is the messages of an APPEND as they come from the client. They
// are taken one after the other, each with its parts, and never held whole.
//
//	for {
//		m, err := in.Next()
//		if err == io.EOF {
//			break // the command is complete and correct
//		}
//		for {
//			p, err := m.Next()
//			if err == io.EOF {
//				break
//			}
//			// p.URL, or p.Body up to its end
//		}
//	}
type AppendInput struct {
	c     *Conn
	one   bool       // REPLACE: one message only
	next  appendItem // with more
	more  bool       // next was parsed and not yet taken
	count int
	parts int
	open  *AppendMessage
	body  *partReader // of the part at hand; nil for none
	err   error       // the client's fault, or the end of its stream
}

// newAppendInput begins with a message whose content is next in the input.
func newAppendInput(c *Conn, first *appendItem) *AppendInput {
	c.io.Busy = true
	if first.form != formCatenate {
		c.lex.SetTaken()
	}
	return &AppendInput{c: c, next: *first, more: true}
}

// Next returns the next message; the one before it ends. After the last one it
// returns io.EOF: only then is the command complete, and anything may be
// stored. Any other error is the client's and is returned as it is.
func (in *AppendInput) Next() (*AppendMessage, error) {
	if in.err != nil {
		return nil, in.err
	}
	m, err := in.nextMessage()
	if err != nil {
		in.err = err
	}
	return m, err
}

func (in *AppendInput) nextMessage() (*AppendMessage, error) {
	if m := in.open; m != nil {
		if err := m.skip(); err != nil {
			return nil, err
		}
		in.open = nil
	}
	if !in.more {
		x := &in.c.lex
		if rest := *x; rest.End() == nil {
			return nil, io.EOF
		}
		if in.one {
			return nil, Bad("Expected the end of the command after the message")
		}
		in.next = appendItem{}
		if err := parseAppendItem(x, &in.next); err != nil {
			return nil, err
		}
		if in.next.form != formCatenate {
			x.SetTaken()
		}
	}
	in.more = false
	if err := in.mayCount(); err != nil {
		return nil, in.refuse(err)
	}
	m := &AppendMessage{Flags: in.next.flags, Date: in.next.date, Size: -1, Max: in.c.srv.cfg.Limits.Append, in: in}
	if in.next.form != formCatenate {
		m.Size = in.next.lit.Size
		if err := in.announce(m, in.next.lit, in.next.form); err != nil {
			return nil, err
		}
	}
	in.open = m
	return m, nil
}

// mayCount counts one more message.
func (in *AppendInput) mayCount() error {
	in.count++
	if limit := in.c.MessageLimit(); limit > 0 && in.count > limit { // RFC 9738 3.2
		return in.c.ErrMessageLimit()
	}
	if in.count > MaxAppendMessages {
		return No(CodeLimit, "Too many messages at once")
	}
	return nil
}

// announce makes the part at hand of a literal.
func (in *AppendInput) announce(m *AppendMessage, lit wire.Literal, form appendForm) error {
	in.body = &partReader{c: in.c, left: lit.Size, waiting: !lit.NonSync, form: form}
	if m.texts += lit.Size; m.texts > m.Max || m.texts < 0 {
		return No(CodeTooBig, "Message is too large")
	}
	return nil
}

// refuse is err for a message whose literal may be under way.
func (in *AppendInput) refuse(err error) error {
	if in.next.form != formCatenate {
		in.body = &partReader{c: in.c, left: in.next.lit.Size, waiting: !in.next.lit.NonSync, form: in.next.form}
	}
	return err
}

// Next returns the next part of the message, and io.EOF after the last one. The
// part before it ends; what was not read of it is skipped.
func (m *AppendMessage) Next() (*AppendPart, error) {
	in := m.in
	switch {
	case in.err != nil:
		return nil, in.err
	case in.open != m || m.done:
		return nil, io.EOF
	}
	p, err := m.nextPart()
	switch {
	case errors.Is(err, io.EOF):
		m.done = true
		return nil, io.EOF
	case err != nil:
		in.err = err
		return nil, err
	}
	return p, nil
}

func (m *AppendMessage) nextPart() (*AppendPart, error) {
	in := m.in
	if m.Size >= 0 {
		if m.parts++; m.parts == 1 {
			return &AppendPart{Size: m.Size, Asked: !in.body.waiting, Body: in.body}, nil
		}
		if err := in.endPart(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	if err := in.endPart(); err != nil {
		return nil, err
	}
	x := &in.c.lex
	if m.parts > 0 {
		if x.Try(')') {
			return nil, io.EOF
		}
		if err := x.SP(); err != nil {
			return nil, err
		}
	}
	m.parts++
	if in.parts++; in.parts > MaxCatenateParts {
		return nil, No(CodeLimit, "Too many parts")
	}
	var p catenatePart
	if err := parseCatenatePart(x, &p); err != nil {
		return nil, err
	}
	if p.url != "" {
		u, err := ParseURL(p.url)
		if err != nil {
			return nil, BadURL(p.url, "URL is not understood")
		}
		return &AppendPart{URL: u}, nil
	}
	x.SetTaken()
	if err := in.announce(m, p.lit, p.form); err != nil {
		return nil, err
	}
	return &AppendPart{Size: p.lit.Size, Asked: !in.body.waiting, Body: in.body}, nil
}

// skip takes the rest of the message.
func (m *AppendMessage) skip() error {
	for !m.done {
		_, err := m.nextPart()
		if errors.Is(err, io.EOF) {
			m.done = true
		} else if err != nil {
			return err
		}
	}
	return nil
}

// endPart comes to the input behind the part at hand.
func (in *AppendInput) endPart() error {
	if in.body == nil {
		return nil
	}
	_, err := io.Copy(io.Discard, in.body)
	if err != nil {
		return err
	}
	in.body = nil
	return nil
}

// end is the outcome of the command that the session gave err for. The client's
// errors take the place of it. What is left of the command is read away as far
// as it is under way.
func (in *AppendInput) end(err error) error {
	if err == nil && !errors.Is(in.err, io.EOF) {
		panic("session stored what it did not read to the end")
	}
	if err == nil {
		return nil
	}
	if in.more {
		_ = in.refuse(nil)
	}
	if b := in.body; b != nil && b.err != nil && !errors.Is(b.err, io.EOF) {
		in.err = b.err
	}
	if in.err != nil && !errors.Is(in.err, io.EOF) {
		err = in.err
	}
	var e *Error
	if in.c.io.Dead() != nil || errors.As(err, &e) && e.Status == StatusBYE {
		return err
	}
	limit := max(in.c.srv.cfg.Limits.Append, in.c.skipLimit())
	if b := in.body; b != nil && !b.waiting && !b.over {
		if b.left > limit {
			return Bye(CodeTooBig, "Literal is too large")
		}
		limit -= b.left
		if e := in.c.io.Skip(b.left); e != nil {
			return e
		}
		if e := in.c.nextLine(); e != nil {
			return e
		}
	}
	if e := in.c.skipLiterals(limit); e != nil {
		return e
	}
	return err
}

// nextLine has the lexer go on with the line behind a literal.
func (c *Conn) nextLine() error {
	line, err := c.io.ReadLine(c.lineLimit())
	c.lex.Reset(line, (*literals)(c))
	if errors.Is(err, lines.ErrTooLong) {
		return Bye(CodeTooBig, errLineTooLong.Text)
	}
	return unexpected(err)
}

// partReader is a literal of APPEND as it comes from the client.
type partReader struct {
	c       *Conn
	left    int64
	waiting bool // the client has still to be asked for it
	form    appendForm
	over    bool  // the line behind it was read
	err     error // what Read returns from now on
}

// Read asks the client for the literal if need be and reads from it. io.EOF
// comes when the line behind it was read as well.
func (m *partReader) Read(p []byte) (int, error) {
	if m.err != nil || len(p) == 0 {
		return 0, m.err
	}
	n, err := m.read(p)
	m.left -= int64(n)
	if err == nil && m.left == 0 {
		err = m.finish()
	}
	m.err = err
	return n, err
}

func (m *partReader) read(p []byte) (int, error) {
	c := m.c
	if m.waiting {
		m.waiting = false
		if err := c.goAhead("OK"); err != nil {
			return 0, err
		}
	}
	if m.left == 0 {
		return 0, nil
	}
	n, err := c.io.Read(p[:min(int64(len(p)), m.left)])
	return n, unexpected(err)
}

// finish goes on with the line behind the literal.
func (m *partReader) finish() error {
	err := m.c.nextLine()
	m.over = true
	if err == nil && m.form == formUTF8 {
		err = m.c.lex.Byte(')')
	}
	if err == nil {
		err = io.EOF
	}
	return err
}

// unexpected tells the end of the client's stream from the end of a message.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
