// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import (
	"context"
	"errors"
	"io"
)

// Handler decides what becomes of mail. A Server calls it from one goroutine a
// connection.
type Handler interface {
	// Recipients says of addresses whether mail of the envelope's sender for
	// them is taken: one reply each, taken where its code is 2xx. Addresses
	// have no brackets and no quotes and may lack a domain. It may be called
	// several times in a transaction; the envelope holds those taken before.
	Recipients(ctx context.Context, env *Envelope, to []string) []Reply
	// Deliver reads the message to its end and says what became of it: one
	// reply for each recipient of the envelope in order. The reader's errors
	// are ErrTooBig or the connection's; then the replies do not count, unless
	// there are enough of them.
	Deliver(ctx context.Context, env *Envelope, message io.Reader) []Reply
}

// Envelope is what MAIL and RCPT said.
type Envelope struct {
	Helo string   // what the client called itself in LHLO
	Peer string   // the client's address, "" on a Unix socket
	From string   // the reverse-path without brackets; "" is the null sender
	Size int64    // what the client says that the size is; 0 is unknown
	UTF8 bool     // SMTPUTF8 was asked for
	To   []string // the recipients that were taken, in order
}

// ErrTooBig is what reading a message ends with that is beyond Server.MaxSize.
var ErrTooBig = errors.New("message is too big")
