// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type expungeArgs struct{ uids NumSet }

// parseUIDExpunge parses UID EXPUNGE (RFC 4315 2.1).
func parseUIDExpunge(x *wire.Lexer, a *expungeArgs) (err error) {
	a.uids, err = spNumSet(x)
	return err
}

// runExpunge runs EXPUNGE (RFC 3501 6.4.3).
func runExpunge(ctx context.Context, c *Conn, _ *noArgs) error {
	return runUIDExpunge(ctx, c, &expungeArgs{})
}

func runUIDExpunge(ctx context.Context, c *Conn, a *expungeArgs) error {
	if c.readOnly {
		return ErrReadOnly
	}
	return c.session.Expunge(ctx, &c.w, a.uids)
}
