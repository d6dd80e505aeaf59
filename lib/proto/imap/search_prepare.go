// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"

	"twiga/lib/proto/imap/wire"
)

// maxFilterDepth is how deep filters may name filters.
const maxFilterDepth = 4

// prepareSearch makes a query what a Session understands: texts in UTF-8,
// nothing saved, no filters. It turns on what the query implies.
func (c *Conn) prepareSearch(ctx context.Context, q *SearchQuery) error {
	if q.CharsetNamed && c.has(FeatureUTF8) { // RFC 6855 3
		return Bad("No CHARSET with UTF8=ACCEPT")
	}
	if q.Charset != "" {
		if err := c.decodeTexts(&q.Key, q.Charset); err != nil {
			return err
		}
	}
	if err := c.resolveKey(ctx, &q.Key, q, 0); err != nil {
		return err
	}
	if q.Return.Has(ReturnRelevancy) && !c.searches(SearchesFuzzy) {
		return Bad("Unknown return option of SEARCH")
	}
	if q.Update != nil {
		if !c.canUpdate() || q.Update.Fetch != nil && !c.canNotify() {
			return Bad("Unknown return option of SEARCH")
		}
		q.Update.Tag = string(c.tag)
	}
	if q.ModSeq { // RFC 7162 3.1
		return c.enable(ctx, FeatureCondStore)
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

// extensionOf are the extensions that search keys belong to.
var extensionOf = map[SearchOp]SearchExtensions{
	SearchOlder: SearchesWithin, SearchYounger: SearchesWithin, SearchFuzzy: SearchesFuzzy,
	SearchSavedBefore: SearchesSaveDate, SearchSavedOn: SearchesSaveDate, SearchSavedSince: SearchesSaveDate,
	SearchSaveDateKept: SearchesSaveDate, SearchEmailID: SearchesObjectID, SearchThreadID: SearchesObjectID,
}

// resolveKey puts what they stand for in the place of "$" and of filters, and
// refuses keys that are not to be used.
func (c *Conn) resolveKey(ctx context.Context, key *SearchKey, q *SearchQuery, depth int) error {
	switch key.Op {
	case searchSaved:
		if q.Elsewhere {
			return errElsewhere
		}
		key.Op, key.Set = SearchUIDSet, c.saved
		if len(c.saved) == 0 { // RFC 5182 2.1
			*key = not(SearchKey{Op: SearchAll})
		}
		return nil
	case searchFilter:
		return c.resolveFilter(ctx, key, q, depth)
	case SearchSeqSet:
		if q.Elsewhere {
			return errElsewhere
		}
		if c.has(FeatureUIDOnly) { // RFC 9586 3.3
			return &Error{Status: StatusBAD, Code: CodeUIDRequired, Text: "Use UIDs in search keys"}
		}
	case SearchFuzzy:
		q.Fuzzy = true
	}
	if need := extensionOf[key.Op]; need != 0 && !c.searches(need) {
		return Bad("Unknown search key")
	}
	for i := range key.Keys {
		if err := c.resolveKey(ctx, &key.Keys[i], q, depth); err != nil {
			return err
		}
	}
	return nil
}

// resolveFilter puts the keys of a filter in its place (RFC 5466 3.1).
func (c *Conn) resolveFilter(ctx context.Context, key *SearchKey, q *SearchQuery, depth int) error {
	undefined := func(text string) error {
		return &Error{Status: StatusNO, Code: "UNDEFINED-FILTER " + key.Name, Text: text}
	}
	s, ok := c.session.(FilterSession)
	if !ok {
		return Bad("Unknown search key")
	}
	if depth == maxFilterDepth {
		return undefined("Filter names too many filters")
	}
	program, ok, err := s.Filter(ctx, key.Name)
	switch {
	case err != nil:
		return err
	case !ok:
		return undefined("No such filter")
	}
	inner, err := c.parseFilter(program)
	if err != nil {
		return undefined("Filter is no search program")
	}
	q.ModSeq = q.ModSeq || inner.ModSeq
	if err := c.resolveKey(ctx, &inner.Key, q, depth+1); err != nil {
		return err
	}
	*key = inner.Key
	return nil
}

func (c *Conn) parseFilter(program string) (q SearchQuery, err error) {
	var x wire.Lexer
	x.Reset([]byte(program), nil)
	if err = parseProgram(&x, &q); err == nil {
		err = x.End()
	}
	if err == nil && q.Charset != "" {
		err = c.decodeTexts(&q.Key, q.Charset)
	}
	return q, err
}

// searchFailed empties the saved result when a search that was to be saved
// fails with NO (RFC 5182 2.1).
func (c *Conn) searchFailed(q *SearchQuery, err error) error {
	var e *Error
	if q.Return.Has(ReturnSave) && errors.As(err, &e) && e.Status == StatusNO {
		c.saved = nil
	}
	return err
}

// saveResult keeps what a search found (RFC 5182 2.1 and 2.4, RFC 9394 3.2): all
// of it, unless only its ends or a part of it are asked for.
func (c *Conn) saveResult(q *SearchQuery, r *SearchResult) {
	if !q.Return.Has(ReturnSave) {
		return
	}
	uids := r.Nums
	if !q.ByUID {
		uids = r.UIDs
	}
	n := len(uids)
	part := q.Return & (ReturnMin | ReturnMax | ReturnPartial)
	if part == 0 || q.Return.Has(ReturnAll|ReturnCount) || n == 0 {
		c.saved = wire.SetOf(uids...).Resolve(1<<32 - 1)
		return
	}
	var set NumSet
	if part.Has(ReturnMin) {
		set.Add(uids[0])
	}
	if part.Has(ReturnMax) {
		set.Add(uids[n-1])
	}
	if part.Has(ReturnPartial) {
		first, last := q.Partial.Slice(n)
		for _, uid := range uids[first:last] {
			set.Add(uid)
		}
	}
	c.saved = set.Resolve(1<<32 - 1)
}
