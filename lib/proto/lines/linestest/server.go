// SPDX-License-Identifier: AGPL-3.0-or-later

package linestest

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"testing"
)

// Server is what serves the connections of a protocol.
type Server interface {
	ServeConn(ctx context.Context, nc net.Conn)
	Shutdown(ctx context.Context) error
}

// Listen serves on a loopback address, under TLS if cfg is not nil, until the
// end of the test, which shuts the server down.
func Listen(tb testing.TB, s Server, cfg *tls.Config) (address string) {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	address = ln.Addr().String()
	if cfg != nil {
		ln = tls.NewListener(ln, cfg)
	}
	var served sync.WaitGroup
	served.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			served.Go(func() { s.ServeConn(context.Background(), nc) })
		}
	})
	tb.Cleanup(func() {
		ln.Close()
		Shutdown(tb, s)
		served.Wait()
	})
	return address
}

// Shutdown shuts a server down, which may not take long.
func Shutdown(tb testing.TB, s Server) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		tb.Errorf("shut down: %v", err)
	}
}

// Pipe gives a connection to the server in memory, which over may wrap on the
// server's side. The end of the test closes it.
func Pipe(tb testing.TB, s Server, over func(net.Conn) net.Conn) net.Conn {
	tb.Helper()
	here, there := net.Pipe()
	if over != nil {
		there = over(there)
	}
	var served sync.WaitGroup
	served.Go(func() { s.ServeConn(context.Background(), there) })
	tb.Cleanup(func() {
		here.Close()
		served.Wait()
	})
	return here
}

// Counting is a connection that counts its writes.
type Counting struct {
	net.Conn
	Writes int
}

// Write implements net.Conn.
func (c *Counting) Write(p []byte) (int, error) {
	c.Writes++
	return c.Conn.Write(p)
}

// Foreign makes a connection one of a client on another machine, always the
// same.
func Foreign(nc net.Conn) net.Conn { return foreign{nc} }

type foreign struct{ net.Conn }

func (foreign) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 1} }

func (f foreign) NetConn() net.Conn { return f.Conn }
