// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// Refresher is what a [Session] may be beside: its Refresh is called by NOOP
// and CHECK while a mailbox is selected, so that the poll after them tells
// everything that was done before, without waiting for word of it.
type Refresher interface {
	Refresh(ctx context.Context) error
}

// runNoop runs NOOP and CHECK (RFC 3501 6.1.2, 6.4.1). What they are for, news
// of the mailbox, follows every command.
func runNoop(ctx context.Context, c *Conn, _ *noArgs) error {
	if r, ok := c.session.(Refresher); ok && c.state == stateSelected {
		return r.Refresh(ctx)
	}
	return nil
}
