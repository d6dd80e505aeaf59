// SPDX-License-Identifier: AGPL-3.0-or-later

// Package pop3 gives POP3 clients their Inbox as a maildrop: it is what the
// protocol engine of lib/proto/pop3 calls for each connection, made of the
// store's contract lib/mapi/object.
//
// # The maildrop
//
// A login locks the maildrop in the store, so that a second POP3 session of the
// same user is told IN-USE, by whichever gateway it comes, and lists the Inbox once, by Changes from 0: about 32 bytes a
// message, which is all that a session holds. Others are not hindered, neither
// IMAP sessions nor deliveries: what they add is seen at the next login, what
// they remove is answered -ERR.
//
// The unique id of a message is UIDVALIDITY.UID, both as decimal numbers: the
// same in every session and after a restart, and never again another
// message's. Cyrus writes it so, too, which spares the clients of a mailbox that
// was moved from there a second download of everything.
//
// # Sizes
//
// Messages are sent byte for byte as they arrived, but for the dots that are
// stuffed in and the end of the last line where that is not CRLF; the store knows
// their sizes. Those that were born as properties are composed once to learn
// their size, which the gateway then remembers.
//
// # What a session does to the Inbox
//
// Nothing until QUIT, which removes what was marked, in one call, softly like
// EXPUNGE; a lost connection removes nothing. Messages that were sent whole
// are marked as read then, as Dovecot does by default, so that people who use
// both protocols see what they have; [Config.KeepUnread] turns it off.
package pop3
