// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"crypto/tls"
)

// runSTLS runs STLS (RFC 2595 4). What the client sent behind the command, in
// the clear, is forgotten: it may be another's.
func runSTLS(ctx context.Context, c *Conn, _ *noArgs) error {
	if !c.canSTLS() {
		return Bad("TLS is active or not available")
	}
	if err := c.w.ok("Begin TLS negotiation"); err != nil {
		return err
	}
	if err := c.w.flush(); err != nil {
		return err
	}
	ws := c.workspace()
	ws.start, ws.end = 0, 0
	c.user = "" // of a USER in the clear
	if err := c.handshake(ctx, tls.Server(c.raw, c.srv.cfg.TLS)); err != nil {
		c.dead = err
		return err
	}
	return nil
}
