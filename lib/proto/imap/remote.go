// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"log/slog"
	"net"

	"twiga/lib/proto/lines"
)

// RemoteSession is a [Session] whose user's mailboxes may be on another server.
type RemoteSession interface {
	// Remote is asked once a client has logged in. It is nil if the mailboxes are
	// here. Its connection is the engine's to close; of the Session nothing more
	// is asked but Close. An error is logged and ends the connection.
	Remote(ctx context.Context) (*Remote, error)
}

// Remote is a server that has a user's mailboxes.
type Remote struct {
	// Conn is a connection to it, with the user logged in and nothing left to be
	// read.
	Conn net.Conn
	// Capabilities are those that it tells, each after a space, of which those
	// that the connection cannot have are left out.
	Capabilities string
}

// goRemote hands a client that has logged in over to the server that has its
// mailboxes. It is nil if that is this one. The client's state there is that of
// one that has just logged in: it had none here but its language.
func (c *Conn) goRemote(ctx context.Context) error {
	s, ok := c.session.(RemoteSession)
	if !ok {
		return nil
	}
	r, err := s.Remote(ctx)
	if err != nil {
		c.io.Log(ctx, slog.LevelError, codeCommand, "server of the user not reached", lines.Failure(err))
		return Bye(CodeUnavailable, ErrUnavailable.Text)
	}
	if r == nil {
		return nil
	}
	b := append(c.w.Begin(), c.tag...)
	b = append(b, " OK [CAPABILITY"...)
	b = append(b, r.Capabilities...)
	if err := c.w.End(append(b, "] Logged in\r\n"...)); err != nil {
		r.Conn.Close()
		return err
	}
	return c.io.Relay(ctx, r.Conn)
}
