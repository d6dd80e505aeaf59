// SPDX-License-Identifier: AGPL-3.0-or-later

package lines

import (
	"fmt"
	"io"
	"time"
)

// literalStep is how much room Copy wants for its next read.
const literalStep = 4 << 10

// Begin returns the output so far, to be appended to and given to [Conn.End].
func (c *Conn) Begin() []byte { return c.buffers().out }

// End takes back what Begin gave, longer, and writes it to the client if it has
// become large. Its error, like that of all that write, means that the client is
// gone; once there was one, all of them return it.
func (c *Conn) End(b []byte) error {
	c.buffers().out = b
	if len(b) < c.srv.cfg.Sizes.Flush {
		return c.broken
	}
	return c.Flush()
}

// Write appends p. What is large is written at once, with the output before it
// and without being copied.
func (c *Conn) Write(p []byte) (int, error) {
	if len(p) < c.srv.cfg.Sizes.Direct {
		if err := c.End(append(c.buffers().out, p...)); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	for rest := p; len(rest) > 0; {
		n := min(len(rest), maxWrite)
		if err := c.flushWith(rest[:n]); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(p), nil
}

// Copy appends size octets of r. If r has fewer or fails, that is the end of
// the connection: what was announced cannot be kept.
func (c *Conn) Copy(r io.Reader, size int64) error {
	keep := c.srv.cfg.Sizes.Keep
	for size > 0 {
		b := c.buffers()
		if cap(b.out)-len(b.out) < literalStep && len(b.out) > 0 {
			if cap(b.out) < keep/2 {
				b.out = append(b.out, make([]byte, keep/2)...)[:len(b.out)]
			} else if err := c.Flush(); err != nil {
				return err
			}
		}
		room := int64(cap(b.out) - len(b.out))
		free := b.out[len(b.out):][:min(room, size)]
		n, err := r.Read(free)
		size -= int64(n)
		if e := c.End(b.out[:len(b.out)+n]); e != nil {
			return e
		}
		if err != nil && size > 0 {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return c.Break(fmt.Errorf("send literal: %w", err))
		}
	}
	return c.broken
}

// Flush writes the output to the client now.
func (c *Conn) Flush() error { return c.flushWith(nil) }

func (c *Conn) flushWith(p []byte) error {
	if c.broken != nil {
		return c.broken
	}
	b := c.buf
	if b == nil || len(b.out)+len(p) == 0 {
		return nil
	}
	err := c.expectTaken()
	switch {
	case err != nil:
	case len(p) == 0:
		_, err = c.rw.Write(b.out)
	default:
		b.parts = [2][]byte{b.out, p}
		b.both = b.parts[:]
		_, err = b.both.WriteTo(c.rw)
		b.parts = [2][]byte{}
	}
	b.out = b.out[:0]
	if err != nil {
		return c.Break(fmt.Errorf("write to client: %w", err))
	}
	return nil
}

// expectTaken sets the deadline for the next piece of output, as hurry does at the
// server's end: it is set before that is looked at, so that none is missed.
func (c *Conn) expectTaken() error {
	err := c.raw.SetWriteDeadline(time.Now().Add(c.srv.cfg.Timeouts.Write))
	if err == nil && c.srv.closing.Load() {
		c.hurry()
	}
	return err
}

// hurry has a piece of output be taken soon, also one that is being written.
func (c *Conn) hurry() {
	t := &c.srv.cfg.Timeouts
	_ = c.raw.SetWriteDeadline(time.Now().Add(min(t.Write, t.Hurry))) // fails only on a closed connection
}

// Break makes err the end of the connection, at once and without a word, and
// returns it, or the error that was first.
func (c *Conn) Break(err error) error {
	if c.broken == nil {
		c.broken = err
		c.cancel()
	}
	return c.broken
}

// Broken tells why nothing more can be written; nil while there may be.
func (c *Conn) Broken() error { return c.broken }
