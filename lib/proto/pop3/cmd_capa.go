// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import "context"

// runCapa runs CAPA (RFC 2449 5), which tells what holds in the present state.
func runCapa(_ context.Context, c *Conn, _ *noArgs) error {
	if err := c.w.ok("Capability list follows"); err != nil {
		return err
	}
	b := c.io.Begin()
	for _, row := range c.srv.capabilities {
		if row.when != nil && !row.when(c) {
			continue
		}
		b = append(b, row.name...)
		if row.args != nil {
			b = row.args(append(b, ' '), c)
		}
		b = append(b, "\r\n"...)
	}
	return c.io.End(append(b, ".\r\n"...))
}
