// SPDX-License-Identifier: AGPL-3.0-or-later

package lines

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Protocol speaks on a connection. Its methods are called from the connection's
// goroutine. An error of Open, Greet or Command ends the connection.
type Protocol interface {
	// Open makes the protocol's session. It comes first, so that limits hold for
	// clients that never finish a handshake.
	Open(ctx context.Context) error
	// Greet writes the greeting.
	Greet() error
	// Command waits for a command and answers it.
	Command(ctx context.Context) error
	// Farewell tells the client why the connection ends, as far as there is
	// something to tell. err is what Open, Greet or Command returned, or an error
	// of this package. What it writes is flushed.
	Farewell(ctx context.Context, err error)
	// Park gives up what a waiting connection does not need. What ReadLine gave
	// is not valid any more.
	Park()
	// Close ends the session, if Open has made one.
	Close()
}

// Causes for which a connection ends that are not errors of its streams.
var (
	ErrTimeout = errors.New("client took too long")
	ErrClosing = errors.New("server is shutting down")
	ErrTooMany = errors.New("too many connections from this address")
	ErrPanic   = errors.New("internal error")
)

// errRefused ends a connection under TLS that is not worth a handshake: its
// client cannot be told.
var errRefused = errors.New("connection refused before its handshake")

// Conn is a client's connection. [Conn.Init] makes it; it is not copied. But
// for Wake its methods are for the goroutine that serves it.
type Conn struct {
	// Busy tells that a command runs that reads input itself: the server's end
	// waits a while for it.
	Busy bool
	// User is the client's name in the log; empty before login.
	User string

	srv      *Server
	protocol Protocol
	raw      net.Conn      // what deadlines are set on
	rw       io.ReadWriter // raw, or the layers on it
	tls      *tls.Conn     // the TLS layer, or nil
	cancel   context.CancelFunc
	counted  netip.Addr // as which the server's Peers count it; not valid for not

	waking atomic.Bool // the connection waits, and Wake ends that
	woken  atomic.Bool // Wake was called

	deadline time.Time // of the reads to come
	probeAt  time.Time // when TCP is asked to look for silence; zero when it was
	loginBy  time.Time // when the client has to be logged in; zero when it is
	dead     error     // why nothing more will be read
	broken   error     // why nothing more can be written

	buf   *buffers
	first [firstRead]byte
}

// Init makes a connection of the server's, on which the protocol speaks.
func (c *Conn) Init(s *Server, nc net.Conn, p Protocol) {
	c.srv, c.raw, c.rw, c.protocol, c.cancel = s, nc, nc, p, func() {}
	c.probeAt = time.Now().Add(s.cfg.Timeouts.Probe)
	c.AwaitLogin()
}

// Serve serves the connection and returns when it has ended. The end of ctx
// ends it without a word to the client.
func (c *Conn) Serve(ctx context.Context) { c.srv.serve(ctx, c) }

// RemoteAddr returns the client's address.
func (c *Conn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }

// TLS returns the connection's TLS layer, or nil.
func (c *Conn) TLS() *tls.Conn { return c.tls }

// AwaitLogin has the connection end if its client is not logged in in time.
func (c *Conn) AwaitLogin() { c.loginBy = time.Now().Add(c.srv.cfg.Timeouts.Login) }

// LoggedIn ends what AwaitLogin began.
func (c *Conn) LoggedIn() { c.loginBy = time.Time{} }

