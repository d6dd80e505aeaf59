// SPDX-License-Identifier: AGPL-3.0-or-later

// Package arrange puts messages into order and into threads, as IMAP's SORT and
// THREAD do (RFC 5256, RFC 5957).
//
// What that takes of a message is a [Record], made once from its header and kept
// with it. A [Table] holds the records of many messages in columns, in the order
// of the mailbox, and answers from them: an order once made is kept and brought
// up to date with what was added.
package arrange
