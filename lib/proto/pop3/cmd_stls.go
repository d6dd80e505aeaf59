// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import "context"

// runSTLS runs STLS (RFC 2595 4).
func runSTLS(ctx context.Context, c *Conn, _ *noArgs) error {
	if !c.canSTLS() {
		return Bad("TLS is active or not available")
	}
	if err := c.w.ok("Begin TLS negotiation"); err != nil {
		return err
	}
	c.user = "" // it came in the clear
	return c.io.StartTLS(ctx)
}
