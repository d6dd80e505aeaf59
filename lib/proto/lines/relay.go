// SPDX-License-Identifier: AGPL-3.0-or-later

package lines

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// ErrRelayed is how a connection ends that was handed over: the client was told
// by whom it spoke with.
var ErrRelayed = errors.New("connection was relayed")

// Relay hands the client over to another server, of which nothing more is
// expected: what was read and not yet used goes there first, then all that the
// client sends, and all that comes from there goes to the client. It returns
// ErrRelayed when both have ended, and closes there.
//
// When the client ends its side, or this server is shut down, there is told that
// nothing more will come, and what is still answered reaches the client. There
// are no more timeouts but those of writing: to end silent clients is for there.
func (c *Conn) Relay(ctx context.Context, there net.Conn) error {
	defer there.Close()
	if err := c.Flush(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { there.Close() })
	defer stop()
	if _, err := there.Write(c.Buffered()); err != nil {
		return c.Break(err)
	}
	c.Forget()
	c.park()
	c.keepAlive() // nobody else looks for silence here
	if err := c.raw.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_ = c.carry(relayed{c}, there)
		c.interrupt() // the client has nobody to speak with
	}()
	if !c.srv.closing.Load() { // whoever closes says so before it interrupts
		_ = c.carry(there, c.rw)
	}
	if half, ok := there.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
		there.Close()
	}
	<-answered
	c.dead = ErrRelayed
	return ErrRelayed
}

// relayed is a client as Relay writes to it.
type relayed struct{ c *Conn }

// Write implements io.Writer.
func (r relayed) Write(p []byte) (int, error) {
	if err := r.c.expectTaken(); err != nil {
		return 0, err
	}
	return r.c.rw.Write(p)
}

// carry copies until from ends or to fails. While nothing comes it holds no
// buffer but a few octets.
func (c *Conn) carry(to io.Writer, from io.Reader) error {
	var first [firstRead]byte
	for {
		n, err := from.Read(first[:])
		if _, e := to.Write(first[:n]); e != nil {
			return e
		}
		if err == nil && n == len(first) {
			err = c.carryBurst(to, from)
		}
		if err != nil {
			return err
		}
	}
}

// carryBurst copies while reads fill a large buffer.
func (c *Conn) carryBurst(to io.Writer, from io.Reader) error {
	b := c.srv.pool.Get().(*buffers)
	defer func() {
		b.reset(&c.srv.cfg.Sizes)
		c.srv.pool.Put(b)
	}()
	for {
		n, err := from.Read(b.in)
		b.took(n)
		if _, e := to.Write(b.in[:n]); e != nil {
			return e
		}
		if err != nil || n < len(b.in) {
			return err
		}
	}
}
