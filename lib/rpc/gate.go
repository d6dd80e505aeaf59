// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"twiga/lib/mapi"
)

// gate lets so many calls run at a time.
type gate struct {
	slots chan struct{}
	wait  time.Duration
}

func newGate(size int, wait time.Duration) *gate {
	return &gate{slots: make(chan struct{}, size), wait: wait}
}

// enter takes a place; mapi.Busy where none became free in time.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(g.wait)
	defer timer.Stop()
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return fmt.Errorf("begin call: %d calls are running: %w", cap(g.slots), mapi.Busy)
	case <-ctx.Done():
		return fmt.Errorf("begin call: %w", ctx.Err())
	}
}

func (g *gate) leave() { <-g.slots }

// refusal is the answer to a connection above the bound.
const refusal = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n\r\ntoo many connections\n"

// refusalTime bounds the wait for a refused client to take its answer.
const refusalTime = time.Second

// boundedListener accepts so many connections at a time and refuses others.
type boundedListener struct {
	net.Listener
	max  int64
	open atomic.Int64
}

// Accept implements net.Listener.
func (b *boundedListener) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if b.open.Add(1) <= b.max {
			return &boundedConn{Conn: c, release: sync.OnceFunc(func() { b.open.Add(-1) })}, nil
		}
		b.open.Add(-1)
		if c.SetDeadline(time.Now().Add(refusalTime)) == nil {
			_, _ = c.Write([]byte(refusal)) // small: it fits the socket's buffer
		}
		_ = c.Close()
	}
}

// boundedConn gives its place back when it is closed.
type boundedConn struct {
	net.Conn
	release func()
}

// Close implements net.Conn.
func (c *boundedConn) Close() error {
	c.release()
	return c.Conn.Close()
}
