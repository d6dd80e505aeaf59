// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import "context"

// runDele runs DELE (RFC 1939 5): a mark that QUIT carries out.
func runDele(_ context.Context, c *Conn, a *messageArgs) error {
	i, err := c.drop.place(a.number)
	if err != nil {
		return err
	}
	c.drop.mark(i, markDeleted)
	c.drop.count--
	c.drop.size -= c.drop.Size(i)
	return c.w.ok("Marked as deleted")
}
