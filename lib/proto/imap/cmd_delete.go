// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runDelete runs DELETE (RFC 3501 6.3.4). Who deletes the selected mailbox has
// none selected then.
func runDelete(ctx context.Context, c *Conn, a *mailboxArgs) error {
	if a.mailbox == inbox {
		return No(CodeCannot, "INBOX cannot be deleted")
	}
	gone, err := c.session.Delete(ctx, a.mailbox)
	if err != nil || !gone {
		return err
	}
	return c.closeSelected(ctx)
}
