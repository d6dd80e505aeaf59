// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runClose runs CLOSE (RFC 3501 6.4.2).
func runClose(ctx context.Context, c *Conn, _ *noArgs) error {
	return c.unselect(ctx, !c.readOnly)
}
