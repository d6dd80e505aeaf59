// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runDelete runs DELETE (RFC 3501 6.3.4).
func runDelete(ctx context.Context, c *Conn, a *mailboxArgs) error {
	if a.mailbox == inbox {
		return No(CodeCannot, "INBOX cannot be deleted")
	}
	return c.session.Delete(ctx, a.mailbox)
}
