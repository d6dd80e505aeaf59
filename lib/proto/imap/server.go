// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what a server is made of. Only Backend is needed.
type Config struct {
	Backend Backend

	// TLS, if set, is offered by STARTTLS. A listener for implicit TLS is
	// wrapped by the caller ([tls.NewListener]).
	TLS *tls.Config
	// PlainLogin allows passwords on connections without TLS. Otherwise
	// LOGINDISABLED is told on them.
	PlainLogin bool
	// PlainLoginFrom, if set, allows it for some clients, such as those on the
	// same machine.
	PlainLoginFrom func(client net.Addr) bool
	// NoOpenProofs refuses mechanisms that show no secret (SCRAM), too, on
	// connections without TLS.
	NoOpenProofs bool

	// Extra are capabilities that the backend adds after login by what its
	// answers hold; they have no grammar of their own.
	Extra []string
	// ServerID are the field-value pairs answered to ID (RFC 2971), in order.
	ServerID []string
	// DecodeText, if set, turns the text of a SEARCH in a charset other than
	// US-ASCII and UTF-8 into UTF-8. It is not ok for a charset that it does
	// not know.
	DecodeText func(charset, text string) (utf8 string, ok bool)
	// Delim is the hierarchy delimiter told by LIST "" "" (default "/").
	Delim byte

	Limits   Limits
	Timeouts Timeouts

	Logger *slog.Logger // default: nothing is logged
	Hooks  Hooks
}

// Limits bound what a client may send. A field that is zero takes the default.
type Limits struct {
	LineBeforeLogin    int   // octets of a command line (default 8 KiB)
	LiteralBeforeLogin int64 // octets of a literal (default 4 KiB)
	Command            int   // octets of a command after login, literals included but not APPEND's (default 2 MiB)
	Append             int64 // octets of a message (default 128 MiB)
	Skip               int64 // octets of a refused LITERAL+ that are read away; beyond, the connection ends (default 1 MiB)
	Bad                int   // BAD answers in a row until BYE (default 20)
	AuthFailures       int   // failed logins until BYE (default 5)
	Conns              int   // connections at once; 0 has no limit
	Messages           int   // messages that one command may be about (RFC 9738); 0 has no limit
}

// Timeouts bound how long a client may take. A field that is zero takes the
// default.
type Timeouts struct {
	Login   time.Duration // from connecting to being logged in (default 60 s)
	Idle    time.Duration // between commands after login, and in IDLE (default 30 min, RFC 3501 5.4)
	Command time.Duration // for a command line once begun, and for each piece of a literal (default 60 s)
	Write   time.Duration // for each piece of output (default 60 s)
	// KeepAlive is the silence after which TCP probes the client (default
	// 10 min).
	KeepAlive time.Duration
	// Progress is the time between two responses that tell how far a command is
	// (default 10 s, RFC 9585 3).
	Progress time.Duration
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
	// capitals, with the status it was answered.
	Command func(name string, took time.Duration, status Status)
}

func (l *Limits) setDefaults() {
	def(&l.LineBeforeLogin, 8<<10)
	def(&l.LiteralBeforeLogin, 4<<10)
	def(&l.Command, 2<<20)
	def(&l.Append, 128<<20)
	def(&l.Skip, 1<<20)
	def(&l.Bad, 20)
	def(&l.AuthFailures, 5)
}

func (t *Timeouts) setDefaults() {
	def(&t.Login, 60*time.Second)
	def(&t.Idle, 30*time.Minute)
	def(&t.Command, 60*time.Second)
	def(&t.Write, 60*time.Second)
	def(&t.KeepAlive, 10*time.Minute)
	def(&t.Progress, 10*time.Second)
}

func def[T int | int64 | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// ErrServerClosed is returned by [Server.Serve] after [Server.Shutdown].
var ErrServerClosed = errors.New("imap server closed")

// Server serves IMAP on any number of listeners.
type Server struct {
	cfg      Config
	commands map[string]*command
	pool     sync.Pool // *workspace
	closing  atomic.Bool
	active   sync.WaitGroup

	mu        sync.Mutex // guards the fields that follow
	listeners map[net.Listener]struct{}
	conns     map[*Conn]struct{}
}

// New returns a server that serves nothing yet.
func New(cfg Config) *Server {
	cfg.Limits.setDefaults()
	cfg.Timeouts.setDefaults()
	if cfg.Delim == 0 {
		cfg.Delim = '/'
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Server{
		cfg:       cfg,
		commands:  commandTable(),
		pool:      sync.Pool{New: func() any { return newWorkspace() }},
		listeners: make(map[net.Listener]struct{}),
		conns:     make(map[*Conn]struct{}),
	}
}

// Serve accepts connections until the listener fails, ctx ends or the server
// is shut down, which it reports as [ErrServerClosed]. It closes the listener.
// The end of ctx also ends the connections, without a word to the clients.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	defer l.Close()
	if !s.addListener(l) {
		return ErrServerClosed
	}
	defer s.removeListener(l)
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			go s.ServeConn(ctx, nc)
		case s.closing.Load():
			return ErrServerClosed
		case ctx.Err() != nil:
			return ctx.Err()
		case isTemporary(err):
			if err := sleep(ctx, acceptPause); err != nil {
				return err
			}
		default:
			return fmt.Errorf("accept imap connection: %w", err)
		}
	}
}

// acceptPause is how long accepting rests when the system is out of something.
const acceptPause = 50 * time.Millisecond

func isTemporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ServeConn serves one connection and returns when it has ended.
func (s *Server) ServeConn(ctx context.Context, nc net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := newConn(s, nc, cancel)
	full, ok := s.addConn(c)
	if !ok {
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
	c.serve(ctx, full)
}

// Shutdown ends the server in good order: listeners are closed, waiting
// clients are told BYE, running commands are let finish. When ctx ends first,
// what is left is cut off. It returns when no connection is left.
func (s *Server) Shutdown(ctx context.Context) error {
	s.closing.Store(true)
	s.mu.Lock()
	for l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		c.interrupt()
	}
	s.mu.Unlock()

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
	s.mu.Lock()
	for c := range s.conns {
		c.cancel()
	}
	s.mu.Unlock()
	<-done
	return ctx.Err()
}

func (s *Server) addListener(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return false
	}
	s.listeners[l] = struct{}{}
	return true
}

func (s *Server) removeListener(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
}

// addConn registers c. It is full if there are too many, not ok if the server
// is closing.
func (s *Server) addConn(c *Conn) (full, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return false, false
	}
	s.conns[c] = struct{}{}
	s.active.Add(1)
	return s.cfg.Limits.Conns > 0 && len(s.conns) > s.cfg.Limits.Conns, true
}

func (s *Server) removeConn(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.active.Done()
}
