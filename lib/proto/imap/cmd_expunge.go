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

// expunge removes messages.
func (c *Conn) expunge(ctx context.Context, uids NumSet) error {
	if c.readOnly {
		return ErrReadOnly
	}
	if err := c.session.Expunge(ctx, &c.w, uids); err != nil {
		return err
	}
	c.removed = true
	return nil
}

// tellRemoved has who resynchronises told the mod-sequence behind the removal of
// messages (RFC 7162 3.2.7), and behind what was told after that.
func (c *Conn) tellRemoved() {
	if c.removed && c.has(FeatureQResync) {
		c.code = append(c.code, "HIGHESTMODSEQ "...)
		c.code = wire.AppendUint(c.code, c.session.HighestModSeq())
	}
}
