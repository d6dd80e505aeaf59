// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type cancelUpdateArgs struct{ tags []string }

// parseCancelUpdate parses CANCELUPDATE (RFC 5267 5).
func parseCancelUpdate(x *wire.Lexer, a *cancelUpdateArgs) error {
	if err := x.SP(); err != nil {
		return err
	}
	for {
		if err := x.Item(); err != nil {
			return err
		}
		tag, err := x.String()
		if err != nil {
			return err
		}
		a.tags = append(a.tags, string(tag))
		if !x.Try(' ') || x.AtEnd() {
			return nil
		}
	}
}

// runCancelUpdate runs CANCELUPDATE (RFC 5267 4.3.5).
func runCancelUpdate(_ context.Context, c *Conn, a *cancelUpdateArgs) error {
	s, ok := c.session.(ContextSession)
	if !ok {
		return errUnknownCommand
	}
	s.CancelUpdates(a.tags)
	return nil
}
