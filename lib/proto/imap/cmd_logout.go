// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runLogout runs LOGOUT (RFC 3501 6.1.3).
func runLogout(_ context.Context, c *Conn, _ *noArgs) error {
	if err := c.w.Status(StatusBYE, "", "Logging out"); err != nil {
		return err
	}
	c.state = stateLogout
	return errLogout
}
