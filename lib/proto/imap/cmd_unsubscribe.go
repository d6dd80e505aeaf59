// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runUnsubscribe runs UNSUBSCRIBE (RFC 3501 6.3.7).
func runUnsubscribe(ctx context.Context, c *Conn, a *mailboxArgs) error {
	return c.session.Subscribe(ctx, a.mailbox, false)
}
