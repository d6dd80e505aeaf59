// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"io"
	"time"

	"twiga/lib/proto/imap/wire"
)

// NumSet is a set of sequence numbers or UIDs. As an argument it is what the
// client sent and may hold "*": see [wire.NumSet.Resolve].
type NumSet = wire.NumSet

// Range is a part of a [NumSet].
type Range = wire.Range

// System flags (RFC 3501 2.3.2), and the mark in PERMANENTFLAGS that keywords
// can be made.
const (
	FlagSeen     = `\Seen`
	FlagAnswered = `\Answered`
	FlagFlagged  = `\Flagged`
	FlagDeleted  = `\Deleted`
	FlagDraft    = `\Draft`
	FlagRecent   = `\Recent`
	FlagWildcard = `\*`
)

// FetchItems are the data items of FETCH that take no argument.
type FetchItems uint16

// Items of FETCH (RFC 3501 6.4.5; MODSEQ is RFC 7162 3.1.4).
const (
	FetchUID FetchItems = 1 << iota
	FetchFlags
	FetchInternalDate
	FetchSize
	FetchEnvelope
	FetchBody          // BODY, the structure without extension data
	FetchBodyStructure // BODYSTRUCTURE
	FetchModSeq
	FetchPreview  // PREVIEW, RFC 8970
	FetchSaveDate // SAVEDATE, RFC 8514
	FetchEmailID  // EMAILID, RFC 8474 5.1
	FetchThreadID // THREADID, RFC 8474 5.2
)

// Has reports whether any of items is asked for.
func (f FetchItems) Has(items FetchItems) bool { return f&items != 0 }

// FetchOptions say what FETCH asks for.
type FetchOptions struct {
	ByUID    bool // the set holds UIDs
	Items    FetchItems
	Sections []BodySection
	// ChangedSince, if HasChangedSince, leaves out messages whose mod-sequence
	// is not above it (RFC 7162 3.1.4.1); FetchModSeq is then in Items.
	ChangedSince    uint64
	HasChangedSince bool
	// Vanished asks for VANISHED (EARLIER) with those of the UIDs that were
	// expunged since ChangedSince, before any FETCH (RFC 7162 3.2.6).
	Vanished bool
	// LazyPreview allows the session to answer PREVIEW by NIL where it would
	// have to work for it (RFC 8970 3.2).
	LazyPreview bool
	// Partial, unless it is zero, leaves of the messages that would be told
	// those at some places (RFC 9394 3.3).
	Partial Partial
}

// MarksSeen reports whether the fetch sets \Seen: a section without PEEK.
func (o *FetchOptions) MarksSeen() bool {
	for i := range o.Sections {
		if !o.Sections[i].Peek {
			return true
		}
	}
	return false
}

// SectionKind says what of a message or part a section is.
type SectionKind uint8

// Kinds of sections (RFC 3501 6.4.5).
const (
	SectionAll             SectionKind = iota // BODY[] the message, BODY[1] a part's body
	SectionHeader                             // HEADER
	SectionHeaderFields                       // HEADER.FIELDS: Fields only
	SectionHeaderFieldsNot                    // HEADER.FIELDS.NOT: all but Fields
	SectionText                               // TEXT
	SectionMIME                               // MIME, of a part only
	SectionBinary                             // BINARY[…]: the part's content, decoded (RFC 3516 4.2)
	SectionBinarySize                         // BINARY.SIZE[…]: how many octets that has (RFC 3516 4.3)
)

// BodySection is one BODY[…] of FETCH, or its older forms RFC822,
// RFC822.HEADER and RFC822.TEXT, or one BINARY[…] or BINARY.SIZE[…].
type BodySection struct {
	Kind   SectionKind
	Part   []uint32 // part numbers, from the outermost; empty for the message
	Fields []string // header field names as the client wrote them
	Peek   bool     // \Seen is not to be set

	// Partial asks for Length octets from Offset. What lies beyond the end is
	// not sent, and an Offset beyond it gives the empty string.
	Partial bool
	Offset  uint32
	Length  uint32

	// Label is the item's name in the response, "BODY[1.HEADER]<0>"; a space
	// and the value follow it.
	Label string
}

// Slice returns the octets of a text of the given size that the section asks
// for.
func (s *BodySection) Slice(size int64) (offset, length int64) {
	if !s.Partial {
		return 0, size
	}
	offset = min(int64(s.Offset), size)
	return offset, min(int64(s.Length), size-offset)
}

// StoreAction says what STORE does with the flags it names.
type StoreAction uint8

// Actions of STORE.
const (
	StoreReplace StoreAction = iota // FLAGS
	StoreAdd                        // +FLAGS
	StoreRemove                     // -FLAGS
)

// StoreOptions are the arguments of STORE. \Recent is never among Flags.
type StoreOptions struct {
	ByUID       bool // the set holds UIDs
	TellNumbers bool // messages left alone are told by sequence number though ByUID
	Action      StoreAction
	Silent      bool
	Flags       []string
	// UnchangedSince, if HasUnchangedSince, leaves messages alone whose
	// mod-sequence is above it (RFC 7162 3.1.3).
	UnchangedSince    uint64
	HasUnchangedSince bool
}

// AppendMessage is a message of APPEND. It is valid until the next one is taken.
type AppendMessage struct {
	Flags []string
	Date  time.Time // INTERNALDATE, zero for now
	Size  int64     // octets, -1 where parts make the message (CATENATE)
	Max   int64     // octets that it may have: with what URLs stand for

	in    *AppendInput
	texts int64 // octets of the literals so far
	parts int
	done  bool
}

// AppendPart is a part of a message of APPEND: what a URL stands for, or text.
type AppendPart struct {
	URL *URL // nil for text

	Size  int64 // octets of Body
	Asked bool  // the client sends it in any case; else the first Read asks for it
	// Body is the text, as it comes from the client. It is valid until the
	// next part is taken.
	Body io.Reader
}
