// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "time"

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
type SearchReturn uint8

// Results of SEARCH.
const (
	ReturnMin SearchReturn = 1 << iota
	ReturnMax
	ReturnAll
	ReturnCount
)

// SearchQuery are the arguments of SEARCH.
type SearchQuery struct {
	ByUID bool // the result is UIDs
	Key   SearchKey
	// Extended tells that RETURN was given, Return what it names: never
	// nothing, RETURN () meaning ALL.
	Extended bool
	Return   SearchReturn
	// ModSeq tells that a MODSEQ key is in the tree, so that
	// SearchResult.ModSeq is wanted.
	ModSeq  bool
	Charset string // of the texts as the client sent them; Search sees UTF-8
}

// SearchResult are the messages found.
type SearchResult struct {
	// Nums are the sequence numbers or UIDs in ascending order. If Return
	// names neither All nor Count, the first and the last are enough.
	Nums []uint32
	// ModSeq is the highest mod-sequence of the messages told: of those at Min
	// and Max if only these are asked for, else of all (RFC 7162 3.1.10). It is
	// used if the query wants it.
	ModSeq uint64
}
