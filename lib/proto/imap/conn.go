// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"sync/atomic"
	"time"

	"twiga/lib/proto/imap/wire"
)

// state is a state of a connection (RFC 3501 3), or a set of them.
type state uint8

const (
	stateNotAuthenticated state = 1 << iota
	stateAuthenticated
	stateSelected
	stateLogout

	stateAny      = stateNotAuthenticated | stateAuthenticated | stateSelected
	stateLoggedIn = stateAuthenticated | stateSelected
)

// Conn is a client's connection. Backends know it for what stands about the
// client, and to wake it.
type Conn struct {
	srv     *Server
	raw     net.Conn      // what deadlines are set on
	rw      io.ReadWriter // raw, or the layers on it
	tls     *tls.Conn     // the TLS layer, or nil
	cancel  context.CancelFunc
	session Session
	w       ResponseWriter

	// idling is set while the connection waits in IDLE, or for a command where
	// NOTIFY asks for news between commands; pending when Notify was called since
	// the last poll.
	idling  atomic.Bool
	pending atomic.Bool

	state    state
	secure   bool
	features featureSet // those that the client turned on
	notify   *Notify    // what the client is told of; nil before NOTIFY
	saved    NumSet     // UIDs that a search saved (RFC 5182)
	readOnly bool       // the selected mailbox is
	busy     bool       // a command runs that reads input itself
	bad      int        // BAD answers in a row
	failures int        // failed logins
	user     string
	dead     error // why nothing more will be read

	deflate    *deflated // the compression that rw is, or nil
	progressAt time.Time // when to tell again how far the command at hand is; zero for not begun

	limitedAt uint32            // see Limited; 0 for not
	texts     map[string]string // what texts become by LANGUAGE; nil is English

	tag      []byte // of the command at hand
	code     []byte // response code for its OK
	lex      wire.Lexer
	deadline time.Time // of the reads to come
	loginBy  time.Time // when the client has to be logged in
	ws       *workspace
	first    [firstRead]byte
}

func newConn(s *Server, nc net.Conn, cancel context.CancelFunc) *Conn {
	c := &Conn{srv: s, raw: nc, rw: nc, cancel: cancel, state: stateNotAuthenticated}
	c.loginBy = time.Now().Add(s.cfg.Timeouts.Login)
	c.w.c = c
	return c
}

// RemoteAddr returns the client's address.
func (c *Conn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }

// Secure reports whether the connection is under TLS. It is for the Session's
// own goroutine.
func (c *Conn) Secure() bool { return c.secure }

// Notify makes a connection poll its session soon that is in IDLE, or that
// waits for a command of a client that NOTIFY set. It never blocks, may be
// called from any goroutine and at any time, also after the connection has
// ended, and is cheap when it has no effect: elsewhere the poll after the next
// command serves as well.
func (c *Conn) Notify() {
	c.pending.Store(true)
	if c.idling.Load() {
		c.interrupt()
	}
}

// interrupt lets a blocked read return early. Conn.read finds out why.
func (c *Conn) interrupt() {
	_ = c.raw.SetReadDeadline(time.Unix(1, 0)) // fails only on a closed connection
}

// Causes for which a connection ends that are not errors of its streams.
var (
	errTimeout = errors.New("client took too long")
	errClosing = errors.New("server is shutting down")
	errWake    = errors.New("session was notified")
	errLogout  = errors.New("client logged out")
)

// errAnswered is the outcome of a command that wrote its tagged response.
var errAnswered = errors.New("command was answered")

// serve speaks with the client until the end. full tells that there are too
// many connections.
func (c *Conn) serve(ctx context.Context, full bool) {
	defer c.close()
	defer c.recover(ctx)
	err := c.greet(ctx, full)
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
	c.log(ctx, slog.LevelError, codePanic, "imap connection panicked",
		slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	_ = c.raw.SetDeadline(time.Now().Add(c.srv.cfg.Timeouts.Write)) // there may have been no handshake yet
	_ = c.w.Status(StatusBYE, CodeServerBug, "Internal error")
	_ = c.w.Flush()
}

func (c *Conn) close() {
	defer c.raw.Close()
	c.idling.Store(false)
	if s := c.session; s != nil {
		c.session = nil
		func() {
			defer c.recover(context.Background())
			s.Close()
		}()
	}
	if c.tls != nil {
		c.tls.Close()
	}
	c.park()
}

// keepAlive has the system look whether a silent client is still there, seldom
// enough for the battery of a phone.
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
			Enable: true, Idle: c.srv.cfg.Timeouts.KeepAlive, Interval: time.Minute, Count: 4,
		})
	}
}

// errRefused ends a connection under TLS that is not worth a handshake.
var errRefused = errors.New("connection refused before its handshake")

// greet makes the session and writes the greeting. The session comes first, so
// that the backend's limits hold for clients that never finish a handshake.
func (c *Conn) greet(ctx context.Context, full bool) error {
	c.keepAlive()
	err := c.newSession(ctx, full)
	if tc, ok := c.raw.(*tls.Conn); ok {
		if err != nil {
			return errRefused
		}
		err = c.handshake(ctx, tc)
	}
	if err != nil {
		return err
	}
	b := append(c.w.Begin(), "* OK ["...)
	b = c.appendCapabilities(b)
	return c.w.End(append(b, "] IMAP4rev1 service ready\r\n"...))
}

// newSession makes the session, or says with what words the connection ends.
func (c *Conn) newSession(ctx context.Context, full bool) error {
	if full {
		return Bye(CodeUnavailable, "Too many connections")
	}
	session, err := c.srv.cfg.Backend.NewSession(ctx, c)
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			return Bye(e.Code, e.Text)
		}
		c.log(ctx, slog.LevelWarn, codeSession, "imap session not made", errAttr(err))
		return Bye(CodeUnavailable, "Temporary trouble, try again later")
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
	c.rw, c.tls, c.secure = tc, tc, true
	return nil
}

// farewell tells the client why the connection ends, as far as there is
// something to tell.
func (c *Conn) farewell(ctx context.Context, err error) {
	var e *Error
	switch {
	case errors.As(err, &e) && e.Status == StatusBYE:
		_ = c.w.Status(StatusBYE, e.Code, e.Text)
	case errors.Is(err, errTimeout):
		_ = c.w.Status(StatusBYE, "", "Autologout, nothing heard for too long")
	case errors.Is(err, errClosing):
		_ = c.w.Status(StatusBYE, CodeUnavailable, "Server is shutting down")
	case errors.Is(err, errLogout):
	default:
		c.log(ctx, slog.LevelDebug, "", "imap connection ended", errAttr(err))
		return
	}
	_ = c.w.Flush()
}

// Codes of the log lines that an operator may act on.
const (
	codePanic   = "TW-IMAP-0001" // a command or connection panicked
	codeCommand = "TW-IMAP-0002" // a command failed for an internal cause
	codePoll    = "TW-IMAP-0003" // news of a mailbox could not be had
	codeSession = "TW-IMAP-0004" // no session could be made for a client
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
