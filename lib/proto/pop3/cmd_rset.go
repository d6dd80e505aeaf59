// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import "context"

// runRset runs RSET (RFC 1939 5).
func runRset(_ context.Context, c *Conn, _ *noArgs) error {
	c.drop.recount()
	return c.w.maildrop(c.drop.count, c.drop.size)
}
