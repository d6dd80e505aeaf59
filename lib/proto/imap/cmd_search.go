// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"unicode/utf8"

	"twiga/lib/proto/imap/wire"
)

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
	if x.TryWord("RETURN") {
		if err := parseSearchReturn(x, q); err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
	if x.TryWord("CHARSET") {
		if err := parseCharset(x, q); err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
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

func parseSearchReturn(x *wire.Lexer, q *SearchQuery) error {
	if err := x.SP(); err != nil {
		return err
	}
	q.Extended = true
	err := x.List(func() error {
		name, err := x.Keyword()
		if err != nil {
			return err
		}
		switch upper(name) {
		case "MIN":
			q.Return |= ReturnMin
		case "MAX":
			q.Return |= ReturnMax
		case "ALL":
			q.Return |= ReturnAll
		case "COUNT":
			q.Return |= ReturnCount
		default:
			return Bad("Unknown return option of SEARCH")
		}
		return nil
	})
	if q.Return == 0 {
		q.Return = ReturnAll // RFC 4731 3.1
	}
	return err
}

// errBadCharset names the charsets that are always taken (RFC 3501 6.4.4).
var errBadCharset = No("BADCHARSET (US-ASCII UTF-8)", "Charset is not supported")

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

// decodeTexts turns the texts of a tree of keys into UTF-8.
func (c *Conn) decodeTexts(key *SearchKey, charset string) error {
	decode := c.srv.cfg.DecodeText
	if decode == nil {
		return errBadCharset
	}
	var ok bool
	if key.Text, ok = decode(charset, key.Text); !ok {
		return errBadCharset
	}
	for i := range key.Keys {
		if err := c.decodeTexts(&key.Keys[i], charset); err != nil {
			return err
		}
	}
	return nil
}

// runSearch runs SEARCH (RFC 3501 6.4.4).
func runSearch(ctx context.Context, c *Conn, a *searchArgs) error {
	q := &a.query
	if q.Charset != "" {
		if err := c.decodeTexts(&q.Key, q.Charset); err != nil {
			return err
		}
	}
	if q.ModSeq { // RFC 7162 3.1
		if err := c.enable(ctx, FeatureCondStore); err != nil {
			return err
		}
	}
	r, err := c.session.Search(ctx, q)
	if err != nil {
		return err
	}
	if q.Extended {
		return c.w.End(appendESearch(c.w.Begin(), c.tag, q, r))
	}
	b := append(c.w.Begin(), "* SEARCH"...)
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

// appendESearch appends the ESEARCH response (RFC 4731 3.1). Without a match
// only COUNT is told.
func appendESearch(b, tag []byte, q *SearchQuery, r *SearchResult) []byte {
	b = append(b, "* ESEARCH (TAG "...)
	b = wire.AppendQuoted(b, tag)
	b = append(b, ')')
	if q.ByUID {
		b = append(b, " UID"...)
	}
	n := len(r.Nums)
	number := func(name string, v uint64) {
		b = append(b, name...)
		b = wire.AppendUint(b, v)
	}
	if q.Return&ReturnMin != 0 && n > 0 {
		number(" MIN ", uint64(r.Nums[0]))
	}
	if q.Return&ReturnMax != 0 && n > 0 {
		number(" MAX ", uint64(r.Nums[n-1]))
	}
	if q.Return&ReturnCount != 0 {
		number(" COUNT ", uint64(n))
	}
	if q.Return&ReturnAll != 0 && n > 0 {
		b = append(b, " ALL "...)
		b = wire.AppendNumSet(b, wire.SetOf(r.Nums...))
	}
	if q.ModSeq && n > 0 {
		number(" MODSEQ ", r.ModSeq)
	}
	return append(b, "\r\n"...)
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
