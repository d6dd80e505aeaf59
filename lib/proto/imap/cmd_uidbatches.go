// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// Bounds of UIDBATCHES (RFC 10022 3.1).
const (
	minBatch      = 500     // messages of a batch
	maxBatchRange = 100_000 // messages of the batches that a range asks for
)

// Batcher is what a [Session] may be beside: a mailbox in batches.
type Batcher interface {
	// Batches gives UID ranges that part the selected mailbox into batches of
	// size messages each: from the highest UIDs down, without gaps, the last
	// one to UID 1. Start is a range's highest UID. It gives those numbered
	// first to last, from 1; with last 0 all.
	Batches(ctx context.Context, size, first, last uint32) ([]Range, error)
}

type uidBatchesArgs struct{ size, first, last uint32 }

// parseUIDBatches parses UIDBATCHES (RFC 10022 3.1).
func parseUIDBatches(x *wire.Lexer, a *uidBatchesArgs) (err error) {
	if err := x.SP(); err != nil {
		return err
	}
	if a.size, err = x.NZUint32(); err != nil || !x.Try(' ') {
		return err
	}
	if a.first, err = x.NZUint32(); err != nil {
		return err
	}
	if err := x.Byte(':'); err != nil {
		return err
	}
	a.last, err = x.NZUint32()
	return err
}

func (c *Conn) hasBatches() bool { _, ok := c.session.(Batcher); return ok }

// runUIDBatches runs UIDBATCHES.
func runUIDBatches(ctx context.Context, c *Conn, a *uidBatchesArgs) error {
	s, ok := c.session.(Batcher)
	limit := c.MessageLimit()
	switch {
	case !ok:
		return errUnknownCommand
	case a.last < a.first:
		return &Error{Status: StatusBAD, Code: CodeClientBug, Text: "The range of batches is reversed"}
	case a.size < minBatch:
		return No("TOOFEW", "Batches are too small")
	case a.last > 0 && uint64(a.size)*(uint64(a.last-a.first)+1) > maxBatchRange:
		return No("TOOMANY", "Too many batches for one command")
	case limit > 0 && uint64(a.size) > uint64(limit):
		return c.ErrMessageLimit()
	}
	batches, err := s.Batches(ctx, a.size, max(a.first, 1), a.last)
	if err != nil {
		return err
	}
	b := append(c.w.Begin(), "* UIDBATCHES (TAG "...)
	b = append(wire.AppendQuoted(b, c.tag), ')')
	sep := byte(' ')
	for _, r := range batches {
		b = wire.AppendUint(append(b, sep), uint64(r.Start))
		b = wire.AppendUint(append(b, ':'), uint64(r.Stop))
		sep = ','
	}
	return c.w.End(append(b, "\r\n"...))
}
