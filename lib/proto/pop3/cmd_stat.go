// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import "context"

// runStat runs STAT (RFC 1939 5).
func runStat(_ context.Context, c *Conn, _ *noArgs) error {
	b := append(c.io.Begin(), "+OK "...)
	b = appendPair(b, c.drop.count, c.drop.size)
	return c.io.End(append(b, "\r\n"...))
}

// maildrop tells in words how much there is.
func (w *writer) maildrop(count int, size int64) error {
	b := append(w.c.io.Begin(), "+OK "...)
	b = w.c.lang.appendMaildrop(b, count, size)
	return w.c.io.End(append(b, "\r\n"...))
}
