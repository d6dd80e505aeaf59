// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// runListRights runs LISTRIGHTS (RFC 4314 3.4).
func runListRights(ctx context.Context, c *Conn, a *identifierArgs) error {
	s, err := c.access()
	if err != nil {
		return err
	}
	always, sets, err := s.ListRights(ctx, a.mailbox, a.identifier)
	if err != nil {
		return err
	}
	b := append(c.w.Begin(), "* LISTRIGHTS "...)
	b = c.appendMailbox(b, a.mailbox)
	for _, text := range append([]string{a.identifier, always}, sets...) {
		b = append(b, ' ')
		b = wire.AppendAString(b, text)
	}
	return c.w.End(append(b, "\r\n"...))
}
