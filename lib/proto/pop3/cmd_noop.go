// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import "context"

// runNoop runs NOOP (RFC 1939 5). Before login it is taken, too: it harms
// nobody, and clients probe with it.
func runNoop(_ context.Context, c *Conn, _ *noArgs) error { return c.w.ok("Done") }
