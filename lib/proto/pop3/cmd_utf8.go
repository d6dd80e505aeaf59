// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import "context"

// runUTF8 runs UTF8 (RFC 6856 2.1). Messages with headers in UTF-8 are sent as
// they are with or without it: to change them would break signatures.
func runUTF8(_ context.Context, c *Conn, _ *noArgs) error {
	c.utf8 = true
	return c.w.ok("UTF-8 it is")
}
