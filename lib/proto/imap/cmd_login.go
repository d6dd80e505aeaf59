// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"

	"twiga/lib/proto/imap/wire"
	"twiga/lib/proto/sasl"
)

var errPrivacyRequired = No(CodePrivacyRequired, "Passwords are taken under TLS only")

type loginArgs struct{ user, password string }

func parseLogin(x *wire.Lexer, a *loginArgs) error {
	for _, s := range []*string{&a.user, &a.password} {
		if err := x.SP(); err != nil {
			return err
		}
		b, err := x.AString()
		if err != nil {
			return err
		}
		*s = string(b)
	}
	return nil
}

// barsLogin refuses LOGIN where LOGINDISABLED is told, before the client is asked
// for a password that it would send as a literal.
func (c *Conn) barsLogin() error {
	if !c.mayLogin() {
		return errPrivacyRequired
	}
	return nil
}

// runLogin runs LOGIN (RFC 3501 6.2.3).
func runLogin(ctx context.Context, c *Conn, a *loginArgs) error {
	if err := c.session.Password(ctx, sasl.Password{User: a.user, Password: a.password}); err != nil {
		return c.loginFailed(ctx, err)
	}
	return c.loggedIn(ctx, a.user)
}

// loginFailed holds the answer to wrong credentials back.
func (c *Conn) loginFailed(ctx context.Context, err error) error {
	var e *Error
	if errors.As(err, &e) && e.Code == CodeAuthenticationFailed {
		c.failures++
		if err := c.io.HoldBack(ctx); err != nil {
			return err
		}
	}
	return err
}

// loggedIn goes on to the authenticated state. The response names the
// capabilities there, which saves the client a round trip (RFC 3501 6.2.2).
func (c *Conn) loggedIn(ctx context.Context, user string) error {
	c.io.User = user
	c.io.LoggedIn()
	if err := c.goRemote(ctx); err != nil {
		return err
	}
	c.state = stateAuthenticated
	c.code = c.appendCapabilities(c.code)
	return nil
}
