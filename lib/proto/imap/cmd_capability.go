// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "context"

// runCapability runs CAPABILITY (RFC 3501 6.1.1).
func runCapability(_ context.Context, c *Conn, _ *noArgs) error {
	b := append(c.w.Begin(), "* "...)
	b = c.appendCapabilities(b)
	return c.w.End(append(b, "\r\n"...))
}
