// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"bytes"
	"errors"
	"os"
	"time"
)

// errLineTooLong reports a line beyond the limit, of which the part at hand
// was read.
var errLineTooLong = Bad("Command line is too long")

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
	c.ws.reset()
	c.srv.pool.Put(c.ws)
	c.ws = nil
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
		if err := c.w.flush(); err != nil {
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
	clear(c.first[:n]) // it may have held a password
	ws.full = n == len(c.first)
	return nil
}

// fill reads more input behind what is left of it, by the deadline set.
func (c *Conn) fill() error {
	if err := c.w.flush(); err != nil {
		return err
	}
	ws := c.workspace()
	n, err := c.read(ws.in)
	ws.start, ws.end = 0, n
	ws.full = n == len(ws.in)
	return err
}

// read reads from the client by the deadline set. It sees through reads that
// were interrupted by the server's end, unless a command is running.
//
// The deadline is set before the reason to stop is looked at, and whoever has
// a reason states it before interrupting, so none is missed.
func (c *Conn) read(p []byte) (int, error) {
	for {
		err := c.raw.SetReadDeadline(c.deadline)
		if err == nil && !c.busy && c.srv.closing.Load() {
			err = errClosing
		}
		n := 0
		if err == nil {
			n, err = c.rw.Read(p)
		}
		switch {
		case n > 0:
			return n, nil
		case err == nil: // an empty read means nothing
			continue
		case errors.Is(err, os.ErrDeadlineExceeded) && time.Now().Before(c.deadline):
			continue
		case errors.Is(err, os.ErrDeadlineExceeded):
			err = errTimeout
		}
		c.dead = err
		return 0, err
	}
}

// expectMore sets the deadline for the rest of a line. Until login it is not
// beyond that of the login, however slowly a client sends.
func (c *Conn) expectMore() {
	c.deadline = time.Now().Add(c.srv.cfg.Timeouts.Command)
	if c.state == stateAuthorization && c.deadline.After(c.loginBy) {
		c.deadline = c.loginBy
	}
}

// readLine reads the next line into the workspace, without its end. One that
// is too long is read to its end.
func (c *Conn) readLine() ([]byte, error) {
	c.expectMore()
	ws := c.workspace()
	limit := c.srv.cfg.Limits.Line
	if c.state == stateAuthorization {
		limit = c.srv.cfg.Limits.LineBeforeLogin
	}
	ws.line = ws.line[:0]
	tooLong := false
	for {
		in, _, ended := bytes.Cut(ws.in[ws.start:ws.end], []byte{'\n'})
		if ws.start += len(in); ended {
			ws.start++
		}
		if tooLong = tooLong || len(ws.line)+len(in) > limit+1; !tooLong {
			ws.line = append(ws.line, in...)
		}
		if tooLong && c.state == stateAuthorization {
			return nil, Bye("", errLineTooLong.Text)
		}
		if ended {
			break
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
	line := bytes.TrimSuffix(ws.line, []byte{'\r'})
	if tooLong || len(line) > limit {
		return nil, errLineTooLong
	}
	return line, nil
}

// peekLine gives the next line if all of it was read already, and its length
// with its end.
func (c *Conn) peekLine() (line []byte, length int) {
	ws := c.workspace()
	line, _, ok := bytes.Cut(ws.in[ws.start:ws.end], []byte{'\n'})
	if !ok {
		return nil, 0
	}
	return bytes.TrimSuffix(line, []byte{'\r'}), len(line) + 1
}
