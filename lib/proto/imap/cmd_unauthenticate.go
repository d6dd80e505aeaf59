// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runUnauthenticate runs UNAUTHENTICATE (RFC 8437 2): everything that is of the
// user goes, TLS and compression stay.
func runUnauthenticate(ctx context.Context, c *Conn, _ *noArgs) error {
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
	return c.newSession(ctx)
}
