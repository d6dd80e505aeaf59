// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type copyArgs struct {
	set     NumSet
	byUID   bool
	mailbox string
}

func parseCopy(x *wire.Lexer, a *copyArgs) (err error) {
	if a.set, err = spNumSet(x); err != nil {
		return err
	}
	a.mailbox, err = spMailbox(x)
	return err
}

func parseUIDCopy(x *wire.Lexer, a *copyArgs) error {
	a.byUID = true
	return parseCopy(x, a)
}

// runCopy runs COPY (RFC 3501 6.4.7) and answers COPYUID (RFC 4315 3).
func runCopy(ctx context.Context, c *Conn, a *copyArgs) error {
	d, err := c.session.Copy(ctx, a.set, a.byUID, a.mailbox)
	if err == nil && d != nil && len(d.Source) > 0 {
		c.code = appendCopyUID(c.code, d)
	}
	return err
}