// HoldBack waits before a failed login is answered, so that guessing takes its
// time.
func (c *Conn) HoldBack(ctx context.Context) error {
	t := time.NewTimer(c.srv.cfg.Timeouts.AuthDelay)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// speak goes through the connection's life.
func (c *Conn) speak(ctx context.Context) {
	err := c.greet(ctx)
	for err == nil {
		err = c.protocol.Command(ctx)
	}
	c.farewell(ctx, err)
}

func (c *Conn) greet(ctx context.Context) error {
	err := c.enter()
	if err == nil {
		err = c.protocol.Open(ctx)
	}
	if tc, ok := c.raw.(*tls.Conn); ok {
		if err != nil {
			return errRefused
		}
		err = c.handshake(ctx, tc)
	}
	if err != nil {
		return err
	}
	return c.protocol.Greet()
}

// enter counts the connection.
func (c *Conn) enter() error {
	a := Host(c.raw.RemoteAddr())
	if !c.srv.cfg.Peers.counts(a) {
		return nil
	}
	if !c.srv.cfg.Peers.enter(a) {
		if f := c.srv.cfg.Refused; f != nil {
			f()
		}
		return ErrTooMany
	}
	c.counted = a
	return nil
}

func (c *Conn) farewell(ctx context.Context, err error) {
	if errors.Is(err, errRefused) {
		c.Log(ctx, slog.LevelDebug, "", "connection ended", Failure(err))
		return
	}
	c.protocol.Farewell(ctx, err)
	_ = c.Flush()
}

// recover keeps a panic of one connection from ending the program.
func (c *Conn) recover(ctx context.Context) {
	if p := recover(); p != nil {
		c.LogPanic(ctx, "connection", p)
		defer func() { _ = recover() }()                                // there is nobody left to tell
		_ = c.raw.SetDeadline(time.Now().Add(c.srv.cfg.Timeouts.Write)) // there may have been no handshake yet
		c.farewell(ctx, ErrPanic)
	}
}

func (c *Conn) close() {
	defer c.raw.Close()
	c.waking.Store(false)
	if c.counted.IsValid() {
		c.srv.cfg.Peers.leave(c.counted)
	}
	func() {
		defer c.recover(context.Background())
		c.protocol.Close()
	}()
	if c.tls != nil {
		c.tls.Close()
	}
	c.park()
}

// keepAlive has the system look whether a silent client is still there, seldom
// enough for the battery of a phone. Most connections are over before it is
// time to ask for that.
func (c *Conn) keepAlive() {
	c.probeAt = time.Time{}
	if tcp, ok := belowAll(c.raw).(*net.TCPConn); ok {
		t := &c.srv.cfg.Timeouts
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{ // fails only on a closed connection
			Enable: true, Idle: t.KeepAlive, Interval: t.Probe, Count: keepAliveProbes,
		})
	}
}

// StartTLS writes the output and goes on under TLS. What the client sent behind
// its command, in the clear, is forgotten: it may be another's (RFC 7817 and
// CVE-2011-0411 tell how).
func (c *Conn) StartTLS(ctx context.Context) error {
	if err := c.Flush(); err != nil {
		return err
	}
	c.Forget()
	err := c.handshake(ctx, tls.Server(c.raw, c.srv.cfg.TLS))
	if err != nil {
		c.dead = err
	}
	return err
}

func (c *Conn) handshake(ctx context.Context, tc *tls.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, c.srv.cfg.Timeouts.Command)
	defer cancel()
	if err := c.raw.SetDeadline(time.Now().Add(c.srv.cfg.Timeouts.Command)); err != nil {
		return err
	}
	if err := tc.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("tls handshake: %w", err)
	}
	c.rw, c.tls = tc, tc
	return nil
}

// Under gives what a layer is put on: the connection with the layers that it
// has. A layer passes interrupted reads (os.ErrDeadlineExceeded) on.
func (c *Conn) Under() io.ReadWriter { return c.rw }

// Layer puts a layer on the connection, made of what Under gave, and forgets
// what was read and not used.
func (c *Conn) Layer(layer io.ReadWriter) {
	c.Forget()
	c.rw = layer
}

// ExpectWithin bounds a layer's read of its own from below.
func (c *Conn) ExpectWithin(d time.Duration) error { return c.raw.SetReadDeadline(time.Now().Add(d)) }

// Log writes a line about the connection; code may be empty.
func (c *Conn) Log(ctx context.Context, level slog.Level, code, msg string, attrs ...slog.Attr) {
	l := c.srv.cfg.Logger
	if !l.Enabled(ctx, level) {
		return
	}
	if code != "" {
		attrs = append([]slog.Attr{slog.String("code", code)}, attrs...)
	}
	attrs = append(attrs, slog.String("remote", c.raw.RemoteAddr().String()))
	if c.User != "" {
		attrs = append(attrs, slog.String("user", c.User))
	}
	l.LogAttrs(ctx, level, c.srv.cfg.Name+" "+msg, attrs...)
}

// LogPanic writes a line about a panic, from the deferred function that
// recovered it. what has panicked: "command".
func (c *Conn) LogPanic(ctx context.Context, what string, p any, attrs ...slog.Attr) {
	attrs = append(attrs, slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	c.Log(ctx, slog.LevelError, c.srv.cfg.PanicCode, what+" panicked", attrs...)
}

// Failure is the attribute of an error.
func Failure(err error) slog.Attr { return slog.String("error", err.Error()) }
