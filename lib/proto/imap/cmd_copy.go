// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type copyArgs struct {
	set     messageSet
	mailbox string
}

func parseCopy(x *wire.Lexer, a *copyArgs) (err error) {
	if err = a.set.parse(x); err != nil {
		return err
	}
	a.mailbox, err = spMailbox(x)
	return err
}

func parseUIDCopy(x *wire.Lexer, a *copyArgs) error {
	a.set.byUID = true
	return parseCopy(x, a)
}

// runCopy runs COPY (RFC 3501 6.4.7) and answers COPYUID (RFC 4315 3).
func runCopy(ctx context.Context, c *Conn, a *copyArgs) error {
	set, byUID := c.messages(&a.set)
	d, err := c.session.Copy(ctx, set, byUID, a.mailbox)
	if err == nil && d != nil && len(d.Source) > 0 {
		c.code = appendCopyUID(c.code, d)
	}
	return err
}
