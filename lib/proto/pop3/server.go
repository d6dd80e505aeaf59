// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what a server is made of. Only Backend is needed.
type Config struct {
	Backend Backend

	// TLS, if set, is offered by STLS. A listener for implicit TLS is wrapped by
	// the caller ([tls.NewListener]).
	TLS *tls.Config
	// PlainLogin allows passwords on connections without TLS.
	PlainLogin bool
	// PlainLoginFrom, if set, allows it for some clients, such as those on the
	// same machine.
	PlainLoginFrom func(client net.Addr) bool
	// NoOpenProofs refuses mechanisms that show no secret (SCRAM), too, on
	// connections on which passwords are not taken.
	NoOpenProofs bool

	// Implementation is told by CAPA (RFC 2449 6.9), where it is not empty.
	Implementation string
	// LoginDelay is told by CAPA (RFC 2449 6.6), where it is not 0; to enforce it
	// is for the backend.
	LoginDelay time.Duration

	Limits   Limits
	Timeouts Timeouts

	Logger *slog.Logger // default: nothing is logged
	Hooks  Hooks
}

// Limits bound what a client may send. A field that is zero takes the default.
type Limits struct {
	LineBeforeLogin int // octets of a line before login; RFC 5034 4 wants 12288 (default 12304)
	Line            int // octets of a line after login; RFC 2449 4 wants 255 (default 1024)
	Bad             int // malformed commands in a row until the end (default 20)
	AuthFailures    int // failed logins until the end (default 5)
	Batch           int // pipelined RETR and TOP commands that are answered together (default 128)
}

// Timeouts bound how long a client may take. A field that is zero takes the
// default.
type Timeouts struct {
	Login   time.Duration // from connecting to being logged in (default 60 s)
	Idle    time.Duration // between commands after login (default 10 min, RFC 1939 3)
	Command time.Duration // for a command line once begun (default 60 s)
	Write   time.Duration // for each piece of output (default 60 s)
	// KeepAlive is the silence after which TCP probes the client, so that a
	// maildrop does not stay locked for one that is gone (default 1 min).
	KeepAlive time.Duration
	// AuthDelay is how long the answer to a failed login is held back (default
	// none).
	AuthDelay time.Duration
}

// Hooks are told what happens, for metrics; each may be nil. They are called
// from the connections' goroutines and must not block.
type Hooks struct {
	Open  func()
	Close func()
	// Command is called after each command that was known, by its name in
	// capitals. Commands that were answered together share the time.
	Command func(name string, took time.Duration, ok bool)
}

func (l *Limits) setDefaults() {
	def(&l.LineBeforeLogin, 12304)
	def(&l.Line, 1024)
	def(&l.Bad, 20)
	def(&l.AuthFailures, 5)
	def(&l.Batch, 128)
}

func (t *Timeouts) setDefaults() {
	def(&t.Login, 60*time.Second)
	def(&t.Idle, 10*time.Minute)
	def(&t.Command, 60*time.Second)
	def(&t.Write, 60*time.Second)
	def(&t.KeepAlive, time.Minute)
}

func def[T int | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// Server serves POP3 on the connections that it is given.
type Server struct {
	cfg          Config
	commands     map[string]*command
	capabilities []capability
	pool         sync.Pool // *workspace
	closing      atomic.Bool
	active       sync.WaitGroup

	mu    sync.Mutex // guards conns
	conns map[*Conn]struct{}
}

// New returns a server that serves nothing yet.
func New(cfg Config) *Server {
	cfg.Limits.setDefaults()
	cfg.Timeouts.setDefaults()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Server{
		cfg:          cfg,
		commands:     commandTable(),
		capabilities: capabilityTable(),
		pool:         sync.Pool{New: func() any { return newWorkspace() }},
		conns:        make(map[*Conn]struct{}),
	}
}

// ServeConn serves one connection and returns when it has ended.
func (s *Server) ServeConn(ctx context.Context, nc net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := newConn(s, nc, cancel)
	if !s.addConn(c) {
		nc.Close()
		return
	}
	defer s.removeConn(c)
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	defer stop()
	if h := s.cfg.Hooks.Close; h != nil {
		defer h()
	}
	if h := s.cfg.Hooks.Open; h != nil {
		h()
	}
	c.serve(ctx)
}

// Shutdown ends the server in good order: waiting clients are told, running
// commands are let finish. When ctx ends first, what is left is cut off. It
// returns when no connection is left.
func (s *Server) Shutdown(ctx context.Context) error {
	s.closing.Store(true)
	s.each((*Conn).interrupt)
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

// addConn registers c. It is not ok if the server is closing.
func (s *Server) addConn(c *Conn) (ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return false
	}
	s.conns[c] = struct{}{}
	s.active.Add(1)
	return true
}

func (s *Server) removeConn(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.active.Done()
}
