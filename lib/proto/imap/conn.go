// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"twiga/lib/proto/imap/wire"
	"twiga/lib/proto/lines"
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
	io      lines.Conn
	srv     *Server
	session Session
	w       ResponseWriter

	state state
	settled
	pushed   bool // the client may have been told of messages since the last answer
	bad      int  // BAD answers in a row
	failures int  // failed logins

	deflate    *deflated // the compression that lies on the connection, or nil
	progressAt time.Time // when to tell again how far the command at hand is; zero for not begun

	limitedAt uint32 // see Limited; 0 for not
	removed   bool   // the command at hand removed messages of the selected mailbox, perhaps

	tag  []byte // of the command at hand
	code []byte // response code for its OK
	lex  wire.Lexer
}

// settled is what a client has settled since it logged in. Another server could
// go on with a client that is told this, the mailbox that the Session has
// selected and the UIDs that the client knows there (ADR 36).
type settled struct {
	features featureSet        // those that the client turned on
	texts    map[string]string // what texts become by LANGUAGE; nil is English
	notify   *Notify           // what the client is told of; nil before NOTIFY
	saved    NumSet            // UIDs that a search saved (RFC 5182)
	readOnly bool              // the selected mailbox is
}

func newConn(s *Server, nc net.Conn) *Conn {
	c := &Conn{srv: s, state: stateNotAuthenticated}
	c.w.c = c
	c.io.Init(s.lines, nc, (*protocol)(c))
	return c
}

// RemoteAddr returns the client's address.
func (c *Conn) RemoteAddr() net.Addr { return c.io.RemoteAddr() }

// Secure reports whether the connection is under TLS. It is for the Session's
// own goroutine.
func (c *Conn) Secure() bool { return c.io.TLS() != nil }

// Notify makes a connection poll its session soon that is in IDLE, or that
// waits for a command of a client that NOTIFY set. It never blocks, may be
// called from any goroutine and at any time, also after the connection has
// ended, and is cheap when it has no effect: elsewhere the poll after the next
// command serves as well.
func (c *Conn) Notify() { c.io.Wake() }

// errLogout ends the connection of a client that wants it.
var errLogout = errors.New("client logged out")

// errAnswered is the outcome of a command that wrote its tagged response.
var errAnswered = errors.New("command was answered")

// protocol is a Conn as package lines sees it.
type protocol Conn

// Open implements lines.Protocol.
func (p *protocol) Open(ctx context.Context) error { return (*Conn)(p).newSession(ctx) }

// Greet implements lines.Protocol.
func (p *protocol) Greet() error {
	c := (*Conn)(p)
	b := append(c.w.Begin(), "* OK ["...)
	b = c.appendCapabilities(b)
	return c.w.End(append(b, "] IMAP4rev1 service ready\r\n"...))
}

// Command implements lines.Protocol.
func (p *protocol) Command(ctx context.Context) error { return (*Conn)(p).serveCommand(ctx) }

// Park implements lines.Protocol.
func (p *protocol) Park() {
	p.lex.Reset(nil, nil)
	if p.deflate != nil {
		p.deflate.park()
	}
}

// Close implements lines.Protocol.
func (p *protocol) Close() {
	if s := p.session; s != nil {
		p.session = nil
		s.Close()
	}
}

// Farewell implements lines.Protocol.
func (p *protocol) Farewell(ctx context.Context, err error) {
	c := (*Conn)(p)
	var e *Error
	switch {
	case errors.As(err, &e) && e.Status == StatusBYE:
		_ = c.w.Status(StatusBYE, e.Code, e.Text)
	case errors.Is(err, lines.ErrTimeout):
		_ = c.w.Status(StatusBYE, "", "Autologout, nothing heard for too long")
	case errors.Is(err, lines.ErrClosing):
		_ = c.w.Status(StatusBYE, CodeUnavailable, "Server is shutting down")
	case errors.Is(err, lines.ErrTooMany):
		_ = c.w.Status(StatusBYE, CodeLimit, "Too many connections from your address")
	case errors.Is(err, lines.ErrPanic):
		_ = c.w.Status(StatusBYE, CodeServerBug, "Internal error")
	case errors.Is(err, errLogout):
	default:
		c.io.Log(ctx, slog.LevelDebug, "", "connection ended", lines.Failure(err))
	}
}

// newSession makes the session, or says with what words the connection ends.
func (c *Conn) newSession(ctx context.Context) error {
	session, err := c.srv.cfg.Backend.NewSession(ctx, c)
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			return Bye(e.Code, e.Text)
		}
		c.io.Log(ctx, slog.LevelWarn, codeSession, "session not made", lines.Failure(err))
		return Bye(CodeUnavailable, "Temporary trouble, try again later")
	}
	c.session = session
	return nil
}

// Codes of the log lines that an operator may act on.
const (
	codePanic   = "TW-IMAP-0001" // a command or connection panicked
	codeCommand = "TW-IMAP-0002" // a command failed for an internal cause
	codePoll    = "TW-IMAP-0003" // news of a mailbox could not be had
	codeSession = "TW-IMAP-0004" // no session could be made for a client
)
