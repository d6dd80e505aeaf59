// SPDX-License-Identifier: AGPL-3.0-or-later

package lines

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what a server is made of. Name, Sizes and Timeouts are needed.
type Config struct {
	Name      string      // of the protocol, for the log: "imap"
	TLS       *tls.Config // for [Conn.StartTLS]
	Peers     *Peers      // nil counts none
	Refused   func()      // is told of each connection over the limit of Peers; optional
	Timeouts  Timeouts
	Sizes     Sizes
	Logger    *slog.Logger // default: nothing is logged
	PanicCode string       // of the log line about a panic
}

// Server keeps the connections of one protocol.
type Server struct {
	cfg     Config
	pool    sync.Pool   // *buffers
	closing atomic.Bool // waiting clients are told
	closed  atomic.Bool // nobody is heard any more
	active  sync.WaitGroup

	mu    sync.Mutex // guards conns
	conns map[*Conn]struct{}
}

// NewServer returns a server without connections.
func NewServer(cfg Config) *Server {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg, conns: map[*Conn]struct{}{}}
	s.pool.New = func() any { return newBuffers(&s.cfg.Sizes) }
	return s
}

// Shutdown ends the server in good order: waiting clients are told, running
// commands are let finish, and new connections are closed. A command that is
// still reading its input has a short time for that (Timeouts.Finish); then its
// client is told, too. A client that does not take what it is sent is cut
// off after a short time (Timeouts.Hurry). When ctx ends first, what is left is
// cut off. It returns when no connection is left.
func (s *Server) Shutdown(ctx context.Context) error {
	s.closing.Store(true)
	s.each(func(c *Conn) {
		c.interrupt()
		c.hurry()
	})
	finish := time.AfterFunc(s.cfg.Timeouts.Finish, func() {
		s.closed.Store(true)
		s.each((*Conn).interrupt)
	})
	defer finish.Stop()
	done := make(chan struct{})
	go func() {
		s.active.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.each(func(c *Conn) { c.cancel() })
	<-done
	return ctx.Err()
}

func (s *Server) each(f func(*Conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		f(c)
	}
}

// add registers c. It is not ok if the server is closing.
func (s *Server) add(c *Conn) (ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return false
	}
	s.conns[c] = struct{}{}
	s.active.Add(1)
	return true
}

func (s *Server) remove(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.active.Done()
}

// serve serves a connection that was made by Init, and returns when it has
// ended.
func (s *Server) serve(ctx context.Context, c *Conn) {
	ctx, c.cancel = context.WithCancel(ctx)
	defer c.cancel()
	if !s.add(c) {
		c.raw.Close()
		return
	}
	defer s.remove(c)
	stop := context.AfterFunc(ctx, func() { c.raw.Close() })
	defer stop()
	defer c.close()
	defer c.recover(ctx)
	c.speak(ctx)
}

// belowAll is the connection below TLS, or below a proxy's header.
func belowAll(nc net.Conn) net.Conn {
	for {
		over, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			return nc
		}
		nc = over.NetConn()
	}
}
