// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"time"
)

// state is a state of a connection (RFC 1939 3), or a set of them.
type state uint8

const (
	stateAuthorization state = 1 << iota
	stateTransaction

	stateAny = stateAuthorization | stateTransaction
)

// Conn is a client's connection. Backends know it for what stands about the
// client.
type Conn struct {
	srv     *Server
	raw     net.Conn      // what deadlines are set on
	rw      io.ReadWriter // raw, or the TLS layer on it
	cancel  context.CancelFunc
	session Session
	w       writer

	state    state
	secure   bool
	utf8     bool // UTF8 was given
	busy     bool // a command runs that reads input itself
	bad      int  // malformed commands in a row
	failures int  // failed logins
	user     string
	drop     drop
	lang     *language

	deadline time.Time // of the reads to come
	loginBy  time.Time // when the client has to be logged in
	dead     error     // why nothing more will be read
	ws       *workspace
	first    [firstRead]byte
}

func newConn(s *Server, nc net.Conn, cancel context.CancelFunc) *Conn {
	c := &Conn{srv: s, raw: nc, rw: nc, cancel: cancel, state: stateAuthorization, lang: &languages[0]}
	c.loginBy = time.Now().Add(s.cfg.Timeouts.Login)
	c.w.c = c
	return c
}

// RemoteAddr returns the client's address.
func (c *Conn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }

// Secure reports whether the connection is under TLS. It is for the Session's
// own goroutine.
func (c *Conn) Secure() bool { return c.secure }

// interrupt lets a blocked read return early. Conn.read finds out why.
func (c *Conn) interrupt() {
	_ = c.raw.SetReadDeadline(time.Unix(1, 0)) // fails only on a closed connection
}

// Causes for which a connection ends that are not errors of its streams.
var (
	errTimeout = errors.New("client took too long")
	errClosing = errors.New("server is shutting down")
	errQuit    = errors.New("client has quit")
	// errRefused ends a connection under TLS that is not worth a handshake.
	errRefused = errors.New("connection refused before its handshake")
)

// serve speaks with the client until the end.
func (c *Conn) serve(ctx context.Context) {
	defer c.close()
	defer c.recover(ctx)
	err := c.greet(ctx)
	for err == nil {
		err = c.serveCommand(ctx)
	}
	c.farewell(ctx, err)
}

// recover keeps a panic of one connection from ending the program.
func (c *Conn) recover(ctx context.Context) {
	p := recover()
	if p == nil {
		return
	}
	c.log(ctx, slog.LevelError, codePanic, "pop3 connection panicked",
		slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
}

func (c *Conn) close() {
	defer c.raw.Close()
	if s := c.session; s != nil {
		c.session = nil
		func() {
			defer c.recover(context.Background())
			s.Close()
		}()
	}
	if tc, ok := c.rw.(*tls.Conn); ok {
		tc.Close()
	}
	c.park()
}

// keepAlive has the system look whether a silent client is still there.
func (c *Conn) keepAlive() {
	nc := c.raw
	for { // below TLS, or a proxy's header
		below, ok := nc.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		nc = below.NetConn()
	}
	if tcp, ok := nc.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{ // fails only on a closed connection
			Enable: true, Idle: c.srv.cfg.Timeouts.KeepAlive, Interval: 20 * time.Second, Count: 4,
		})
	}
}

// greet makes the session and writes the greeting. The session comes first, so
// that the backend's limits hold for clients that never finish a handshake.
func (c *Conn) greet(ctx context.Context) error {
	c.keepAlive()
	err := c.newSession(ctx)
	if tc, ok := c.raw.(*tls.Conn); ok {
		if err != nil {
			return errRefused
		}
		err = c.handshake(ctx, tc)
	}
	if err != nil {
		return err
	}
	return c.w.ok("POP3 server ready")
}

// newSession makes the session, or says with what words the connection ends.
func (c *Conn) newSession(ctx context.Context) error {
	session, err := c.srv.cfg.Backend.NewSession(ctx, c)
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			return Bye(e.Code, e.Text)
		}
		c.log(ctx, slog.LevelWarn, codeSession, "pop3 session not made", errAttr(err))
		return Bye(ErrTemporary.Code, ErrTemporary.Text)
	}
	c.session = session
	return nil
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
	c.rw, c.secure = tc, true
	return nil
}

// farewell tells the client why the connection ends, as far as there is
// something to tell. To one that was silent for too long nothing is (RFC 1939 3).
func (c *Conn) farewell(ctx context.Context, err error) {
	var e *Error
	switch {
	case errors.As(err, &e):
		_ = c.w.fail(e)
	case errors.Is(err, errClosing):
		_ = c.w.fail(Err(CodeTemporary, "Server is shutting down"))
	case errors.Is(err, errQuit):
	default:
		c.log(ctx, slog.LevelDebug, "", "pop3 connection ended", errAttr(err))
		if c.w.err != nil || c.w.open {
			return
		}
	}
	_ = c.w.flush()
}

// Codes of the log lines that an operator may act on.
const (
	codePanic   = "TW-POP3-0001" // a command or connection panicked
	codeCommand = "TW-POP3-0002" // a command failed for an internal cause
	codeSession = "TW-POP3-0003" // no session could be made for a client
	codeUpdate  = "TW-POP3-0004" // what a client deleted could not be removed
)

// log writes a line about the connection; code may be empty.
func (c *Conn) log(ctx context.Context, level slog.Level, code, msg string, attrs ...slog.Attr) {
	if !c.srv.cfg.Logger.Enabled(ctx, level) {
		return
	}
	if code != "" {
		attrs = append([]slog.Attr{slog.String("code", code)}, attrs...)
	}
	attrs = append(attrs, slog.String("remote", c.raw.RemoteAddr().String()))
	if c.user != "" {
		attrs = append(attrs, slog.String("user", c.user))
	}
	c.srv.cfg.Logger.LogAttrs(ctx, level, msg, attrs...)
}

func errAttr(err error) slog.Attr { return slog.String("error", err.Error()) }

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
