// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type renameArgs struct{ from, to string }

func parseRename(x *wire.Lexer, a *renameArgs) (err error) {
	if a.from, err = spMailbox(x); err != nil {
		return err
	}
	a.to, err = spMailbox(x)
	return err
}

// runRename runs RENAME (RFC 3501 6.3.5).
func runRename(ctx context.Context, c *Conn, a *renameArgs) error {
	if a.to == inbox {
		return ErrMailboxExists
	}
	return c.session.Rename(ctx, a.from, a.to)
}
