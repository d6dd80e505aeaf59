// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runMove runs MOVE (RFC 6851 3.1).
func runMove(ctx context.Context, c *Conn, a *copyArgs) error {
	if c.readOnly {
		return ErrReadOnly
	}
	set, byUID := c.messages(&a.set)
	if err := c.session.Move(ctx, &c.w, set, byUID, a.mailbox); err != nil {
		return err
	}
	c.removed = true // as by EXPUNGE: RFC 7162 3.2
	return nil
}
