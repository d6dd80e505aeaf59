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
	gone, err := c.session.Rename(ctx, a.from, a.to)
	if err == nil && gone {
		err = c.closeSelected(ctx)
	}
	if err != nil || !c.has(FeatureIMAP4rev2) || a.from == inbox {
		return err
	}
	return c.tellRenamed(ctx, a)
}

// tellRenamed tells a mailbox under its new name with the old one (RFC 9051
// 6.3.9.7).
func (c *Conn) tellRenamed(ctx context.Context, a *renameArgs) error {
	opts := ListOptions{Patterns: []string{a.to}, Extended: true, ReturnChildren: true}
	return c.session.List(ctx, &opts, func(d *ListData) error {
		if d.Mailbox != a.to {
			return nil // the name holds a wildcard
		}
		d.OldName = a.from
		return c.w.End(c.appendList(c.w.Begin(), "* LIST ", &opts, d))
	})
}
