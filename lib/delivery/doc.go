// SPDX-License-Identifier: AGPL-3.0-or-later

// Package delivery puts mail that arrives into mailboxes: by LMTP, one answer
// for each recipient, or once from a pipe.
//
// A message is collected in a spill buffer behind the trace header that is put
// before it, read once, and given to the store in one call for all recipients;
// a recipient is answered with 250 after the store has said that the message
// is on disk.
package delivery
