// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// runGetACL runs GETACL (RFC 4314 3.3).
func runGetACL(ctx context.Context, c *Conn, a *mailboxArgs) error {
	s, err := c.access()
	if err != nil {
		return err
	}
	list, err := s.GetACL(ctx, a.mailbox)
	if err != nil {
		return err
	}
	b := append(c.w.Begin(), "* ACL "...)
	b = c.appendMailbox(b, a.mailbox)
	for _, e := range list {
		b = append(b, ' ')
		b = wire.AppendAString(b, e.Identifier)
		b = append(b, ' ')
		b = wire.AppendAString(b, e.Rights)
	}
	return c.w.End(append(b, "\r\n"...))
}
