// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"slices"

	"twiga/lib/proto/imap/wire"
)

// ThreadSession is a Session that makes threads (RFC 5256).
type ThreadSession interface {
	// ThreadAlgorithms are the names of the algorithms that there are, in
	// capitals.
	ThreadAlgorithms() []string
	// Thread makes threads of the messages that match, by one of them.
	Thread(ctx context.Context, algorithm string, query *SearchQuery) (*ThreadData, error)
}

// Marks in ThreadData.Tokens.
const (
	ThreadOpen  = ^uint32(0)     // "("
	ThreadClose = ^uint32(0) - 1 // ")"
)

// ThreadData are threads as the THREAD response has them (RFC 5256 4): sequence
// numbers or UIDs, and the parentheses between them.
type ThreadData struct{ Tokens []uint32 }

type threadArgs struct {
	algorithm string
	query     SearchQuery
}

func parseUIDThread(x *wire.Lexer, a *threadArgs) error {
	a.query.ByUID = true
	return parseThread(x, a)
}

// parseThread parses THREAD (RFC 5256 3).
func parseThread(x *wire.Lexer, a *threadArgs) error {
	if err := x.SP(); err != nil {
		return err
	}
	name, err := x.Keyword()
	if err != nil {
		return err
	}
	a.algorithm = upper(name)
	return parseCharsetAndKeys(x, &a.query)
}

func (c *Conn) threads(algorithm string) bool {
	s, ok := c.session.(ThreadSession)
	return ok && slices.Contains(s.ThreadAlgorithms(), algorithm)
}

// runThread runs THREAD (RFC 5256 3).
func runThread(ctx context.Context, c *Conn, a *threadArgs) error {
	s, ok := c.session.(ThreadSession)
	if !ok {
		return Bad("Unknown command")
	}
	if !c.threads(a.algorithm) {
		return Bad("Unknown threading algorithm")
	}
	q := &a.query
	if err := c.prepareSearch(ctx, q); err != nil {
		return err
	}
	d, err := s.Thread(ctx, a.algorithm, q)
	if err != nil {
		return err
	}
	return c.tellThreads(d.Tokens)
}

func (c *Conn) tellThreads(tokens []uint32) error {
	b := append(c.w.Begin(), "* THREAD"...)
	if len(tokens) > 0 {
		b = append(b, ' ')
	}
	number := false // came last
	for _, k := range tokens {
		if number && k != ThreadClose {
			b = append(b, ' ')
		}
		number = false
		switch k {
		case ThreadOpen:
			b = append(b, '(')
		case ThreadClose:
			b = append(b, ')')
		default:
			b, number = wire.AppendUint(b, uint64(k)), true
		}
		if len(b) >= outputFlush {
			if err := c.w.End(b); err != nil {
				return err
			}
			b = c.w.Begin()
		}
	}
	return c.w.End(append(b, "\r\n"...))
}
