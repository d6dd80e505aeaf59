// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"math"

	"twiga/lib/proto/imap/wire"
)

// shape is the kind of arguments a search key has.
type shape uint8

const (
	shapeNone    shape = iota
	shapeFlag          // a system flag, by the row's name
	shapeNotFlag       // its absence
	shapeKeyword       // flag-keyword
	shapeNotKeyword
	shapeText   // astring
	shapeField  // astring, of the field by the row's name
	shapeHeader // field name and astring
	shapeDate
	shapeSize
	shapeUID
	shapeModSeq
	shapeNot
	shapeOr
	shapeNew
	shapeSeconds // nz-number
	shapeFuzzy   // one key
	shapeID      // objectid
	shapeFilter
	shapeAfter // uniqueid
	shapeBefore
)

type searchRow struct {
	shape shape
	op    SearchOp
	name  string
}

// searchRows are the search keys by name (RFC 3501 6.4.4).
var searchRows = map[string]searchRow{
	"ALL":        {shapeNone, SearchAll, ""},
	"ANSWERED":   {shapeFlag, SearchFlag, FlagAnswered},
	"BCC":        {shapeField, SearchHeader, "Bcc"},
	"BEFORE":     {shapeDate, SearchBefore, ""},
	"BODY":       {shapeText, SearchBody, ""},
	"CC":         {shapeField, SearchHeader, "Cc"},
	"DELETED":    {shapeFlag, SearchFlag, FlagDeleted},
	"DRAFT":      {shapeFlag, SearchFlag, FlagDraft},
	"FLAGGED":    {shapeFlag, SearchFlag, FlagFlagged},
	"FROM":       {shapeField, SearchHeader, "From"},
	"HEADER":     {shapeHeader, SearchHeader, ""},
	"KEYWORD":    {shapeKeyword, SearchFlag, ""},
	"LARGER":     {shapeSize, SearchLarger, ""},
	"MODSEQ":     {shapeModSeq, SearchModSeq, ""},
	"NEW":        {shapeNew, SearchAnd, ""},
	"NOT":        {shapeNot, SearchNot, ""},
	"OLD":        {shapeNotFlag, SearchFlag, FlagRecent},
	"ON":         {shapeDate, SearchOn, ""},
	"OR":         {shapeOr, SearchOr, ""},
	"RECENT":     {shapeFlag, SearchFlag, FlagRecent},
	"SEEN":       {shapeFlag, SearchFlag, FlagSeen},
	"SENTBEFORE": {shapeDate, SearchSentBefore, ""},
	"SENTON":     {shapeDate, SearchSentOn, ""},
	"SENTSINCE":  {shapeDate, SearchSentSince, ""},
	"SINCE":      {shapeDate, SearchSince, ""},
	"SMALLER":    {shapeSize, SearchSmaller, ""},
	"SUBJECT":    {shapeField, SearchHeader, "Subject"},
	"TEXT":       {shapeText, SearchText, ""},
	"TO":         {shapeField, SearchHeader, "To"},
	"UID":        {shapeUID, SearchUIDSet, ""},
	"UNANSWERED": {shapeNotFlag, SearchFlag, FlagAnswered},
	"UNDELETED":  {shapeNotFlag, SearchFlag, FlagDeleted},
	"UNDRAFT":    {shapeNotFlag, SearchFlag, FlagDraft},
	"UNFLAGGED":  {shapeNotFlag, SearchFlag, FlagFlagged},
	"UNKEYWORD":  {shapeNotKeyword, SearchFlag, ""},
	"UNSEEN":     {shapeNotFlag, SearchFlag, FlagSeen},

	"OLDER":             {shapeSeconds, SearchOlder, ""}, // RFC 5032
	"YOUNGER":           {shapeSeconds, SearchYounger, ""},
	"FUZZY":             {shapeFuzzy, SearchFuzzy, ""},      // RFC 6203
	"SAVEDBEFORE":       {shapeDate, SearchSavedBefore, ""}, // RFC 8514
	"SAVEDON":           {shapeDate, SearchSavedOn, ""},
	"SAVEDSINCE":        {shapeDate, SearchSavedSince, ""},
	"SAVEDATESUPPORTED": {shapeNone, SearchSaveDateKept, ""},
	"EMAILID":           {shapeID, SearchEmailID, ""}, // RFC 8474
	"THREADID":          {shapeID, SearchThreadID, ""},
	"FILTER":            {shapeFilter, searchFilter, ""}, // RFC 5466
	"UIDAFTER":          {shapeAfter, SearchUIDSet, ""},  // RFC 9738 3.3
	"UIDBEFORE":         {shapeBefore, SearchUIDSet, ""},
}

