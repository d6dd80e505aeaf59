// SPDX-License-Identifier: AGPL-3.0-or-later

// Package imap is the server side of IMAP4rev1 (RFC 3501): the grammar of its
// commands and the state machine of a connection.
//
// The package knows commands and states, not mailboxes. A [Server] reads
// commands, checks that they are well formed and allowed, and calls a
// [Session], which a [Backend] makes for each connection and which owns
// everything a mailbox is: names, messages, the view that maps sequence numbers
// to messages, and what other sessions changed.
//
// # Commands
//
// Each command stands in a file of its own, cmd_NAME.go: its arguments, the
// function that parses them and the function that runs it. commands.go has the
// table of all of them, dispatch.go what is done with each.
//
// # Answers
//
// What is small comes back from a Session's methods as a value and is encoded
// here. What is large (the rows of FETCH) the Session writes itself through
// the [ResponseWriter], in the append style of package wire: no allocation, no
// intermediate form. Package lines keeps the output and writes it.
//
// # Updates
//
// After each command in a selected mailbox, and before its tagged response, the
// engine calls [Session.Poll], which writes the EXISTS, EXPUNGE and FETCH
// responses that are due. Only then, in EXPUNGE and MOVE, may sequence numbers
// change. During IDLE the engine waits; a backend that learns of a change calls
// [Conn.Notify] from any goroutine, the connection's own goroutine wakes and
// polls. No second goroutine exists for a session, and a waiting connection
// holds no buffer.
//
// # Extensions
//
// capability.go has the table of the capabilities, with the condition on which
// each is told. What an extension needs of a Session stands beside its command,
// as an interface that the Session may have ([QuotaSession], [MetadataSession]);
// what ENABLE turns on, in feature.go. testdata/specs.txt lists the RFCs.
// Response codes are those of RFC 5530.
package imap
