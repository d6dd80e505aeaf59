// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"log/slog"

	"twiga/lib/proto/imap/wire"
)

// maxIDPairs is how many fields a client may tell (RFC 2971 3.3).
const maxIDPairs = 30

type idArgs struct{ pairs []slog.Attr }

// parseID parses ID (RFC 2971 3.1).
func parseID(x *wire.Lexer, a *idArgs) error {
	if err := x.SP(); err != nil {
		return err
	}
	if x.TryWord("NIL") {
		return nil
	}
	return x.List(func() error {
		field, err := x.String()
		if err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
		value, err := x.NString()
		if err != nil {
			return err
		}
		if len(a.pairs) == maxIDPairs {
			return Bad("Too many fields in ID")
		}
		a.pairs = append(a.pairs, slog.String(string(field), string(value)))
		return nil
	})
}

func runID(ctx context.Context, c *Conn, a *idArgs) error {
	c.io.Log(ctx, slog.LevelDebug, "", "client identified",
		slog.Attr{Key: "id", Value: slog.GroupValue(a.pairs...)})
	b := append(c.w.Begin(), "* ID "...)
	pairs := c.srv.cfg.ServerID
	if len(pairs) < 2 {
		return c.w.End(append(b, "NIL\r\n"...))
	}
	for i, s := range pairs[:len(pairs)&^1] {
		sep := byte(' ')
		if i == 0 {
			sep = '('
		}
		b = wire.AppendString(append(b, sep), s)
	}
	return c.w.End(append(b, ")\r\n"...))
}
