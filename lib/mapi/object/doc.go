// SPDX-License-Identifier: AGPL-3.0-or-later

// Package object is the contract between the store and everybody else:
// MAPI's model in Go's manner. The engine implements it in process, the RPC
// client over a socket; the suite in objecttest runs on both.
//
// A Session is one authenticated principal. Calls name objects by store and
// id and carry all that they need; there are no handles to leak or to
// restore. The session and a watch are the only state. Calls are batch-shaped:
// one trip for a listing, for a flag change on ten thousand messages, for a
// message with its recipients and attachments. What can be long is streamed.
//
// Guarantees, of every implementation:
//   - A call that changes something returns after the change is on disk.
//   - A public call is one transaction per mailbox: all of it or nothing,
//     unless its answer has a code per item.
//   - Errors carry a mapi.Code (errors.Is, mapi.CodeOf). Every call may answer
//     InvalidParameter, NotFound (a store, folder or message that it names),
//     NoAccess (the principal may not), EndOfSession, Busy, NotEnoughDisk or
//     StoreFull (nothing was changed; try later), NetworkError (over the
//     RPC: whether a change was made is unknown), Cancel and Timeout.
//     Further codes stand at the calls.
//   - Streams (iter.Seq2) end after their first error. What a stream yields is
//     valid until the next step only, where it holds byte slices.
//   - Sessions may be used from many goroutines at once.
package object
