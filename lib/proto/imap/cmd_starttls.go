// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"crypto/tls"
)

// runStartTLS runs STARTTLS (RFC 3501 6.2.1). What the client sent behind the
// command, in the clear, is forgotten: it may be another's (RFC 7817 and
// CVE-2011-0411 tell how).
func runStartTLS(ctx context.Context, c *Conn, _ *noArgs) error {
	if !c.canStartTLS() {
		return Bad("TLS is active or not available")
	}
	b := append(c.w.Begin(), c.tag...)
	if err := c.w.End(append(b, " OK Begin TLS negotiation now\r\n"...)); err != nil {
		return err
	}
	if err := c.w.Flush(); err != nil {
		return err
	}
	ws := c.workspace()
	ws.start, ws.end = 0, 0
	if err := c.handshake(ctx, tls.Server(c.raw, c.srv.cfg.TLS)); err != nil {
		c.dead = err
		return err
	}
	return errAnswered
}
