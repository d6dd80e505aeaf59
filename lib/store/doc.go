// SPDX-License-Identifier: AGPL-3.0-or-later

// Package store is the engine behind the contract lib/mapi/object: it owns the
// data and nobody else opens it.
//
// Every mailbox is a SQLite database of its own; content that is large or
// shared lies in blobs beside them; users are in the directory. The format is
// described in twiga-store(7).
//
// A mailbox has one writer at a time. Operations that wait for it run together
// in one transaction, so that one write to disk serves all of them; each is
// answered after the commit. Readers work on snapshots and never wait for the
// writer. The folders' rows are kept in memory as of the last commit.
//
// Lock order: Engine.mu, mailbox.writing, mailbox.connMu, mailbox.stateMu,
// mailbox.queueMu. None is held while a caller's function runs, but writing
// while the operations of a transaction do.
package store
