// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runUnauthenticate runs UNAUTHENTICATE (RFC 8437 3): everything goes that was
// settled on the connection, compression too, but TLS.
func runUnauthenticate(ctx context.Context, c *Conn, _ *noArgs) error {
	if c.srv.cfg.NoUnauthenticate {
		return errUnknownCommand
	}
	err := c.unselect(ctx, false)
	if err != nil {
		return err
	}
	session := c.session
	c.session = nil
	session.Close()
	c.settled, c.io.User = settled{}, ""
	c.state = stateNotAuthenticated
	c.io.AwaitLogin()
	if err := c.newSession(ctx); err != nil || c.deflate == nil {
		return err
	}
	return c.endCompression("UNAUTHENTICATE")
}
