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
	get  func(*StatusData) uint64 // nil: it is no number
}{
	{"MESSAGES", StatusMessages, func(d *StatusData) uint64 { return uint64(d.Messages) }},
	{"RECENT", StatusRecent, func(d *StatusData) uint64 { return uint64(d.Recent) }},
	{"UIDNEXT", StatusUIDNext, func(d *StatusData) uint64 { return uint64(d.UIDNext) }},
	{"UIDVALIDITY", StatusUIDValidity, func(d *StatusData) uint64 { return uint64(d.UIDValidity) }},
	{"UNSEEN", StatusUnseen, func(d *StatusData) uint64 { return uint64(d.Unseen) }},
	{"APPENDLIMIT", StatusAppendLimit, func(d *StatusData) uint64 { return d.appendLimit }},
	{"HIGHESTMODSEQ", StatusHighestModSeq, func(d *StatusData) uint64 { return d.HighestModSeq }},
	{"SIZE", StatusSize, func(d *StatusData) uint64 { return d.Size }},
	{"DELETED", StatusDeleted, func(d *StatusData) uint64 { return uint64(d.Deleted) }},
	{"DELETED-STORAGE", StatusDeletedStorage, func(d *StatusData) uint64 { return d.DeletedStorage }},
	{"MAILBOXID", StatusMailboxID, nil},
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
	if err := parseStatusItems(x, &a.items); err != nil {
		return err
	}
	if a.items == 0 {
		return Bad("STATUS without items")
	}
	return nil
}

// parseStatusItems takes the items of STATUS, or of its option in LIST
// (RFC 5819).
func parseStatusItems(x *wire.Lexer, items *StatusItems) error {
	return x.List(func() error {
		name, err := x.Keyword()
		if err != nil {
			return err
		}
		for _, row := range statusItems {
			if wire.EqualFold(name, row.name) {
				*items |= row.item
				return nil
			}
		}
		return Bad("Unknown item of STATUS")
	})
}

// runStatus runs STATUS (RFC 3501 6.3.10).
func runStatus(ctx context.Context, c *Conn, a *statusArgs) error {
	if err := c.enableFor(ctx, a.items); err != nil {
		return err
	}
	d, err := c.session.Status(ctx, a.mailbox, a.items)
	if err != nil {
		return err
	}
	return c.w.MailboxStatus(a.mailbox, a.items, d)
}

// enableFor turns on what asking for items implies (RFC 7162 3.1).
func (c *Conn) enableFor(ctx context.Context, items StatusItems) error {
	if !items.Has(StatusHighestModSeq) {
		return nil
	}
	return c.enable(ctx, FeatureCondStore)
}

// appendStatusData appends a STATUS response.
func (c *Conn) appendStatusData(b []byte, mailbox string, items StatusItems, d *StatusData) []byte {
	d.appendLimit = uint64(c.srv.cfg.Limits.Append)
	b = append(b, "* STATUS "...)
	b = append(c.appendMailbox(b, mailbox), ' ')
	return append(appendStatusItems(b, items, d), "\r\n"...)
}

// appendStatusItems appends the list of a STATUS response.
func appendStatusItems(b []byte, items StatusItems, d *StatusData) []byte {
	sep := byte('(')
	for _, row := range statusItems {
		if !items.Has(row.item) {
			continue
		}
		b = append(append(b, sep), row.name...)
		b = append(b, ' ')
		sep = ' '
		if row.get != nil {
			b = wire.AppendUint(b, row.get(d))
			continue
		}
		b = append(append(append(b, '('), d.MailboxID...), ')') // RFC 8474 4.3
	}
	return append(b, ')')
}
