// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"strconv"
)

// runList runs LIST (RFC 1939 5).
func runList(_ context.Context, c *Conn, a *messageArgs) error {
	if a.number == 0 {
		if err := c.w.maildrop(c.drop.count, c.drop.size); err != nil {
			return err
		}
	}
	return c.listing(a.number, func(b []byte, i int) []byte { return strconv.AppendInt(b, c.drop.Size(i), 10) })
}

// listing answers for one message in one line, or, in as many lines, for all
// that are not marked as deleted.
func (c *Conn) listing(number int, value func(b []byte, i int) []byte) error {
	if number > 0 {
		i, err := c.drop.place(number)
		if err != nil {
			return err
		}
		b := strconv.AppendInt(append(c.io.Begin(), "+OK "...), int64(number), 10)
		b = value(append(b, ' '), i)
		return c.io.End(append(b, "\r\n"...))
	}
	c.w.open = true
	for i := range c.drop.Len() {
		if c.drop.deleted(i) {
			continue
		}
		b := strconv.AppendInt(c.io.Begin(), int64(i)+1, 10)
		b = value(append(b, ' '), i)
		if err := c.io.End(append(b, "\r\n"...)); err != nil {
			return err
		}
	}
	c.w.open = false
	return c.io.End(append(c.io.Begin(), ".\r\n"...))
}
