// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// SortSession is a Session that puts messages into order (RFC 5256).
type SortSession interface {
	// Sort is Search with its result in the order of query.Sort.
	Sort(ctx context.Context, query *SearchQuery) (*SearchResult, error)
}

// maxSortCriteria is how many criteria one SORT may have.
const maxSortCriteria = 32

var sortFields = map[string]SortField{
	"ARRIVAL": SortArrival, "CC": SortCc, "DATE": SortDate, "FROM": SortFrom, "SIZE": SortSize, "SUBJECT": SortSubject, "TO": SortTo,
	"DISPLAYFROM": SortDisplayFrom, "DISPLAYTO": SortDisplayTo, // RFC 5957 3
	"RELEVANCY": SortRelevancy, // RFC 6203 5
}

func parseUIDSort(x *wire.Lexer, a *searchArgs) error {
	a.query.ByUID = true
	return parseSort(x, a)
}

// parseSort parses SORT (RFC 5256 3) with the RETURN of RFC 5267 3.1.
func parseSort(x *wire.Lexer, a *searchArgs) error {
	q := &a.query
	if err := x.SP(); err != nil {
		return err
	}
	if err := tryReturn(x, q); err != nil {
		return err
	}
	if err := x.List(func() error { return parseSortCriterion(x, q) }); err != nil {
		return err
	}
	if len(q.Sort) == 0 || len(q.Sort) > maxSortCriteria {
		return Bad("SORT needs criteria, and not too many")
	}
	return parseCharsetAndKeys(x, q)
}

func parseSortCriterion(x *wire.Lexer, q *SearchQuery) error {
	var c SortCriterion
	if c.Reverse = x.TryWord("REVERSE"); c.Reverse {
		if err := x.SP(); err != nil {
			return err
		}
	}
	name, err := x.Keyword()
	if err != nil {
		return err
	}
	var ok bool
	if c.By, ok = sortFields[upper(name)]; !ok {
		return Bad("Unknown sort criterion")
	}
	q.Sort = append(q.Sort, c)
	return nil
}

// parseCharsetAndKeys takes what SORT and THREAD end with.
func parseCharsetAndKeys(x *wire.Lexer, q *SearchQuery) error {
	if err := parseCharset(x, q); err != nil {
		return err
	}
	if err := x.SP(); err != nil {
		return err
	}
	return parseKeys(x, q)
}

func (c *Conn) canSort() bool {
	_, ok := c.session.(SortSession)
	return ok
}

// runSort runs SORT (RFC 5256 3).
func runSort(ctx context.Context, c *Conn, a *searchArgs) error {
	s, ok := c.session.(SortSession)
	if !ok {
		return Bad("Unknown command")
	}
	q := &a.query
	if err := c.prepareSearch(ctx, q); err != nil {
		return c.searchFailed(q, err)
	}
	for _, by := range q.Sort {
		if by.By == SortRelevancy && !c.searches(SearchesFuzzy) {
			return Bad("Unknown sort criterion")
		}
	}
	r, err := s.Sort(ctx, q)
	if err != nil {
		return c.searchFailed(q, err)
	}
	if err := c.found(q, r); err != nil {
		return err
	}
	if q.Extended {
		return c.tellESearch(q, r, nil)
	}
	return c.tellNumbers("* SORT", q, r)
}
