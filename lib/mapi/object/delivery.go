// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import (
	"time"

	"twiga/lib/mapi"
)

// ResolveRecipientsRequest names mail addresses; without a domain they are in the default domain.
type ResolveRecipientsRequest struct{ Addresses []string }

// ResolveRecipientsResponse has one entry for each address.
type ResolveRecipientsResponse struct{ Recipients []ResolvedRecipient }

// ResolvedRecipient is whose mailbox an address is. Code is 0, NotFound (no
// such address), AmbiguousRecipient, or QuotaExceeded (the mailbox is over its
// hard quota).
//
// A mailing group has Members, each once, also of the groups in it: those with
// a mailbox here, and addresses outside, which have an Address alone. A group
// that reaches nobody is NotFound.
type ResolvedRecipient struct {
	Code    mapi.Code
	User    string
	Store   mapi.GUID
	Members []ResolvedMember
}

// ResolvedMember is who receives what is sent to a group.
type ResolvedMember struct {
	Code    mapi.Code // as above
	User    string
	Store   mapi.GUID
	Address string // outside
}

// DeliverRequest is a message for many mailboxes.
//
// Where it is not known what became of a delivery (NetworkError), it may be
// asked for again with Retry: mailboxes that have a recent message of the same
// PidTagSearchKey (one of the last 1,000 of the folder) answer with that one.
// InvalidParameter: the message has none.
//
// An id of a named property means something else in each mailbox. Names, where
// any are given, say what the ids in Message stand for: they are the caller's
// own, and each mailbox puts its own in their place. A property whose id is not
// among them is left out. Without Names the ids are taken as they are.
type DeliverRequest struct {
	To      []DeliverTo
	Message NewMessage
	Names   []NamedID
	Retry   bool
}

// DeliverTo is one mailbox; Folder 0 is the receive folder of the message's class.
type DeliverTo struct {
	Store  mapi.GUID
	Folder mapi.ID
}

// DeliverResponse has one entry for each mailbox.
type DeliverResponse struct{ Results []DeliverResult }

// DeliverResult says what became of one copy. Code is 0, QuotaExceeded,
// NotFound, NotEnoughDisk, StoreFull, Busy or GeneralFailure; Text explains it.
type DeliverResult struct {
	Code  mapi.Code
	Text  string
	Saved SavedMessage
}

// SubmitRequest names a message.
type SubmitRequest struct {
	Store   mapi.GUID
	Message mapi.ID
}

// OutgoingRequest asks for the queue up to a moment; zero is all of it.
type OutgoingRequest struct{ Due time.Time }

// QueueEntry is one message that waits to be sent.
type QueueEntry struct {
	Store     mapi.GUID
	Message   mapi.ID
	Owner     string // login name of the mailbox's owner
	Address   string // the owner's mail address
	Submitted time.Time
	Next      time.Time // not to be tried before
	Attempts  int
	Reason    string   // of the last failure
	Done      []string // addresses that are settled: sent, or reported as failed
}

// Outcome says what became of a try to send.
type Outcome uint8

// The outcomes of a try.
const (
	OutcomeSent  Outcome = iota + 1 // all recipients are settled: out of the queue, into Sent Items (or gone, with PidTagDeleteAfterSubmit)
	OutcomeRetry                    // some are not: try again at Next
)

// FinishSubmitRequest records a try. Report, where it has content or
// properties, is put into the owner's Inbox in the same transaction.
type FinishSubmitRequest struct {
	Store   mapi.GUID
	Message mapi.ID
	Outcome Outcome
	Next    time.Time
	Reason  string
	Done    []string
	Report  []NewMessage // none or one
}
