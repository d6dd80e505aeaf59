// SPDX-License-Identifier: AGPL-3.0-or-later

// Package pop3 is the server side of POP3 (RFC 1939): the grammar of its
// commands and the state machine of a connection.
//
// The package knows commands and states, not mailboxes. A [Server] reads
// commands, checks that they are well formed and allowed, and calls a
// [Session], which a [Backend] makes for each connection. A login gives a
// [Maildrop], which stays as it was found: the engine itself keeps which
// messages were marked as deleted and which were sent, and hands both over once,
// at QUIT.
//
// # Commands
//
// Each command stands in a file of its own, cmd_NAME.go: its arguments, the
// function that parses them and the function that runs it. dispatch.go has the
// table of all of them, capability.go that of what CAPA tells.
//
// # Messages
//
// RETR and TOP commands that a client has pipelined are handed to
// [Maildrop.Send] together, so that a backend may fetch them in one go. It
// writes them through a [MessageWriter], which stuffs dots, ends the last line
// and cuts what TOP does not want. Package lines has the connections: it keeps the
// output and writes it, and a waiting connection holds no buffer.
//
// # Extensions
//
// CAPA, PIPELINING, RESP-CODES, EXPIRE, LOGIN-DELAY, IMPLEMENTATION (RFC 2449),
// STLS (2595), AUTH-RESP-CODE (3206), SASL (5034), UTF8 and LANG (6856). APOP is
// not offered: it takes passwords that are kept in the clear.
package pop3
