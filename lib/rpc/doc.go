// SPDX-License-Identifier: AGPL-3.0-or-later

// Package rpc carries the contract (lib/mapi/object) between processes.
//
// One listener speaks two framings of one table of operations (table.go).
// HTTP requests carry SOAP: POST /mapi, described by GET /mapi?wsdl. After
// GET /mapi with "Upgrade: twiga-mapi" the connection carries binary frames
// (frame.go), one call at a time; clients keep a pool of such connections and
// one more for the events of all their watches.
//
// Who calls is settled at the socket: the server asks the kernel for the
// peer's user id and hands the Peer to whoever makes the Service for it.
//
// Sessions opened over frames live as long as their client has a connection,
// and a grace time more; those opened over SOAP end when they are idle.
package rpc
