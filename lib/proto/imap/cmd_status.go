// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// statusItems are the items of STATUS in the order they are told.
var statusItems = [...]struct {
	name string
	item StatusItems
	get  func(*StatusData) uint64
}{
	{"MESSAGES", StatusMessages, func(d *StatusData) uint64 { return uint64(d.Messages) }},
	{"RECENT", StatusRecent, func(d *StatusData) uint64 { return uint64(d.Recent) }},
	{"UIDNEXT", StatusUIDNext, func(d *StatusData) uint64 { return uint64(d.UIDNext) }},
	{"UIDVALIDITY", StatusUIDValidity, func(d *StatusData) uint64 { return uint64(d.UIDValidity) }},
	{"UNSEEN", StatusUnseen, func(d *StatusData) uint64 { return uint64(d.Unseen) }},
	{"APPENDLIMIT", StatusAppendLimit, func(d *StatusData) uint64 { return d.appendLimit }},
	{"HIGHESTMODSEQ", StatusHighestModSeq, func(d *StatusData) uint64 { return d.HighestModSeq }},
}

type statusArgs struct {
	mailbox string
	items   StatusItems
}

func parseStatus(x *wire.Lexer, a *statusArgs) (err error) {
	if a.mailbox, err = spMailbox(x); err != nil {
		return err
	}
	if err := x.SP(); err != nil {
		return err
	}
	return x.List(func() error {
		name, err := x.Keyword()
		if err != nil {
			return err
		}
		for _, row := range statusItems {
			if wire.EqualFold(name, row.name) {
				a.items |= row.item
				return nil
			}
		}
		return Bad("Unknown item of STATUS")
	})
}

// runStatus runs STATUS (RFC 3501 6.3.10).
func runStatus(ctx context.Context, c *Conn, a *statusArgs) error {
	if a.items == 0 {
		return Bad("STATUS without items")
	}
	if a.items.Has(StatusHighestModSeq) { // RFC 7162 3.1
		if err := c.enable(ctx, FeatureCondStore); err != nil {
			return err
		}
	}
	d, err := c.session.Status(ctx, a.mailbox, a.items)
	if err != nil {
		return err
	}
	return c.w.MailboxStatus(a.mailbox, a.items, d)
}

// appendStatusItems appends the list of a STATUS response.
func appendStatusItems(b []byte, items StatusItems, d *StatusData) []byte {
	sep := byte('(')
	for _, row := range statusItems {
		if items.Has(row.item) {
			b = append(append(b, sep), row.name...)
			b = wire.AppendUint(append(b, ' '), row.get(d))
			sep = ' '
		}
	}
	return append(b, ')')
}
