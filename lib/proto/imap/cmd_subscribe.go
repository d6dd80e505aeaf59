// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runSubscribe runs SUBSCRIBE (RFC 3501 6.3.6).
func runSubscribe(ctx context.Context, c *Conn, a *mailboxArgs) error {
	return c.session.Subscribe(ctx, a.mailbox, true)
}
