// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type expungeArgs struct{ set messageSet }

// parseUIDExpunge parses UID EXPUNGE (RFC 4315 2.1).
func parseUIDExpunge(x *wire.Lexer, a *expungeArgs) error {
	a.set.byUID = true
	return a.set.parse(x)
}

// runExpunge runs EXPUNGE (RFC 3501 6.4.3).
func runExpunge(ctx context.Context, c *Conn, _ *noArgs) error {
	return c.expunge(ctx, nil)
}

func runUIDExpunge(ctx context.Context, c *Conn, a *expungeArgs) error {
	uids, _ := c.messages(&a.set)
	if uids == nil { // nothing was saved
		uids = NumSet{}
	}
	return c.expunge(ctx, uids)
}

// expunge removes messages. Who resynchronises is told the mod-sequence behind
// it (RFC 7162 3.2.7).
func (c *Conn) expunge(ctx context.Context, uids NumSet) error {
	if c.readOnly {
		return ErrReadOnly
	}
	if err := c.session.Expunge(ctx, &c.w, uids); err != nil || !c.has(FeatureQResync) {
		return err
	}
	c.code = append(c.code, "HIGHESTMODSEQ "...)
	c.code = wire.AppendUint(c.code, c.session.HighestModSeq())
	return nil
}
