// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// runMyRights runs MYRIGHTS (RFC 4314 3.5).
func runMyRights(ctx context.Context, c *Conn, a *mailboxArgs) error {
	s, err := c.access()
	if err != nil {
		return err
	}
	rights, err := s.MyRights(ctx, a.mailbox)
	if err != nil {
		return err
	}
	return c.w.End(c.appendMyRights(c.w.Begin(), a.mailbox, rights))
}

// appendMyRights appends a MYRIGHTS response (RFC 4314 3.8).
func (c *Conn) appendMyRights(b []byte, mailbox, rights string) []byte {
	b = append(b, "* MYRIGHTS "...)
	b = c.appendMailbox(b, mailbox)
	b = append(b, ' ')
	b = wire.AppendAString(b, rights)
	return append(b, "\r\n"...)
}
