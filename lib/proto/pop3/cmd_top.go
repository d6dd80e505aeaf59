// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import "context"

type topArgs struct{ number, lines int }

func parseTop(args []byte, a *topArgs) error {
	rest, err := parseNumber(args, &a.number)
	if err != nil {
		return err
	}
	if rest, err = parseNumber(rest, &a.lines); err != nil {
		return err
	}
	if a.number == 0 {
		return errNoSuchMessage
	}
	return parseNone(rest, nil)
}

// runTop runs TOP (RFC 1939 7).
func runTop(ctx context.Context, c *Conn, a *topArgs) error {
	i, err := c.drop.place(a.number)
	if err != nil {
		return err
	}
	return c.send(ctx, Want{Message: i, Lines: a.lines})
}
