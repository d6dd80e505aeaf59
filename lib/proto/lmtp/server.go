// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"time"
)

// Limits of a session that are no settings.
const (
	// MaxLine is the longest command line. RFC 5321 4.5.3.1.4 wants 512 octets
	// and the extensions some more.
	MaxLine = 2048
	// MaxErrors is how many wrong commands without a message between end a session.
	MaxErrors = 20

	// maxSkip is how much of a line that is too long is read in search of its
	// end, before the session ends.
	maxSkip = 1 << 20

	readBuffer  = 32 << 10
	writeBuffer = 4 << 10
)

// Server has what all sessions share. Zero limits are none.
type Server struct {
	Handler       Handler
	Host          string        // our name in greeting and replies
	MaxSize       int64         // of a message in bytes
	MaxRecipients int           // of one transaction
	IdleTimeout   time.Duration // wait for a command
	DataTimeout   time.Duration // wait for the next bytes of a message
	WriteTimeout  time.Duration // wait for the client to take replies
}

// Serve speaks with one client until one of the two has had enough. When
// draining closes, it ends the session between two commands. It does not close
// the connection.
func (s *Server) Serve(ctx context.Context, c net.Conn, draining <-chan struct{}) {
	x := &session{
		Server: s, conn: &drainConn{Conn: c},
		env: Envelope{Peer: peerOf(c)},
	}
	x.in = bufio.NewReaderSize(x.conn, readBuffer)
	x.out = bufio.NewWriterSize(x.conn, writeBuffer)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-draining:
			x.conn.drain()
		case <-done:
		}
	}()
	x.run(ctx)
	close(done)
	<-ended
}

// Refuse says to a client that there are too many.
func Refuse(c net.Conn) { _, _ = fmt.Fprintf(c, "%s\r\n", replyBusy) }

// peerOf is the address of a TCP client.
func peerOf(c net.Conn) string {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return host
}
