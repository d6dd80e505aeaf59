// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"

	"twiga/lib/proto/sasl"
)

// Backend makes sessions. It is called from many connections at once.
type Backend interface {
	// NewSession is called when a client has connected, before the greeting
	// and before the handshake of implicit TLS. An error of type [*Error] is
	// told to the client unless it awaits that handshake; with any error the
	// connection ends.
	NewSession(ctx context.Context, conn *Conn) (Session, error)
}

// Session is one connection. Its methods are called by one goroutine, one at a
// time.
//
// ctx ends when the client has gone, as far as that was noticed by writing to
// it, or when the server is made to stop. An error of type [*Error] is the
// answer to the client; any other is logged and answered by [ErrTemporary].
type Session interface {
	// Authenticator logs in: USER and PASS like PLAIN. A wrong password, or an
	// unknown user, is [ErrAuthenticationFailed] for both; after any error the
	// client may try again. It may also after a success, where it has broken off
	// the exchange that would have told it so: who was let in last counts.
	sasl.Authenticator

	// Open locks the maildrop of the user who has logged in, and looks at what
	// is in it. It is called once after a login; if it fails, as by [ErrInUse],
	// the user is logged out, and the client may log in again.
	Open(ctx context.Context) (Maildrop, error)

	// Close ends the session in whatever state, and gives the maildrop free. It
	// is called exactly once, last, also after a panic.
	Close()
}

// Maildrop are the messages of a user as they were at login (RFC 1939 5). Their
// places are counted from 0. What Len, Size and AppendID tell never changes.
type Maildrop interface {
	// Owner is the user, for the log.
	Owner() string
	// Len is how many messages there are.
	Len() int
	// Size is how many octets of a message RETR sends, without the dots that
	// are stuffed in.
	Size(i int) int64
	// AppendID appends the message's unique id (RFC 1939 7, UIDL): up to 70
	// printable characters, the same in every session.
	AppendID(dst []byte, i int) []byte

	// Send writes the messages that are wanted, in order: for each either
	// [MessageWriter.Begin], its octets and [MessageWriter.End], or
	// [MessageWriter.Fail] alone. An error is the answer to those that were not
	// begun, and the end of the connection in the middle of one.
	Send(ctx context.Context, w *MessageWriter, want []Want) error

	// Update removes the messages deleted, all or none, and takes note of those
	// that were sent. It is called once, at QUIT, if there is any. Both lists
	// rise, and no message is in both.
	Update(ctx context.Context, deleted, sent []int) error

	// Release gives the maildrop free. It is called once, before QUIT is
	// answered, so that who has read the answer may come again; without a QUIT
	// the Session's Close does it.
	Release()
}

// Want is a message that a client asks for.
type Want struct {
	Message int
	// Lines is how many lines of its body are wanted behind its header, -1 for
	// all. It tells how much is worth reading; the engine cuts what is more.
	Lines int
}
