// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runMove runs MOVE (RFC 6851 3.1).
func runMove(ctx context.Context, c *Conn, a *copyArgs) error {
	if c.readOnly {
		return ErrReadOnly
	}
	return c.session.Move(ctx, &c.w, a.set, a.byUID, a.mailbox)
}
