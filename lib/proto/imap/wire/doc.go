// SPDX-License-Identifier: AGPL-3.0-or-later

// Package wire is the lexical layer of IMAP (RFC 3501 9): the tokens a client
// sends and the append-style encoders of what a server answers.
//
// A [Lexer] works on one command held in a byte slice. Tokens it returns are
// slices of that command and stay valid until the command is over. When it
// meets a literal it asks its [LiteralSource] for the octets, which is the
// moment a server sends its continuation request; a command that is wrong
// before its literal is therefore refused without the literal being sent.
//
// The encoders append to a slice the caller owns and never allocate but to
// grow it. The package knows bytes only: no state, no mailbox, no connection.
package wire
