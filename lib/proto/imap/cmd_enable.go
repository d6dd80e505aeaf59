// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type enableArgs struct{ condStore bool }

// parseEnable parses ENABLE (RFC 5161 3.1). What is not known is passed over,
// as it says.
func parseEnable(x *wire.Lexer, a *enableArgs) error {
	for {
		if err := x.SP(); err != nil {
			return err
		}
		name, err := x.Atom()
		if err != nil {
			return err
		}
		a.condStore = a.condStore || wire.EqualFold(name, "CONDSTORE")
		if x.AtEnd() {
			return nil
		}
	}
}

// runEnable runs ENABLE, in the selected state too, as clients expect.
func runEnable(ctx context.Context, c *Conn, a *enableArgs) error {
	b := append(c.w.Begin(), "* ENABLED"...)
	if a.condStore {
		b = append(b, " CONDSTORE"...)
	}
	if err := c.w.End(append(b, "\r\n"...)); err != nil {
		return err
	}
	if a.condStore {
		return c.enable(ctx, FeatureCondStore)
	}
	return nil
}
