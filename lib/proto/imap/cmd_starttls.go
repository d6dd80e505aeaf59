// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runStartTLS runs STARTTLS (RFC 3501 6.2.1).
func runStartTLS(ctx context.Context, c *Conn, _ *noArgs) error {
	if !c.canStartTLS() {
		return Bad("TLS is active or not available")
	}
	if err := c.answerNow("Begin TLS negotiation now"); err != nil {
		return err
	}
	if err := c.io.StartTLS(ctx); err != nil {
		return err
	}
	return errAnswered
}
