// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runDeleteACL runs DELETEACL (RFC 4314 3.2).
func runDeleteACL(ctx context.Context, c *Conn, a *identifierArgs) error {
	s, err := c.access()
	if err != nil {
		return err
	}
	return s.DeleteACL(ctx, a.mailbox, a.identifier)
}
