// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type enableArgs struct{ features featureSet }

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
		for _, row := range features {
			if wire.EqualFold(name, row.name) {
				a.features |= 1 << row.f
			}
		}
		if x.AtEnd() {
			return nil
		}
	}
}

// runEnable runs ENABLE, in the selected state too, as clients expect. Only
// what the command turned on is told; QRESYNC brings CONDSTORE along
// (RFC 7162 3.2.3).
func runEnable(ctx context.Context, c *Conn, a *enableArgs) error {
	b := append(c.w.Begin(), "* ENABLED"...)
	for _, row := range features {
		if a.features.has(row.f) {
			b = append(b, ' ')
			b = append(b, row.name...)
		}
	}
	if err := c.w.End(append(b, "\r\n"...)); err != nil {
		return err
	}
	for _, row := range features {
		if a.features.has(row.f) {
			if err := c.enable(ctx, row.f); err != nil {
				return err
			}
		}
	}
	return nil
}
