// SPDX-License-Identifier: AGPL-3.0-or-later

package lines

import (
	"bytes"
	"errors"
	"os"
	"time"
)

var (
	// ErrTooLong reports a line beyond its limit, of which the part at hand was
	// read; [Conn.SkipLine] reads the rest away.
	ErrTooLong = errors.New("line is too long")
	// ErrWoken reports that a wait was cut short by [Conn.Wake].
	ErrWoken = errors.New("wait was cut short")
)

// buffers returns the buffers of a connection at work.
func (c *Conn) buffers() *buffers {
	if c.buf == nil {
		c.buf = c.srv.pool.Get().(*buffers)
	}
	return c.buf
}

// park gives the buffers back. Nothing may be left in them.
func (c *Conn) park() {
	if c.buf == nil {
		return
	}
	c.protocol.Park()
	c.buf.reset(&c.srv.cfg.Sizes)
	c.srv.pool.Put(c.buf)
	c.buf = nil
}

// NextBy is when the next command has to come, if the client was heard just
// now.
func (c *Conn) NextBy() time.Time {
	if !c.loginBy.IsZero() {
		return c.loginBy
	}
	return time.Now().Add(c.srv.cfg.Timeouts.Idle)
}

// Wait returns when there is input to use. While it waits the connection holds
// no buffers, and everything written is with the client. It fails with ErrTimeout
// at its deadline, with ErrClosing at the server's end and, if wakeable, with
// ErrWoken once Wake was called.
func (c *Conn) Wait(by time.Time, wakeable bool) error {
	if c.srv.closing.Load() {
		c.dead = ErrClosing
		return c.dead
	}
	if !wakeable {
		return c.wait(by)
	}
	c.waking.Store(true)
	defer c.waking.Store(false)
	return c.wait(by)
}

// wait makes a read with buffers, and not with the few octets of a waiting
// connection, if the last one got all that it had room for: then more is surely
// close.
func (c *Conn) wait(by time.Time) error {
	if b := c.buf; b != nil {
		if b.start < b.end {
			return nil
		}
		if err := c.Flush(); err != nil {
			return err
		}
	}
	c.deadline = by
	if c.buf != nil && c.buf.full { // a burst is under way
		return c.fill()
	}
	c.park()
	n, err := c.read(c.first[:])
	if err != nil {
		return err
	}
	b := c.buffers()
	b.took(copy(b.in, c.first[:n]))
	clear(c.first[:n]) // it may have held a password
	b.full = n == len(c.first)
	return nil
}

// Wake cuts a wait short that may be. It never blocks, may be called from any
// goroutine and at any time, also after the connection has ended, and is cheap
// when nobody waits: then it is remembered for the next wait.
func (c *Conn) Wake() {
	c.woken.Store(true)
	if c.waking.Load() {
		c.interrupt()
	}
}

// ForgetWake has the next wait begin as if Wake had not been called yet.
func (c *Conn) ForgetWake() { c.woken.Store(false) }

// interrupt lets a blocked read return early. Conn.read finds out why.
func (c *Conn) interrupt() {
	_ = c.raw.SetReadDeadline(time.Unix(1, 0)) // fails only on a closed connection
}

// Dead tells why nothing more will be read; nil while there may be.
func (c *Conn) Dead() error { return c.dead }

// fill reads more input into the empty input buffer, by the deadline set.
func (c *Conn) fill() error {
	if err := c.Flush(); err != nil {
		return err
	}
	b := c.buffers()
	n, err := c.read(b.in)
	b.took(n)
	b.full = n == len(b.in)
	return err
}

// read reads from the client by the deadline set.
func (c *Conn) read(p []byte) (int, error) {
	n, err := c.readPatiently(p)
	if err != nil && !errors.Is(err, ErrWoken) {
		c.dead = err
	}
	return n, err
}

// readPatiently sees through reads that were interrupted: by shutdown as long as
// a command may finish, and by Wake unless that may cut the wait short.
//
// The deadline is set before the reasons to stop are looked at, and whoever has
// a reason states it before interrupting, so none is missed.
func (c *Conn) readPatiently(p []byte) (int, error) {
	for {
		if err := c.raw.SetReadDeadline(c.lookUp()); err != nil {
			return 0, err
		}
		if c.srv.closing.Load() && !c.Busy || c.srv.closed.Load() {
			return 0, ErrClosing
		}
		if c.waking.Load() && c.woken.Load() {
			return 0, ErrWoken
		}
		n, err := c.rw.Read(p)
		switch {
		case n > 0:
			return n, nil
		case err == nil: // an empty read means nothing
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return 0, err
		case !time.Now().Before(c.deadline):
			return 0, ErrTimeout
		case !c.probeAt.IsZero() && !time.Now().Before(c.probeAt):
			c.keepAlive()
		}
	}
}

