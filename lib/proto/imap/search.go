// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"time"
)

// SearchOp is what a search key tests.
type SearchOp uint8

// Search keys (RFC 3501 6.4.4, MODSEQ of RFC 7162 3.1.5). The comment names
// the fields of [SearchKey] in use. The flag keys of RFC 3501 are told by
// SearchFlag and SearchNot: UNSEEN is a SearchNot of \Seen, NEW an And.
const (
	SearchAll        SearchOp = iota // every message
	SearchAnd                        // Keys: all of them
	SearchOr                         // Keys: one of two
	SearchNot                        // Keys: not the one
	SearchSeqSet                     // Set: sequence numbers
	SearchUIDSet                     // Set: UIDs
	SearchFlag                       // Name: a system flag or keyword is set
	SearchHeader                     // Name: field; Text: substring, empty for any value
	SearchBody                       // Text: in the body
	SearchText                       // Text: in header or body
	SearchBefore                     // Date: internal date is earlier
	SearchOn                         // Date
	SearchSince                      // Date: internal date is this day or later
	SearchSentBefore                 // Date: as above, by the Date field
	SearchSentOn                     // Date
	SearchSentSince                  // Date
	SearchLarger                     // Num: more octets than
	SearchSmaller                    // Num: fewer octets than
	SearchModSeq                     // Num: mod-sequence is at least; Name: entry or empty

	SearchOlder        // Num: internal date is at least so many seconds ago (RFC 5032)
	SearchYounger      // Num: internal date is at most so many seconds ago
	SearchFuzzy        // Keys: the one, whose texts match like a person would say (RFC 6203)
	SearchSavedBefore  // Date: as Before, by the save date (RFC 8514)
	SearchSavedOn      // Date
	SearchSavedSince   // Date
	SearchSaveDateKept // the mailbox keeps save dates
	SearchEmailID      // Text: EMAILID is (RFC 8474)
	SearchThreadID     // Text: THREADID is
	searchSaved        // the saved result (RFC 5182); a Session sees SearchUIDSet
	searchFilter       // Name: a filter (RFC 5466); a Session sees what it stands for
)

// SearchKey is a node of the tree that SEARCH asks for. FROM, TO, CC, BCC and
// SUBJECT are SearchHeader.
type SearchKey struct {
	Op   SearchOp
	Name string
	Text string    // UTF-8
	Date time.Time // midnight UTC of the day, without regard to zones
	Num  uint64
	Set  NumSet
	Keys []SearchKey
}

// SearchReturn are the results that SEARCH asks for (RFC 4731 3.1).
type SearchReturn uint16

// Results of SEARCH.
const (
	ReturnMin SearchReturn = 1 << iota
	ReturnMax
	ReturnAll
	ReturnCount
	ReturnSave      // RFC 5182 2.1
	ReturnPartial   // RFC 9394 3.1
	ReturnRelevancy // RFC 6203 4
	ReturnUpdate    // RFC 5267 4.3
)

// Has reports whether any of these is asked for.
func (r SearchReturn) Has(what SearchReturn) bool { return r&what != 0 }

// Partial is a part of a result: from its First to its Last entry, counted from
// 1, or from the end, -1 being the last (RFC 9394 3.1). Both have one sign.
type Partial struct{ First, Last int64 }

// Slice gives the part's place in a result with n entries: first <= i < last.
func (p Partial) Slice(n int) (first, last int) {
	a, b := min(p.First, p.Last), max(p.First, p.Last)
	if a < 0 {
		a, b = a+int64(n)+1, b+int64(n)+1
	}
	first, last = int(max(a, 1))-1, int(min(b, int64(n)))
	if first >= last {
		return 0, 0
	}
	return first, last
}

// SortField is what SORT puts messages into order by (RFC 5256 3, RFC 5957 3).
type SortField uint8

// The fields.
const (
	SortArrival SortField = iota
	SortCc
	SortDate
	SortFrom
	SortSize
	SortSubject
	SortTo
	SortDisplayFrom
	SortDisplayTo
	SortRelevancy // RFC 6203 5
)

// SortCriterion is one of those that an order is made of. Messages that are
// equal in all stand in the order of the mailbox, reversed or not.
type SortCriterion struct {
	By      SortField
	Reverse bool
}

// SearchQuery are the arguments of SEARCH.
type SearchQuery struct {
	ByUID bool // the result is UIDs
	Key   SearchKey
	// Extended tells that RETURN was given, Return what it names: never
	// nothing, RETURN () meaning ALL.
	Extended bool
	Return   SearchReturn
	Partial  Partial // with ReturnPartial
	// Update, with ReturnUpdate, asks for the result to be kept current; only a
	// ContextSession is asked for it.
	Update *SearchUpdate
	// ModSeq tells that a MODSEQ key is in the tree, so that
	// SearchResult.ModSeq is wanted.
	ModSeq bool
	// Fuzzy tells that a FUZZY key is in the tree, so that there is relevancy.
	Fuzzy   bool
	Sort    []SortCriterion // of SORT; empty for SEARCH and THREAD
	Charset string          // of the texts as the client sent them; Search sees UTF-8

	CharsetNamed bool // by CHARSET, which SORT and THREAD do not have
	Elsewhere    bool // mailboxes beside the selected one are searched
}

// TellsEnds reports whether the client is told the first and the last of the
// messages found only, or one of them.
func (q *SearchQuery) TellsEnds() bool {
	return q.Return.Has(ReturnMin|ReturnMax) && !q.Return.Has(ReturnAll|ReturnCount|ReturnPartial|ReturnRelevancy)
}

// SearchResult are the messages found.
type SearchResult struct {
	// Nums are the sequence numbers or UIDs in ascending order, or in the order
	// of Sort.
	Nums []uint32
	// UIDs are those of Nums, where a result is saved and Nums are sequence
	// numbers.
	UIDs []uint32
	// Relevancy is how well each of Nums matches, from 1 to 100, where
	// ReturnRelevancy asks for it (RFC 6203 4).
	Relevancy []uint8
	// ModSeq is the highest mod-sequence of the messages told: of those at Min
	// and Max if TellsEnds, else of all (RFC 4731 3.2). It is used if the query
	// wants it.
	ModSeq uint64
	// NotUpdated tells that the result is not kept current though that was asked
	// for.
	NotUpdated bool
}

// SearchExtensions are what of SEARCH a Session offers beside RFC 3501, 4731
// and 7162.
type SearchExtensions uint16

// The extensions.
const (
	SearchesWithin   SearchExtensions = 1 << iota // OLDER and YOUNGER, RFC 5032
	SearchesFuzzy                                 // RFC 6203
	SearchesSaveDate                              // RFC 8514
	SearchesObjectID                              // RFC 8474
	SearchesI18N                                  // texts match by i;unicode-casemap, RFC 5255 4.4
)

// ExtendedSearchSession is a Session that offers more of SEARCH.
type ExtendedSearchSession interface {
	SearchExtensions() SearchExtensions
}

// searches reports whether the session offers an extension of SEARCH.
func (c *Conn) searches(e SearchExtensions) bool {
	s, ok := c.session.(ExtendedSearchSession)
	return ok && s.SearchExtensions()&e != 0
}

// FilterSession is a Session that keeps filters: search keys with a name
// (RFC 5466).
type FilterSession interface {
	// Filter gives the search program that the name stands for, as the client
	// wrote it. It is not ok if there is none.
	Filter(ctx context.Context, name string) (program string, ok bool, err error)
}
