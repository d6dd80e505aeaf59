// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "twiga/lib/proto/imap/wire"

// Namespace is a prefix of mailbox names and the delimiter below it.
type Namespace struct {
	Prefix string
	Delim  byte // 0 for a flat namespace
}

// NamespaceData are the namespaces of a user (RFC 2342 5).
type NamespaceData struct {
	Personal, Other, Shared []Namespace
}

// Attributes of a mailbox in LIST (RFC 3501 7.2.2, RFC 3348, RFC 5258,
// RFC 6154 2).
const (
	AttrNoInferiors   = `\Noinferiors`
	AttrNoSelect      = `\Noselect`
	AttrMarked        = `\Marked`
	AttrNoAccess      = `\NoAccess` // RFC 5465 3.1
	AttrUnmarked      = `\Unmarked`
	AttrHasChildren   = `\HasChildren`
	AttrHasNoChildren = `\HasNoChildren`
	AttrNonExistent   = `\NonExistent`
	AttrSubscribed    = `\Subscribed`
	AttrAll           = `\All`
	AttrArchive       = `\Archive`
	AttrDrafts        = `\Drafts`
	AttrFlagged       = `\Flagged`
	AttrJunk          = `\Junk`
	AttrSent          = `\Sent`
	AttrTrash         = `\Trash`
)

// ListOptions say which mailboxes LIST or LSUB asks for and what of them.
type ListOptions struct {
	// Ref and Patterns are UTF-8. A name matches if [MatchMailbox] of Ref
	// joined to one of the patterns says so.
	Ref      string
	Patterns []string

	SelectSubscribed bool // LSUB and LIST (SUBSCRIBED): subscribed names only
	SelectSpecialUse bool // LIST (SPECIAL-USE): names with such an attribute only
	RecursiveMatch   bool // LIST (RECURSIVEMATCH …), RFC 5258 3.5
	LSub             bool // the command is LSUB (RFC 3501 6.3.9)
	Extended         bool // the client knows \NonExistent (RFC 5258)

	ReturnSubscribed bool // tell \Subscribed
	ReturnChildren   bool // tell \HasChildren or \HasNoChildren
	ReturnSpecialUse bool // tell the attributes of RFC 6154
	ReturnMyRights   bool // set Rights (RFC 8440)

	ReturnStatus StatusItems // set Status where the mailbox can be selected (RFC 5819)

	metadata []string // annotations that are told of each (RFC 9590), which is the engine's work
}

// ListData are one LIST or LSUB response.
type ListData struct {
	Attrs   []string
	Delim   byte // 0 for NIL
	Mailbox string

	ChildSubscribed bool   // RECURSIVEMATCH: one below it is subscribed to (RFC 5258 3.5)
	OldName         string // the name that it had until now, or under which it was asked for (RFC 9051 6.3.9.7)

	Rights string      // MYRIGHTS; "" tells nothing
	Status *StatusData // nil tells nothing
}

// StatusItems are the data items of STATUS.
type StatusItems uint16

// Items of STATUS (RFC 3501 6.3.10; HIGHESTMODSEQ is RFC 7162 3.1.7).
const (
	StatusMessages StatusItems = 1 << iota
	StatusRecent
	StatusUIDNext
	StatusUIDValidity
	StatusUnseen
	StatusHighestModSeq
	StatusAppendLimit    // told by the engine (RFC 7889 4)
	StatusSize           // RFC 8438
	StatusDeleted        // RFC 9208 4.1.4
	StatusDeletedStorage // RFC 9208 4.1.4
	StatusMailboxID      // RFC 8474 4.3
)

// Has reports whether any of items is asked for.
func (s StatusItems) Has(items StatusItems) bool { return s&items != 0 }

// StatusData are the values of a mailbox; those not asked for need not be set.
type StatusData struct {
	Messages, Recent, UIDNext, UIDValidity, Unseen uint32
	HighestModSeq                                  uint64
	appendLimit                                    uint64
	Size                                           uint64 // octets, not less than all RFC822.SIZE together
	Deleted                                        uint32 // messages marked \Deleted
	DeletedStorage                                 uint64 // octets of those
	MailboxID                                      string // of letters, digits, "-" and "_", RFC 8474 4
}

