// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runUnselect runs UNSELECT (RFC 3691 2).
func runUnselect(ctx context.Context, c *Conn, _ *noArgs) error {
	return c.unselect(ctx, false)
}
