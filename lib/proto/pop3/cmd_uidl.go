// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import "context"

// runUidl runs UIDL (RFC 1939 7).
func runUidl(_ context.Context, c *Conn, a *messageArgs) error {
	if a.number == 0 {
		if err := c.w.ok("Unique ids follow"); err != nil {
			return err
		}
	}
	return c.listing(a.number, c.drop.AppendID)
}
