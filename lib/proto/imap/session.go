// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/sasl"
)

// Backend makes sessions. It is called from many connections at once.
type Backend interface {
	// NewSession is called when a client has connected, before the greeting
	// and before the handshake of implicit TLS. An error of type [*Error] is
	// told to the client unless it awaits that handshake; with any error the
	// connection ends.
	NewSession(ctx context.Context, conn *Conn) (Session, error)
}

// Session is what one connection does to mailboxes. Its methods are called by
// one goroutine, one at a time, and only in the states their group names.
//
// ctx ends when the client has gone, as far as that was noticed by writing to
// it, or when the server is made to stop. Mailbox names are UTF-8; INBOX comes
// in capitals however the client wrote it. An error of type [*Error] is the
// answer to the client; any other is logged and answered by NO [SERVERBUG].
// Slices in arguments belong to the Session unless stated.
type Session interface {
	LoginSession
	MailboxSession
	SelectedSession

	// Close ends the session in whatever state. It is called exactly once,
	// last, also after a panic.
	Close()
}

// LoginSession is the part used before login: it checks what the client shows.
// Wrong credentials, or an unknown user, are [ErrAuthenticationFailed] for all;
// after any error the client may try again.
type LoginSession interface {
	sasl.Authenticator
}

// MailboxSession is the part used from login on, with or without a selected
// mailbox.
type MailboxSession interface {
	// Enable turns an extension on for the rest of the session. It is called
	// once for each, by ENABLE or the first command that implies it. With
	// FeatureCondStore every later FETCH response that tells of flags carries
	// MODSEQ; and if a mailbox is selected, the Session writes OK
	// [HIGHESTMODSEQ n] now (RFC 7162 3.1).
	Enable(ctx context.Context, w *ResponseWriter, f Feature) error

	// Namespace returns the namespaces (RFC 2342).
	Namespace(ctx context.Context) (*NamespaceData, error)

	// List calls emit for each mailbox that opts ask for, in any order. An
	// error of emit ends it and is returned.
	List(ctx context.Context, opts *ListOptions, emit func(*ListData) error) error

	// Status returns the items of a mailbox, selected or not.
	Status(ctx context.Context, mailbox string, items StatusItems) (*StatusData, error)

	// Create makes a mailbox and its missing parents. One that exists is NO
	// [ALREADYEXISTS]. A delimiter at the end of the name was removed.
	// Special uses that it cannot have are NO [USEATTR] (RFC 6154 3).
	Create(ctx context.Context, mailbox string, opts *CreateOptions) (*CreateData, error)
	// Delete removes a mailbox. Gone says that the selected one went with that;
	// the engine then calls Unselect.
	Delete(ctx context.Context, mailbox string) (gone bool, err error)
	// Rename gives a mailbox, with its children, another name. Renaming INBOX
	// moves its messages (RFC 3501 6.3.5). Gone is as with Delete: a selected
	// mailbox need not stay selected under its new name.
	Rename(ctx context.Context, from, to string) (gone bool, err error)
	// Subscribe adds a mailbox to the subscriptions or takes it from them, which
	// is no error if it is not among them.
	Subscribe(ctx context.Context, mailbox string, on bool) error

	// Append adds the messages of in to a mailbox, all or none. It returns
	// before the client is made to send a message if it can tell that it is not
	// wanted: see [AppendPart]. Only when in has returned io.EOF is the command
	// complete and correct; on any other error of in nothing may be stored. A
	// mailbox that is missing but could be made is NO [TRYCREATE]; a URL that
	// stands for nothing is [BadURL]. The data are nil if the client is not to
	// know the UIDs (RFC 4315 5).
	Append(ctx context.Context, mailbox string, in *AppendInput) (*AppendData, error)

	// Select opens a mailbox. The engine has called Unselect if one was open.
	Select(ctx context.Context, mailbox string, opts *SelectOptions) (*SelectData, error)
}

// SelectedSession is the part used while a mailbox is selected.
type SelectedSession interface {
	// Resync tells what happened to the mailbox, just selected, since the client
	// knew it: [ResponseWriter.VanishedEarlier] for messages that are gone, then
	// FETCH with UID, FLAGS and MODSEQ for those that changed (RFC 7162 3.2.5).
	// The client's UIDVALIDITY is the mailbox's.
	Resync(ctx context.Context, w *ResponseWriter, known *QResync) error

	// HighestModSeq is the mod-sequence up to which the client was told of the
	// mailbox.
	HighestModSeq() uint64

	// Unselect leaves the mailbox. With expunge it first removes the messages
	// marked \Deleted, without telling, unless the mailbox is read-only.
	Unselect(ctx context.Context, expunge bool) error

	// Poll writes what changed in the mailbox since the client was last told.
	// Without allowExpunge it must not write Expunged, nor anything that would
	// change what a sequence number means but EXISTS. It is called after each
	// command and by IDLE, so having nothing to do has to be cheap.
	Poll(ctx context.Context, w *ResponseWriter, allowExpunge bool) error

	// Expunge removes the messages marked \Deleted, those in uids only if it
	// is not nil (UID EXPUNGE, RFC 4315 2.1), and writes
	// [ResponseWriter.Expunged].
	Expunge(ctx context.Context, w *ResponseWriter, uids NumSet) error

	// Search returns the messages that match.
	Search(ctx context.Context, query *SearchQuery) (*SearchResult, error)

	// Fetch writes a FETCH response for each message in set (UIDs if
	// opts.ByUID) that exists. UIDs without a message are passed over in
	// silence. If opts.MarksSeen, never so in a read-only mailbox, \Seen is set
	// and FLAGS are told where that changed something.
	Fetch(ctx context.Context, w *ResponseWriter, set NumSet, opts *FetchOptions) error

	// Store changes flags and, unless opts.Silent, writes FETCH FLAGS for each
	// message; with CONDSTORE enabled MODSEQ is told even if silent. It returns
	// the messages left alone because of opts.UnchangedSince, as UIDs if
	// opts.ByUID.
	Store(ctx context.Context, w *ResponseWriter, set NumSet, opts *StoreOptions) (modified NumSet, err error)

	// Copy copies all messages of set or none. The data are nil if nothing was
	// copied, or the client is not to know the UIDs (RFC 4315 5).
	Copy(ctx context.Context, set NumSet, byUID bool, mailbox string) (*CopyData, error)

	// Move moves all messages of set or none. It writes [ResponseWriter.CopyUID],
	// if the client may know the UIDs, and then [ResponseWriter.Expunged] (RFC 6851
	// 4.3).
	Move(ctx context.Context, w *ResponseWriter, set NumSet, byUID bool, mailbox string) error
}
