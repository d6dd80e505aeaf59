// SPDX-License-Identifier: AGPL-3.0-or-later

// Package imap gives IMAP clients their mailboxes: it is what the protocol
// engine of lib/proto/imap calls for each connection, made of the store's
// contract lib/mapi/object.
//
// # Who holds what
//
// A [Gateway] makes a session for each connection. A session takes part in the
// user's own mailbox and in every mailbox of others that it has looked into.
// All sessions of one user in one mailbox share a mailbox: its folder tree, one
// watch of the store's events, and a view of each folder that somebody has open
// or had open a while ago. Users never share: what one of them sees of a
// mailbox, folders as well as messages that are marked private, may not be there
// for another, and the store alone knows. A view is the
// folder in dense arrays in order of the UIDs, all that FETCH FLAGS, STORE,
// SEARCH of flags and dates, SELECT and STATUS need without a word to the store.
// It is loaded by Changes from 0 and kept current by Changes from where it
// stands.
//
// A session has its own numbering: the array of UIDs that its client knows,
// which is the view's own array as long as nothing was expunged, and a place in
// the view's log of modifications. Poll goes from that place to the log's end
// and tells the client.
//
// What was told as \Recent of a folder is known for as long as the gateway runs,
// also when the view is dropped; of what it does not know all is recent.
//
// Envelopes, structures and contents are not kept: one Query, then one Read, of
// all messages that a command names, are streamed to the client as they come.
// Only the small tables that tell where the parts of a message stand are kept
// with the view once they were asked for.
//
// # Never stale
//
// A view tells for what change number it stands. SELECT compares that with
// FolderStates before it answers, so that a delivery that was acknowledged is
// seen. Between commands the watch tells of newer numbers; while there is no
// watch, and after events were lost, every poll asks FolderStates. The client's
// own changes are put into the view from the store's answer.
//
// A message has one change number for all its flags. A conditional STORE that the
// store leaves alone is tried again where the log of the view knows that the flags
// it names did not change since.
//
// # Told unasked
//
// NOTIFY has a session listen to the watches of the mailboxes it names: events
// mark folders, and the connection, woken, asks for the counters of those marked
// at once. What it told last of each is all that it keeps. Where names may lead to
// others, an event tells when these share more.
//
// A result that is kept current (RFC 5267) is the search key and the UIDs found,
// in their order. Poll judges the messages that the view's log names since, and
// no others; what they do to the result is told by place.
//
// # Names
//
// The hierarchy delimiter is "/". The Inbox is INBOX, whatever the store calls
// it, and in any case as the first level of a name, too. A folder whose name holds "/" or a control character, or is spelled INBOX
// at the top without being it, has that character as "=" and two hexadecimal
// digits, "=2F"; so has an "=" that two such digits follow. Each folder has
// exactly one IMAP name and each name at most one folder.
//
// The store has no two siblings whose names differ in case only. A client that
// names what is there in another case means it, level by level, since it could
// not make another; the answers have the name that it used. LIST has the names as
// they are.
//
// Folders of other than mail (calendars, contacts …) and the Sync Issues are
// hidden unless [Config.ShowAll] is set. A folder is subscribed unless its
// TwigaSubscribed says no; the subscription goes with the folder when that is
// deleted, against RFC 3501 6.3.6, which was made for news.
//
// # Others' mailboxes
//
// What others let a user see is asked of the store with one call, SharedStores,
// again only when its version has moved, and so are their folder trees. A folder
// that may not be seen is answered as one that is not there, whoever's it is; but
// for APPEND, COPY, MOVE and MYRIGHTS where messages may be put into it.
// Folders whose parent may not be seen stand at the top of their mailbox by
// their own name. STATUS of a user's folder counts the view, since the store's
// counters have private messages in them, too.
//
// Search folders of the own mailbox are mailboxes as others: they have UIDs, and
// flags go to the messages that they found. Nothing can be put into them.
//
// # Taken as it comes
//
// A message comes back as it arrived: NUL in it stands in plain literals, too (RFC
// 3501 9), and 8-bit headers are taken from clients that did not ask for UTF8=ACCEPT
// (RFC 6855 4), since those who move their mail here cannot mend it. The host of an
// absolute URL is not compared: a server is reached by more names than it knows.
//
// # Commands
//
// Each command stands in a file named after it.
package imap
