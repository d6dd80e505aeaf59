// SPDX-License-Identifier: AGPL-3.0-or-later

// Package sasl is the server's side of SASL (RFC 4422): its mechanisms as small
// state machines that a protocol feeds with what the client sends.
//
// # For a protocol
//
// [Offered] gives the names to announce on a connection, the strongest first,
// and [Start] begins an exchange. The protocol then passes on what the client
// sends, decoded, and sends the challenges, encoded, until the exchange is done:
//
//	server, err := sasl.Start("PLAIN", authenticator, channel)
//	…                                  // sasl.ErrUnknown or sasl.ErrPrivacy
//	for response := initial; ; {       // nil where the client sent none
//		challenge, done, err := server.Next(ctx, response)
//		if err != nil { … }            // see below
//		if done { … }                  // logged in; challenge is nil
//		response = …                   // send challenge, read the client's answer
//	}
//
// An initial response that is there but empty ("=" in IMAP and POP3) is a
// slice of length 0 that is not nil. A client that cancels (by "*") is the
// protocol's business: the exchange is dropped. Success never comes with data:
// where a mechanism has some (SCRAM's server signature) they are a challenge that
// the client answers by an empty response, as RFC 4422 3.6 has it for
// protocols without a field for them.
//
// Errors are of three kinds. [ErrMalformed] is a response that breaks the rules
// of the mechanism: BAD in IMAP, an error that counts as no wrong password.
// [ErrRefused] is a failure that the mechanism itself found (a binding to
// another channel, a nonce that is not ours), to be answered as a wrong
// password is. All others are those of the [Authenticator], unchanged.
//
// # For a backend
//
// An [Authenticator] decides. It says by [Authenticator.Offers] which kinds of
// credentials it can check, and has one method for each. A method that returns
// nil has logged the client in; the exchange may then still have to tell the
// client so.
//
// # What a connection must be like
//
// A [Channel] says what the mechanisms have to know of the connection: whether
// secrets may pass, and what is under TLS, to which SCRAM-SHA-256-PLUS
// binds the exchange (RFC 5929, RFC 9266) and whose client certificate
// EXTERNAL is about.
package sasl
