// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"errors"

	"twiga/lib/proto/sasl"
)

func parsePass(args []byte, a *textArg) error { return parseText(args, a) }

// runPass runs PASS (RFC 1939 7). Spaces belong to the password.
func runPass(ctx context.Context, c *Conn, a *textArg) error {
	if c.user == "" {
		return Bad("Send USER first")
	}
	user := c.user
	c.user = ""
	if err := c.session.Password(ctx, sasl.Password{User: user, Password: a.text}); err != nil {
		return c.refused(ctx, err)
	}
	return c.loggedIn(ctx)
}

// loggedIn opens the maildrop and goes on to the transaction state.
func (c *Conn) loggedIn(ctx context.Context) error {
	m, err := c.session.Open(ctx)
	if err != nil {
		return err
	}
	c.state, c.io.User = stateTransaction, m.Owner()
	c.io.LoggedIn()
	c.drop.open(m)
	return c.w.maildrop(c.drop.count, c.drop.size)
}

// refused counts and holds back what guesses passwords. Only that has the code
// AUTH.
func (c *Conn) refused(ctx context.Context, err error) error {
	var e *Error
	if errors.As(err, &e) && e.Code == CodeAuth {
		c.failures++
		if err := c.io.HoldBack(ctx); err != nil {
			return err
		}
	}
	return err
}
