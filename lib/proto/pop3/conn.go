// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"twiga/lib/proto/lines"
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
	io      lines.Conn
	srv     *Server
	session Session
	w       writer

	state    state
	utf8     bool   // UTF8 was given
	bad      int    // malformed commands in a row
	failures int    // failed logins
	user     string // of USER
	drop     drop
	lang     *language
}

func newConn(s *Server, nc net.Conn) *Conn {
	c := &Conn{srv: s, state: stateAuthorization, lang: &languages[0]}
	c.w.c = c
	c.io.Init(s.lines, nc, (*protocol)(c))
	return c
}

// RemoteAddr returns the client's address.
func (c *Conn) RemoteAddr() net.Addr { return c.io.RemoteAddr() }

// Secure reports whether the connection is under TLS. It is for the Session's
// own goroutine.
func (c *Conn) Secure() bool { return c.io.TLS() != nil }

// errQuit ends the connection of a client that wants it.
var errQuit = errors.New("client has quit")

// protocol is a Conn as package lines sees it.
type protocol Conn

// Open implements lines.Protocol.
func (p *protocol) Open(ctx context.Context) error { return (*Conn)(p).newSession(ctx) }

// Greet implements lines.Protocol.
func (p *protocol) Greet() error { return (*Conn)(p).w.ok("POP3 server ready") }

// Command implements lines.Protocol.
func (p *protocol) Command(ctx context.Context) error { return (*Conn)(p).serveCommand(ctx) }

// Park implements lines.Protocol.
func (p *protocol) Park() {}

// Close implements lines.Protocol.
func (p *protocol) Close() {
	if s := p.session; s != nil {
		p.session = nil
		s.Close()
	}
}

// Farewell implements lines.Protocol. To a client that was silent for too long
// nothing is said (RFC 1939 3).
func (p *protocol) Farewell(ctx context.Context, err error) {
	c := (*Conn)(p)
	var e *Error
	switch {
	case c.w.open: // nothing can be told inside a message
		_ = c.io.Break(err)
	case errors.As(err, &e):
		_ = c.w.fail(e)
	case errors.Is(err, lines.ErrClosing):
		_ = c.w.fail(Err(CodeTemporary, "Server is shutting down"))
	case errors.Is(err, lines.ErrTooMany):
		_ = c.w.fail(Err(CodeTemporary, "Too many connections from your address"))
	case errors.Is(err, lines.ErrPanic):
		_ = c.w.fail(Err(CodeTemporary, "Internal error"))
	case errors.Is(err, errQuit):
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
		return Bye(ErrTemporary.Code, ErrTemporary.Text)
	}
	c.session = session
	return nil
}

// Codes of the log lines that an operator may act on.
const (
	codePanic   = "TW-POP3-0001" // a command or connection panicked
	codeCommand = "TW-POP3-0002" // a command failed for an internal cause
	codeSession = "TW-POP3-0003" // no session could be made for a client
	codeUpdate  = "TW-POP3-0004" // what a client deleted could not be removed
)
