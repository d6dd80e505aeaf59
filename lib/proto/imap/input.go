// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"

	"twiga/lib/proto/imap/wire"
	"twiga/lib/proto/lines"
)

// errLineTooLong answers a line beyond the limit.
var errLineTooLong = &Error{Status: StatusBAD, Code: CodeTooBig, Text: "Command line is too long"}

// waitCommand returns when there is a command to read. Meanwhile clients that
// NOTIFY set are told what is new (RFC 5465 1).
func (c *Conn) waitCommand(ctx context.Context) error {
	by := c.io.NextBy()
	for {
		err := c.io.Wait(by, c.alert())
		if !errors.Is(err, lines.ErrWoken) {
			return err
		}
		c.io.ForgetWake()
		if err := c.poll(ctx, !c.notify.Delayed); err != nil {
			return err
		}
		c.pushed = c.pushed || len(c.w.Begin()) > 0
	}
}

// resync comes to the start of the next command after one that was not read
// to its end: literals without a continuation request, announced by the line
// at hand, are on their way.
func (c *Conn) resync() error { return c.skipLiterals(c.skipLimit()) }

// skipLiterals is resync for literals of at most limit octets together.
func (c *Conn) skipLiterals(limit int64) error {
	lit, ok := c.lex.Unread()
	for ok && lit.NonSync {
		if lit.Size > limit {
			return Bye(CodeTooBig, "Literal is too large")
		}
		limit -= lit.Size
		if err := c.io.Skip(lit.Size); err != nil {
			return err
		}
		tail, err := c.io.SkipLine(nil)
		if err != nil {
			return err
		}
		lit, ok = wire.TrailingLiteral(tail)
	}
	c.lex.SetTaken()
	return nil
}

func (c *Conn) skipLimit() int64 {
	if c.state == stateNotAuthenticated {
		return c.srv.cfg.Limits.LiteralBeforeLogin
	}
	return c.srv.cfg.Limits.Skip
}

// limits returns how large a command's lines together, a literal, and all of
// the command may be.
func (c *Conn) limits() (literal int64, command int) {
	l := &c.srv.cfg.Limits
	if c.state == stateNotAuthenticated {
		return l.LiteralBeforeLogin, l.LineBeforeLogin + 2*int(l.LiteralBeforeLogin)
	}
	return int64(l.Command), l.Command
}

func (c *Conn) lineLimit() int {
	if c.state == stateNotAuthenticated {
		return c.srv.cfg.Limits.LineBeforeLogin
	}
	return c.srv.cfg.Limits.Command
}

// goAhead asks for a literal or a line (RFC 3501 7.5).
func (c *Conn) goAhead(text string) error {
	b := append(c.w.Begin(), "+ "...)
	b = append(b, text...)
	if err := c.w.End(append(b, "\r\n"...)); err != nil {
		return err
	}
	return c.w.Flush()
}

// literals makes a Conn the source of its lexer's literals.
type literals Conn

// ReadLiteral implements wire.LiteralSource.
func (l *literals) ReadLiteral(cmd []byte, lit wire.Literal) ([]byte, error) {
	c := (*Conn)(l)
	maxLiteral, maxCommand := c.limits()
	if lit.Size > maxLiteral || lit.Size > int64(maxCommand-len(cmd)) {
		return nil, &Error{Status: StatusBAD, Code: CodeTooBig, Text: "Literal is too large"}
	}
	if !lit.NonSync {
		if err := c.goAhead("OK"); err != nil {
			return nil, err
		}
	}
	cmd, err := c.io.AppendOctets(cmd, lit.Size)
	if err != nil {
		return nil, err
	}
	cmd, err = c.io.AppendLine(cmd, maxCommand)
	if errors.Is(err, lines.ErrTooLong) {
		return nil, errLineTooLong
	}
	return cmd, err
}
