// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"unicode/utf8"

	"twiga/lib/proto/imap/wire"
)

// searchCommands are SEARCH and those like it.
func searchCommands() []*command {
	return []*command{
		define("SEARCH", stateSelected, parseSearch, runSearch).keepNumbers(),
		define("UID SEARCH", stateSelected, parseUIDSearch, runSearch),
		define("SORT", stateSelected, parseSort, runSort).keepNumbers(),
		define("UID SORT", stateSelected, parseUIDSort, runSort),
		define("THREAD", stateSelected, parseThread, runThread).keepNumbers(),
		define("UID THREAD", stateSelected, parseUIDThread, runThread),
		define("CANCELUPDATE", stateSelected, parseCancelUpdate, runCancelUpdate),
		define("ESEARCH", stateLoggedIn, parseMultiSearch, runMultiSearch),
	}
}

type searchArgs struct{ query SearchQuery }

func parseUIDSearch(x *wire.Lexer, a *searchArgs) error {
	a.query.ByUID = true
	return parseSearch(x, a)
}

// parseSearch parses SEARCH with the RETURN of RFC 4731.
func parseSearch(x *wire.Lexer, a *searchArgs) error {
	q := &a.query
	if err := x.SP(); err != nil {
		return err
	}
	if err := tryReturn(x, q); err != nil {
		return err
	}
	return parseProgram(x, q)
}

// parseProgram takes a search program: keys, perhaps behind a charset
// (RFC 3501 9).
func parseProgram(x *wire.Lexer, q *SearchQuery) error {
	if x.TryWord("CHARSET") {
		q.CharsetNamed = true
		if err := parseCharset(x, q); err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
	return parseKeys(x, q)
}

// parseKeys takes the keys of a search program.
func parseKeys(x *wire.Lexer, q *SearchQuery) error {
	q.Key.Op = SearchAnd
	for {
		key, err := parseSearchKey(x, q)
		if err != nil {
			return err
		}
		q.Key.Keys = append(q.Key.Keys, key)
		if !x.Try(' ') {
			break
		}
		if x.AtEnd() {
			break
		}
	}
	if len(q.Key.Keys) == 1 {
		q.Key = q.Key.Keys[0]
	}
	return nil
}

// errBadCharset names the charsets that are always taken (RFC 3501 6.4.4).
var errBadCharset = No("BADCHARSET (US-ASCII UTF-8)", "Charset is not supported")

// parseCharset takes a space and a charset.
func parseCharset(x *wire.Lexer, q *SearchQuery) error {
	if err := x.SP(); err != nil {
		return err
	}
	name, err := x.AString()
	if err != nil {
		return err
	}
	if !wire.EqualFold(name, "UTF-8") && !wire.EqualFold(name, "US-ASCII") {
		q.Charset = string(name)
	}
	return nil
}

// runSearch runs SEARCH (RFC 3501 6.4.4).
func runSearch(ctx context.Context, c *Conn, a *searchArgs) error {
	q := &a.query
	if c.has(FeatureIMAP4rev2) && !q.Extended { // RFC 9051 6.4.4
		q.Extended, q.Return = true, ReturnAll
	}
	if err := c.prepareSearch(ctx, q); err != nil {
		return c.searchFailed(q, err)
	}
	r, err := c.session.Search(ctx, q)
	if err != nil {
		return c.searchFailed(q, err)
	}
	if err := c.found(q, r); err != nil {
		return err
	}
	if q.Extended {
		return c.tellESearch(q, r, nil)
	}
	return c.tellNumbers("* SEARCH", q, r)
}

// found does what is to be done about what was found before it is told.
func (c *Conn) found(q *SearchQuery, r *SearchResult) error {
	c.saveResult(q, r)
	if q.Update == nil || !r.NotUpdated {
		return nil
	}
	return c.tellNotUpdated()
}

// tellNumbers writes the responses SEARCH and SORT.
func (c *Conn) tellNumbers(name string, q *SearchQuery, r *SearchResult) error {
	b := append(c.w.Begin(), name...)
	for _, n := range r.Nums {
		b = wire.AppendUint(append(b, ' '), uint64(n))
		if len(b) >= outputFlush {
			if err := c.w.End(b); err != nil {
				return err
			}
			b = c.w.Begin()
		}
	}
	if q.ModSeq && len(r.Nums) > 0 { // RFC 7162 3.1.5
		b = append(b, " (MODSEQ "...)
		b = wire.AppendUint(b, r.ModSeq)
		b = append(b, ')')
	}
	return c.w.End(append(b, "\r\n"...))
}

// searchText takes a space and the text of a key, in UTF-8 unless another
// charset was named.
func searchText(x *wire.Lexer, q *SearchQuery) (string, error) {
	if err := x.SP(); err != nil {
		return "", err
	}
	b, err := x.AString()
	if err != nil {
		return "", err
	}
	if q.Charset == "" && !utf8.Valid(b) {
		return "", errBadCharset
	}
	return string(b), nil
}