// parseSearchKey takes one key, with those inside it.
func parseSearchKey(x *wire.Lexer, q *SearchQuery) (key SearchKey, err error) {
	if err := x.Item(); err != nil {
		return key, err
	}
	if err := x.Enter(); err != nil {
		return key, err
	}
	defer x.Leave()
	switch c := x.Peek(); {
	case c == '(':
		return parseSearchList(x, q)
	case c == '$': // RFC 5182
		x.Try('$')
		key.Op = searchSaved
		return key, nil
	case c == '*' || c >= '0' && c <= '9':
		key.Op = SearchSeqSet
		key.Set, err = x.NumSet()
		return key, err
	}
	word, err := x.Keyword()
	if err != nil {
		return key, err
	}
	row, ok := searchRows[upper(word)]
	if !ok {
		return key, Bad("Unknown search key")
	}
	key.Op, key.Name = row.op, row.name
	return key, key.parseArgs(x, q, row.shape)
}

func parseSearchList(x *wire.Lexer, q *SearchQuery) (SearchKey, error) {
	key := SearchKey{Op: SearchAnd}
	err := x.List(func() error {
		k, err := parseSearchKey(x, q)
		key.Keys = append(key.Keys, k)
		return err
	})
	if err == nil && len(key.Keys) == 0 {
		err = Bad("Empty list of search keys")
	}
	return key, err
}

// not wraps key into SearchNot.
func not(key SearchKey) SearchKey { return SearchKey{Op: SearchNot, Keys: []SearchKey{key}} }

// parseArgs takes what stands behind the name of a key.
func (key *SearchKey) parseArgs(x *wire.Lexer, q *SearchQuery, s shape) (err error) {
	switch s {
	case shapeNone, shapeFlag:
		return nil
	case shapeNotFlag:
		*key = not(*key)
		return nil
	case shapeNew: // RECENT UNSEEN
		key.Keys = []SearchKey{
			{Op: SearchFlag, Name: FlagRecent},
			not(SearchKey{Op: SearchFlag, Name: FlagSeen}),
		}
		return nil
	case shapeField, shapeText:
		key.Text, err = searchText(x, q)
		return err
	case shapeHeader:
		if key.Name, err = searchText(x, q); err == nil {
			key.Text, err = searchText(x, q)
		}
		return err
	case shapeNot, shapeFuzzy:
		return key.parseInner(x, q, 1)
	case shapeOr:
		return key.parseInner(x, q, 2)
	}
	if err := x.SP(); err != nil {
		return err
	}
	switch s {
	case shapeKeyword, shapeNotKeyword, shapeID, shapeFilter:
		return key.parseAtom(x, s)
	case shapeModSeq:
		q.ModSeq = true
		return key.parseModSeq(x)
	}
	return key.parseNumber(x, s)
}

// parseAtom takes an atom.
func (key *SearchKey) parseAtom(x *wire.Lexer, s shape) error {
	b, err := x.Atom()
	switch s {
	case shapeID:
		key.Text = string(b)
	case shapeNotKeyword:
		key.Name = string(b)
		*key = not(*key)
	default:
		key.Name = string(b)
	}
	return err
}

// parseNumber takes a number, a date or a set of numbers.
func (key *SearchKey) parseNumber(x *wire.Lexer, s shape) (err error) {
	switch s {
	case shapeDate:
		key.Date, err = x.Date()
	case shapeSize:
		key.Num, err = x.Number(1<<63 - 1)
	case shapeUID:
		if x.Try('$') { // RFC 5182 2.1
			key.Op = searchSaved
			return nil
		}
		key.Set, err = x.NumSet()
	case shapeSeconds:
		var n uint32
		n, err = x.NZUint32()
		key.Num = uint64(n)
	case shapeAfter, shapeBefore:
		var n uint32
		n, err = x.NZUint32()
		key.bound(n, s == shapeAfter)
	}
	return err
}

// bound makes the key the UIDs above n, or those below. Other than with "n:*"
// the last message counts for nothing more than others.
func (key *SearchKey) bound(n uint32, above bool) {
	switch {
	case above && n < math.MaxUint32:
		key.Set.AddRange(n+1, math.MaxUint32)
	case !above && n > 1:
		key.Set.AddRange(1, n-1)
	default:
		*key = not(SearchKey{Op: SearchAll})
	}
}

// parseInner takes n keys, each after a space.
func (key *SearchKey) parseInner(x *wire.Lexer, q *SearchQuery, n int) error {
	key.Keys = make([]SearchKey, n)
	for i := range key.Keys {
		if err := x.SP(); err != nil {
			return err
		}
		var err error
		if key.Keys[i], err = parseSearchKey(x, q); err != nil {
			return err
		}
	}
	return nil
}

// parseModSeq takes the rest of MODSEQ: an entry name and type, which the store
// keeps no mod-sequences of its own for, and the value (RFC 7162 3.1.5).
func (key *SearchKey) parseModSeq(x *wire.Lexer) error {
	if x.Peek() == '"' {
		name, err := x.String()
		if err != nil {
			return err
		}
		key.Name = string(name)
		if err := x.SP(); err != nil {
			return err
		}
		if !x.TryWord("priv") && !x.TryWord("shared") && !x.TryWord("all") {
			return Bad("Expected priv, shared or all in MODSEQ")
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
	var err error
	key.Num, err = x.ModSeq()
	return err
}
