// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "twiga/lib/proto/imap/wire"

// returnOptions are the result options of SEARCH, SORT and ESEARCH that take no
// argument.
var returnOptions = map[string]SearchReturn{
	"MIN": ReturnMin, "MAX": ReturnMax, "ALL": ReturnAll, "COUNT": ReturnCount,
	"SAVE":      ReturnSave,      // RFC 5182 2.1
	"RELEVANCY": ReturnRelevancy, // RFC 6203 4
}

// tryReturn takes "RETURN", its options and the space behind them, if they are
// next.
func tryReturn(x *wire.Lexer, q *SearchQuery) error {
	if !x.TryWord("RETURN") {
		return nil
	}
	if err := x.SP(); err != nil {
		return err
	}
	q.Extended = true
	err := x.List(func() error {
		if u := q.Update; u != nil && u.Fetch == nil && x.Peek() == '(' { // RFC 5465 8
			u.Fetch = &FetchOptions{ByUID: true}
			return parseNewItems(x, u.Fetch)
		}
		return parseReturnOption(x, q)
	})
	switch {
	case err != nil:
		return err
	case q.Return.Has(ReturnPartial) && q.Return.Has(ReturnAll): // RFC 9394 3.1
		return Bad("PARTIAL and ALL exclude each other")
	case q.Return == 0:
		q.Return = ReturnAll // RFC 4731 3.1
	}
	return x.SP()
}

func parseReturnOption(x *wire.Lexer, q *SearchQuery) error {
	name, err := x.Keyword()
	if err != nil {
		return err
	}
	if option, ok := returnOptions[upper(name)]; ok {
		q.Return |= option
		return nil
	}
	switch {
	case wire.EqualFold(name, "CONTEXT"): // RFC 5267 4.2: a hint
		return nil
	case wire.EqualFold(name, "UPDATE"):
		q.Return |= ReturnUpdate
		q.Update = &SearchUpdate{}
		return nil
	}
	if !wire.EqualFold(name, "PARTIAL") || q.Return.Has(ReturnPartial) {
		return Bad("Unknown return option of SEARCH")
	}
	q.Return |= ReturnPartial
	if err := x.SP(); err != nil {
		return err
	}
	q.Partial, err = parsePartialRange(x)
	return err
}

// parsePartialRange takes a partial-range: both ends counted from the start, or both
// from the end (RFC 9394 3.1).
func parsePartialRange(x *wire.Lexer) (p Partial, err error) {
	if p.First, err = partialNumber(x); err != nil {
		return p, err
	}
	if err = x.Byte(':'); err != nil {
		return p, err
	}
	if p.Last, err = partialNumber(x); err != nil {
		return p, err
	}
	if p.First < 0 != (p.Last < 0) {
		return p, Bad("Both ends of PARTIAL count from the same end")
	}
	return p, nil
}

func partialNumber(x *wire.Lexer) (int64, error) {
	minus := x.Try('-')
	n, err := x.NZUint32()
	if minus {
		return -int64(n), err
	}
	return int64(n), err
}