// CreateOptions are the parameters of CREATE.
type CreateOptions struct {
	SpecialUse []string // RFC 6154 3: attributes as LIST tells them
}

// CreateData describe the mailbox that was made.
type CreateData struct {
	MailboxID string // RFC 8474 4.1; "" tells nothing
}

// SelectOptions are the parameters of SELECT and EXAMINE.
type SelectOptions struct {
	ReadOnly  bool // EXAMINE
	CondStore bool // the CONDSTORE parameter; Enable was called before
}

// QResync is what a client knows of a mailbox that it selects again (RFC 7162
// 3.2.5).
type QResync struct {
	UIDValidity uint32
	ModSeq      uint64
	Known       NumSet // UIDs that it has; nil for not said
	// MatchNums and MatchUIDs are pairs of sequence numbers and UIDs that the
	// client remembers, of equal length and rising.
	MatchNums, MatchUIDs NumSet
}

// SelectData describe the mailbox that was opened (RFC 3501 6.3.1).
type SelectData struct {
	Flags          []string // flags in use in the mailbox
	PermanentFlags []string // those the client can change for good; `\*` allows new keywords
	Exists         uint32
	Recent         uint32
	FirstUnseen    uint32 // sequence number, 0 if all are seen
	UIDValidity    uint32
	UIDNext        uint32
	HighestModSeq  uint64 // 0 for a mailbox without mod-sequences
	ReadOnly       bool   // the mailbox is open read-only, whatever was asked
	MailboxID      string // RFC 8474 4.2; "" tells nothing
	// Attrs and Mailbox are the attributes and the name that a plain LIST would
	// tell; "" is the name that the client used. They are needed with
	// FeatureIMAP4rev2 only.
	Attrs   []string
	Mailbox string
}

// CopyData say which messages became which (COPYUID, RFC 4315 3). Source and
// Dest list as many UIDs in the same order.
type CopyData struct {
	UIDValidity  uint32
	Source, Dest NumSet
}

// AppendData say where messages were stored (APPENDUID, RFC 4315 3): UIDs in the
// order of the messages, which rise.
type AppendData struct {
	UIDValidity uint32
	UIDs        NumSet
}

// MatchMailbox reports whether name matches pattern: "*" stands for any
// characters, "%" for any but delim (RFC 3501 6.3.8). INBOX matches in any
// case, as a whole name or as the first level.
func MatchMailbox(pattern, name string, delim byte) bool {
	fold := 0 // leading octets of name that match in any case
	if m := len(inbox); len(name) >= m && wire.EqualFold(name[:m], inbox) && (len(name) == m || name[m] == delim) {
		fold = m
	}
	p, n := 0, 0
	star, pct := mark{at: -1}, mark{at: -1}
	for {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			p++
			star, pct = mark{p, n}, mark{at: -1}
			continue
		case p < len(pattern) && pattern[p] == '%':
			p++
			pct = mark{p, n}
			continue
		case p == len(pattern) && n == len(name):
			return true
		case p < len(pattern) && n < len(name) &&
			(pattern[p] == name[n] || n < fold && wire.Lower(pattern[p]) == wire.Lower(name[n])):
			p, n = p+1, n+1
			continue
		}
		// Give the last "%" one octet more; where it may not have it, the
		// last "*". Earlier wildcards need no second try, their shortest
		// match leaves the later ones the most.
		switch {
		case pct.at >= 0 && pct.name < len(name) && name[pct.name] != delim:
			pct.name++
			p, n = pct.at, pct.name
		case star.at >= 0 && star.name < len(name):
			star.name++
			p, n, pct = star.at, star.name, mark{at: -1}
		default:
			return false
		}
	}
}

// mark is a wildcard's place: where the pattern goes on behind it and where in
// the name its match ends for now.
type mark struct{ at, name int }

// inbox is the one name that is the same in any case (RFC 3501 5.1).
const inbox = "INBOX"
