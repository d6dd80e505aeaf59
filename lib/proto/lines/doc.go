// SPDX-License-Identifier: AGPL-3.0-or-later

// Package lines is what the protocols in which clients send lines have in
// common below their commands: connections, their buffers, their deadlines and
// their end.
//
// The package knows lines and connections and no protocol. A [Server] keeps the
// connections of one protocol. Each is a [Conn], which a protocol's own
// connection has inside, with the [Protocol] that speaks on it.
//
// # Waiting
//
// A connection is served by one goroutine. While it waits for its client
// ([Conn.Wait]) it holds no buffer: all of them return to a pool and the next
// input is awaited with a few octets inside [Conn]. Other goroutines may cut the
// wait short ([Conn.Wake]), as the server's end does.
//
// # Output
//
// Output is kept in one buffer and written when the input is drained, so that
// pipelined commands share their writes; when the buffer is large; and before
// the connection waits.
//
// # The end
//
// [Server.Shutdown] lets the commands under way finish and tells those who wait,
// and soon those, too, who have not yet sent all of a command.
// Whatever a connection ends for, its Protocol says so to the client
// ([Protocol.Farewell]), and gives up its session ([Protocol.Close]).
package lines
