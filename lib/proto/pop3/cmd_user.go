// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"unicode/utf8"
)

var errPrivacyRequired = Err(CodeAuth, "Passwords are taken under TLS only")

// textArg is an argument that is all of the rest of the line.
type textArg struct{ text string }

func parseText(args []byte, a *textArg) error {
	switch {
	case len(args) == 0:
		return Bad("Expected an argument")
	case !utf8.Valid(args): // RFC 6856 2.2
		return Bad("Argument is not UTF-8")
	}
	for _, ch := range args {
		if ch < ' ' || ch == 0x7f {
			return Bad("Argument has a control character")
		}
	}
	a.text = string(args)
	return nil
}

func parseUser(args []byte, a *textArg) error { return parseText(args, a) }

// runUser runs USER (RFC 1939 7). It says nothing about whether there is such
// a user.
func runUser(_ context.Context, c *Conn, a *textArg) error {
	if !c.mayLogin() {
		return errPrivacyRequired
	}
	c.user = a.text
	return c.w.ok("Send your password")
}
