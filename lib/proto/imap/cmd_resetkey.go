// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type resetKeyArgs struct{ mailbox string }

func parseResetKey(x *wire.Lexer, a *resetKeyArgs) (err error) {
	if rest := *x; rest.End() == nil {
		return nil
	}
	if a.mailbox, err = spMailbox(x); err != nil {
		return err
	}
	for x.Peek() == ' ' {
		if rest := *x; rest.End() == nil {
			return nil
		}
		if err := x.SP(); err != nil {
			return err
		}
		name, err := x.Atom()
		if err != nil {
			return err
		}
		if !wire.EqualFold(name, urlMechanism) {
			return Bad("Unknown mechanism, INTERNAL is the one there is")
		}
	}
	return nil
}

// runResetKey runs RESETKEY (RFC 4467 7).
func runResetKey(ctx context.Context, c *Conn, a *resetKeyArgs) error {
	s, err := c.urlAuth()
	if err != nil {
		return err
	}
	if err := s.ResetURLKeys(ctx, a.mailbox); err != nil {
		return err
	}
	if a.mailbox != "" {
		c.code = append(c.code, "URLMECH "+urlMechanism...)
	}
	return nil
}
