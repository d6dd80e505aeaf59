// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"errors"
)

// runRetr runs RETR (RFC 1939 5).
func runRetr(ctx context.Context, c *Conn, a *messageArgs) error {
	i, err := c.drop.place(a.number)
	if err != nil {
		return err
	}
	return c.send(ctx, Want{Message: i, Lines: -1})
}

// send answers a RETR or TOP, and with it those that the client has pipelined
// behind it.
func (c *Conn) send(ctx context.Context, first Want) error {
	wants := []Want{first}
	for len(wants) < c.srv.cfg.Limits.Batch {
		w, length, ok := c.peekWant()
		if !ok {
			break
		}
		if err := c.io.Skip(int64(length)); err != nil {
			return err
		}
		wants = append(wants, w)
	}
	m := MessageWriter{c: c, want: wants}
	err := c.drop.Send(ctx, &m, wants)
	return m.finish(ctx, err)
}

// peekWant looks whether the next command was read already and is a RETR or
// TOP that asks for a message.
func (c *Conn) peekWant() (w Want, length int, ok bool) {
	line, length := c.io.PeekLine()
	if length == 0 || len(line) > c.srv.cfg.Limits.Line {
		return w, 0, false
	}
	cmd, args := find(c.srv.commands, line)
	if cmd == nil {
		return w, 0, false
	}
	var a topArgs
	switch cmd.name {
	case "RETR":
		var m messageArgs
		if parseMessage(args, &m) != nil {
			return w, 0, false
		}
		a = topArgs{m.number, -1}
	case "TOP":
		if parseTop(args, &a) != nil {
			return w, 0, false
		}
	default:
		return w, 0, false
	}
	i, err := c.drop.place(a.number)
	return Want{Message: i, Lines: a.lines}, length, err == nil
}

// finish answers for what Send left, err telling why.
func (m *MessageWriter) finish(ctx context.Context, err error) error {
	c := m.c
	if err := c.io.Broken(); err != nil {
		return err
	}
	if c.w.open {
		if err == nil {
			err = errors.New("message was not ended")
		}
		return c.io.Break(err)
	}
	if m.next == len(m.want) && err == nil {
		if m.lost {
			return errAnswered
		}
		return nil
	}
	if err == nil {
		err = errors.New("messages were left out")
	}
	var e *Error
	if !errors.As(err, &e) {
		if ctx.Err() != nil {
			return err
		}
		e = c.internal(ctx, c.srv.commands["RETR"], err)
	}
	for m.next < len(m.want) {
		if err := m.Fail(e); err != nil {
			return err
		}
	}
	if e.end {
		return e
	}
	return errAnswered
}
