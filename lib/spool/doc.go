// SPDX-License-Identifier: AGPL-3.0-or-later

// Package spool sends the mail that people submitted: it takes what is due from
// the outgoing queues of all mailboxes, hands it to a relay by SMTP (RFC 5321)
// and records in the store what became of it.
//
// The queue is the store's, so that nothing is lost by a restart. A recipient
// is settled once the relay took the message for it (2xx), refused it for good
// (5xx), or the entry expired; what the relay refused for now (4xx), or could
// not be asked, is tried again with growing pauses. Settled recipients are
// never tried again. Failures are told to the owner in one report (RFC 3464).
//
// Between the relay's 250 and the record of it in the store lies a moment in
// which a crash makes the message be sent twice. It is never lost: RFC 5321
// 6.1 prefers it so.
package spool
