// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"errors"
	"os"
	"time"

	"twiga/lib/proto/imap/wire"
)

// errLineTooLong reports a line beyond the limit, of which the part at hand
// was read.
var errLineTooLong = &Error{Status: StatusBAD, Code: CodeTooBig, Text: "Command line is too long"}

// workspace returns the buffers of a connection at work.
func (c *Conn) workspace() *workspace {
	if c.ws == nil {
		c.ws = c.srv.pool.Get().(*workspace)
	}
	return c.ws
}

// park gives the buffers back. Nothing may be left in them.
func (c *Conn) park() {
	if c.ws == nil {
		return
	}
	c.lex.Reset(nil, nil)
	c.ws.reset()
	c.srv.pool.Put(c.ws)
	c.ws = nil
	if c.deflate != nil {
		c.deflate.park()
	}
}

// waitInput returns when there is input to use. While it waits the connection
// holds no workspace, and everything written is with the client. Only if the
// last read got all that it had room for, the next one, surely close, is made
// with a workspace.
func (c *Conn) waitInput(timeout time.Duration) error {
	if ws := c.ws; ws != nil {
		if ws.start < ws.end {
			return nil
		}
		if err := c.w.Flush(); err != nil {
			return err
		}
	}
	c.deadline = time.Now().Add(timeout)
	if c.ws != nil && c.ws.full { // a burst is under way
		return c.fill()
	}
	c.park()
	n, err := c.read(c.first[:])
	if err != nil {
		return err
	}
	ws := c.workspace()
	ws.start, ws.end = 0, copy(ws.in, c.first[:n])
	ws.full = n == len(c.first)
	return nil
}

// waitCommand returns when there is a command to read. Meanwhile clients that
// NOTIFY set are told what is new (RFC 5465 1).
func (c *Conn) waitCommand(ctx context.Context, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	for {
		c.idling.Store(c.alert())
		err := c.waitInput(time.Until(deadline))
		c.idling.Store(false)
		if !errors.Is(err, errWake) {
			return err
		}
		c.pending.Store(false)
		if err := c.poll(ctx, !c.notify.Delayed); err != nil {
			return err
		}
	}
}

// fill reads more input into the empty input buffer, by the deadline set.
func (c *Conn) fill() error {
	if err := c.w.Flush(); err != nil {
		return err
	}
	ws := c.workspace()
	n, err := c.read(ws.in)
	ws.start, ws.end = 0, n
	ws.full = n == len(ws.in)
	return err
}

// read reads from the client by the deadline set. It sees through reads that
// were interrupted: by shutdown unless a command is running, and by Notify
// while the client waits for news.
//
// The deadline is set before the reasons to stop are looked at, and whoever has
// a reason states it before interrupting, so none is missed.
func (c *Conn) read(p []byte) (int, error) {
	n, err := c.readPatiently(p)
	if err != nil && !errors.Is(err, errWake) {
		c.dead = err
	}
	return n, err
}

func (c *Conn) readPatiently(p []byte) (int, error) {
	for {
		if err := c.raw.SetReadDeadline(c.deadline); err != nil {
			return 0, err
		}
		if !c.busy && c.srv.closing.Load() {
			return 0, errClosing
		}
		if c.idling.Load() && c.pending.Load() {
			return 0, errWake
		}
		n, err := c.rw.Read(p)
		switch {
		case n > 0:
			return n, nil
		case err == nil: // an empty read means nothing
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return 0, err
		case !time.Now().Before(c.deadline):
			return 0, errTimeout
		}
	}
}

// expectMore sets the deadline for the next piece of a command. Until login it
// is not beyond that of the login, however slowly a client sends.
func (c *Conn) expectMore() {
	c.deadline = time.Now().Add(c.srv.cfg.Timeouts.Command)
	if c.state == stateNotAuthenticated && c.deadline.After(c.loginBy) {
		c.deadline = c.loginBy
	}
}

// readLine appends the next line to dst, without its end, until it is limit
// octets long.
func (c *Conn) readLine(dst []byte, limit int) ([]byte, error) {
	c.expectMore()
	for {
		in, ended := c.takeLine()
		dst = append(dst, in...)
		if ended {
			dst = bytes.TrimSuffix(dst, []byte{'\r'})
		}
		switch {
		case len(dst) > limit && ended:
			c.ws.start-- // leave the end for skipLine
			return dst, errLineTooLong
		case len(dst) > limit:
			return dst, errLineTooLong
		case ended:
			return dst, nil
		}
		if err := c.fill(); err != nil {
			return dst, err
		}
	}
}

// takeLine takes what is read of the line at hand, and its LF if that is there.
func (c *Conn) takeLine() (in []byte, ended bool) {
	ws := c.workspace()
	in, _, ended = bytes.Cut(ws.in[ws.start:ws.end], []byte{'\n'})
	if ws.start += len(in); ended {
		ws.start++
	}
	return in, ended
}

// skipLine reads the rest of a line away. tail is what was read of it; the
// last octets of the whole line are returned.
func (c *Conn) skipLine(tail []byte) ([]byte, error) {
	const keep = 32
	last := append(make([]byte, 0, 2*keep), tail[max(0, len(tail)-keep):]...)
	for {
		in, ended := c.takeLine()
		in = in[max(0, len(in)-keep):]
		if len(last)+len(in) > keep {
			last = append(last[:0], last[len(last)+len(in)-keep:]...)
		}
		last = append(last, in...)
		if ended {
			return bytes.TrimSuffix(last, []byte{'\r'}), nil
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
}

// skip reads n octets away.
func (c *Conn) skip(n int64) error {
	for n > 0 {
		ws := c.workspace()
		if ws.start == ws.end {
			c.expectMore()
			if err := c.fill(); err != nil {
				return err
			}
			continue
		}
		k := int(min(n, int64(ws.end-ws.start)))
		ws.start += k
		n -= int64(k)
	}
	return nil
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
		if err := c.skip(lit.Size); err != nil {
			return err
		}
		tail, err := c.skipLine(nil)
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
	for n := int(lit.Size); n > 0; {
		ws := c.workspace()
		if ws.start == ws.end {
			c.expectMore()
			if err := c.fill(); err != nil {
				return nil, err
			}
		}
		k := min(n, ws.end-ws.start)
		cmd = append(cmd, ws.in[ws.start:ws.start+k]...)
		ws.start += k
		n -= k
	}
	return c.readLine(cmd, maxCommand)
}