// lookUp is when a read is interrupted: at its deadline, or when it is time for
// keepAlive.
func (c *Conn) lookUp() time.Time {
	if c.probeAt.IsZero() || c.deadline.Before(c.probeAt) {
		return c.deadline
	}
	return c.probeAt
}

// expectMore sets the deadline for the next piece of a command. Until login it
// is not beyond that of the login, however slowly a client sends.
func (c *Conn) expectMore() {
	c.deadline = time.Now().Add(c.srv.cfg.Timeouts.Command)
	if !c.loginBy.IsZero() && c.deadline.After(c.loginBy) {
		c.deadline = c.loginBy
	}
}

// ReadLine reads the next line, without its end, as [Conn.AppendLine] does. It
// is valid until the next ReadLine, or until the connection waits. Who makes it
// longer gives it back to [Conn.KeepLine].
func (c *Conn) ReadLine(limit int) ([]byte, error) {
	line, err := c.AppendLine(c.buffers().line[:0], limit)
	c.buf.line = line[:0]
	return line, err
}

// KeepLine takes the buffer that ReadLine gave and that may have grown.
func (c *Conn) KeepLine(line []byte) {
	if c.buf != nil && line != nil {
		c.buf.line = line[:0]
	}
}

// AppendLine appends the next line to dst, without its end, unless that gets
// longer than limit: then it fails with ErrTooLong.
func (c *Conn) AppendLine(dst []byte, limit int) ([]byte, error) {
	c.expectMore()
	start := len(dst)
	for {
		in, ended := c.takeLine()
		dst = append(dst, in...)
		if ended {
			dst = dst[:start+len(bytes.TrimSuffix(dst[start:], []byte{'\r'}))]
		}
		switch {
		case ended && len(dst) > limit:
			c.buf.start-- // leave the end for SkipLine
			return dst, ErrTooLong
		case len(dst) > limit+1: // one may be the CR of the end
			return dst, ErrTooLong
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
	b := c.buffers()
	in, _, ended = bytes.Cut(b.in[b.start:b.end], []byte{'\n'})
	if b.start += len(in); ended {
		b.start++
	}
	return in, ended
}

// skipKeeps is how much of its end SkipLine gives.
const skipKeeps = 32

// SkipLine reads the rest of a line away. tail is what was read of it; the last
// octets of the whole line are returned.
func (c *Conn) SkipLine(tail []byte) ([]byte, error) {
	last := append(make([]byte, 0, 2*skipKeeps), tail[max(0, len(tail)-skipKeeps):]...)
	for {
		in, ended := c.takeLine()
		in = in[max(0, len(in)-skipKeeps):]
		if len(last)+len(in) > skipKeeps {
			last = append(last[:0], last[len(last)+len(in)-skipKeeps:]...)
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

// PeekLine gives the next line, without its end, if all of it was read already,
// and its length with its end; 0 if not.
func (c *Conn) PeekLine() (line []byte, length int) {
	b := c.buffers()
	line, _, ok := bytes.Cut(b.in[b.start:b.end], []byte{'\n'})
	if !ok {
		return nil, 0
	}
	return bytes.TrimSuffix(line, []byte{'\r'}), len(line) + 1
}

// Buffered gives what was read and not yet used. It is valid until the next
// read.
func (c *Conn) Buffered() []byte {
	b := c.buffers()
	return b.in[b.start:b.end]
}

// Forget drops what was read and not yet used.
func (c *Conn) Forget() {
	b := c.buffers()
	b.start, b.end = 0, 0
}

// Skip reads n octets away.
func (c *Conn) Skip(n int64) error {
	return c.pieces(n, func([]byte) {})
}

// AppendOctets appends the next n octets to dst.
func (c *Conn) AppendOctets(dst []byte, n int64) ([]byte, error) {
	err := c.pieces(n, func(p []byte) { dst = append(dst, p...) })
	return dst, err
}

// pieces takes n octets as they come.
func (c *Conn) pieces(n int64, take func([]byte)) error {
	for n > 0 {
		b := c.buffers()
		if b.start == b.end {
			c.expectMore()
			if err := c.fill(); err != nil {
				return err
			}
			continue
		}
		k := int(min(n, int64(b.end-b.start)))
		take(b.in[b.start : b.start+k])
		b.start += k
		n -= int64(k)
	}
	return nil
}

// Read reads octets of a command, by the deadline for a piece of it. What is
// large comes straight from the client.
func (c *Conn) Read(p []byte) (int, error) {
	b := c.buffers()
	if b.start == b.end {
		c.expectMore()
		if len(p) >= len(b.in) {
			if err := c.Flush(); err != nil {
				return 0, err
			}
			return c.read(p)
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.in[b.start:b.end])
	b.start += n
	return n, nil
}
