// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// MultiSearchSession is a Session that searches several mailboxes at once
// (RFC 7377).
type MultiSearchSession interface {
	// MultiSearch searches the mailboxes that the sources name, each once, and
	// calls emit for each with a match, or for each with ReturnCount. Those that
	// cannot be read are passed over. query.ByUID is set and there are no
	// sequence numbers in its keys. An error of emit ends it and is returned.
	MultiSearch(ctx context.Context, in []MailboxSource, query *SearchQuery, emit func(*MultiSearchResult) error) error
}

// MultiSearchResult is what a search found in one mailbox.
type MultiSearchResult struct {
	Mailbox     string
	UIDValidity uint32
	SearchResult
}

// SourceKind says which mailboxes a MailboxSource stands for (RFC 5465 6, RFC
// 7377 2.2).
type SourceKind uint8

// The kinds of sources.
const (
	SourceSelected   SourceKind = iota // the selected one
	SourceInboxes                      // those where mail arrives
	SourcePersonal                     // those of the personal namespace
	SourceSubscribed                   // those subscribed to
	SourceSubtree                      // those named and all below
	SourceSubtreeOne                   // those named and those directly below
	SourceMailboxes                    // those named
)

// MailboxSource names mailboxes.
type MailboxSource struct {
	Kind  SourceKind
	Names []string // of the last three kinds
}

var sourceKinds = map[string]SourceKind{
	"SELECTED": SourceSelected, "INBOXES": SourceInboxes, "PERSONAL": SourcePersonal, "SUBSCRIBED": SourceSubscribed,
	"SUBTREE": SourceSubtree, "SUBTREE-ONE": SourceSubtreeOne, "MAILBOXES": SourceMailboxes,
}

type multiSearchArgs struct {
	in    []MailboxSource
	query SearchQuery
}

// parseMultiSearch parses ESEARCH (RFC 7377 2.1).
func parseMultiSearch(x *wire.Lexer, a *multiSearchArgs) error {
	a.query.ByUID, a.query.Extended = true, true
	if err := x.SP(); err != nil {
		return err
	}
	if x.TryWord("IN") {
		if err := parseSources(x, a); err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
	if err := tryReturn(x, &a.query); err != nil {
		return err
	}
	if a.query.Return == 0 {
		a.query.Return = ReturnAll
	}
	return parseProgram(x, &a.query)
}

// parseSources takes the list behind IN. Of its scope options none is known, so
// that a list of them has to be empty.
func parseSources(x *wire.Lexer, a *multiSearchArgs) error {
	if err := x.SP(); err != nil {
		return err
	}
	err := x.List(func() error {
		source, err := parseSource(x)
		a.in = append(a.in, source)
		return err
	})
	if err == nil && len(a.in) == 0 {
		err = Bad("No mailboxes to search")
	}
	return err
}

// parseSource takes filter-mailboxes (RFC 5465 8).
func parseSource(x *wire.Lexer) (s MailboxSource, err error) {
	name, err := x.Keyword()
	if err != nil {
		return s, err
	}
	var ok bool
	if s.Kind, ok = sourceKinds[upper(name)]; !ok {
		return s, Bad("Unknown source of mailboxes")
	}
	if s.Kind < SourceSubtree {
		return s, nil
	}
	if err := x.SP(); err != nil {
		return s, err
	}
	one := func() error {
		b, err := x.AString()
		if err != nil {
			return err
		}
		box, err := mailboxName(x, b)
		s.Names = append(s.Names, box)
		return err
	}
	if x.Peek() == '(' {
		err = x.List(one)
	} else {
		err = one()
	}
	return s, err
}

func (c *Conn) canMultiSearch() bool {
	_, ok := c.session.(MultiSearchSession)
	return ok
}

// runMultiSearch runs ESEARCH (RFC 7377 2.1).
func runMultiSearch(ctx context.Context, c *Conn, a *multiSearchArgs) error {
	s, ok := c.session.(MultiSearchSession)
	if !ok {
		return Bad("Unknown command")
	}
	q := &a.query
	if len(a.in) == 0 {
		a.in = []MailboxSource{{Kind: SourceSelected}}
	}
	for _, in := range a.in {
		if in.Kind == SourceSelected && c.state != stateSelected {
			return &Error{Status: StatusBAD, Code: CodeClientBug, Text: "No mailbox is selected"}
		}
		q.Elsewhere = q.Elsewhere || in.Kind != SourceSelected
	}
	if q.Elsewhere && q.Return.Has(ReturnSave) {
		return errElsewhere
	}
	if err := c.prepareSearch(ctx, q); err != nil {
		return c.searchFailed(q, err)
	}
	if q.Return.Has(ReturnSave) {
		c.saved = nil
	}
	if q.Update != nil { // of one mailbox only
		q.Update, q.Return = nil, q.Return&^ReturnUpdate
		if err := c.tellNotUpdated(); err != nil {
			return err
		}
	}
	err := s.MultiSearch(ctx, a.in, q, func(r *MultiSearchResult) error {
		c.saveResult(q, &r.SearchResult)
		return c.tellESearch(q, &r.SearchResult, &correlator{r.Mailbox, r.UIDValidity})
	})
	if err != nil {
		return c.searchFailed(q, err)
	}
	return nil
}

// errElsewhere answers what other mailboxes are not to be searched with (RFC 7377
// 2.3).
var errElsewhere = Bad("Sequence numbers and SAVE are for the selected mailbox")
