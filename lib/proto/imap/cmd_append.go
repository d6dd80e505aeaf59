// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"io"
	"time"

	"twiga/lib/proto/imap/wire"
)

type appendArgs struct {
	mailbox string
	flags   []string
	date    time.Time
	lit     wire.Literal
}

// parseAppend parses APPEND up to the announcement of the message.
func parseAppend(x *wire.Lexer, a *appendArgs) (err error) {
	if a.mailbox, err = spMailbox(x); err != nil {
		return err
	}
	if err := x.SP(); err != nil {
		return err
	}
	if x.Peek() == '(' {
		if a.flags, err = parseFlagList(x); err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
	if x.Peek() == '"' {
		if a.date, err = x.DateTime(); err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
	a.lit, err = x.LiteralHeader() // a literal8 as well (RFC 3516 4.4): every message may hold any octet
	return err
}

// runAppend runs APPEND (RFC 3501 6.3.11).
func runAppend(ctx context.Context, c *Conn, a *appendArgs) error {
	if a.lit.Size > c.srv.cfg.Limits.Append {
		return No(CodeTooBig, "Message is too large")
	}
	c.lex.SetTaken()
	c.busy = true
	m := &messageReader{c: c, left: a.lit.Size, waiting: !a.lit.NonSync}
	d, err := c.session.Append(ctx, a.mailbox, &AppendMessage{
		Flags: a.flags, Date: a.date, Size: a.lit.Size, Body: m,
	})
	if err == nil || !m.waiting { // else the client was not asked for the message
		if err := m.drain(); err != nil {
			return err
		}
	}
	if err == nil && d != nil && d.UID != 0 {
		b := append(c.code, "APPENDUID "...)
		b = wire.AppendUint(b, uint64(d.UIDValidity))
		b = append(b, ' ')
		c.code = wire.AppendUint(b, uint64(d.UID))
	}
	return err
}

// drain reads what the session left of the message. Its error is about the
// client's side: it takes the place of the outcome.
func (m *messageReader) drain() error {
	if _, err := io.Copy(io.Discard, m); err != nil {
		return err
	}
	if m.c.dead != nil {
		return m.c.dead
	}
	var e *Error
	if errors.As(m.err, &e) {
		return e
	}
	return nil
}
