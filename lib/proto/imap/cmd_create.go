// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"strings"

	"twiga/lib/proto/imap/wire"
)

func parseCreate(x *wire.Lexer, a *mailboxArgs) error { return parseMailbox(x, a) }

// runCreate runs CREATE (RFC 3501 6.3.3). A delimiter at the end of the name
// only says that children will follow.
func runCreate(ctx context.Context, c *Conn, a *mailboxArgs) error {
	name := strings.TrimSuffix(a.mailbox, string(rune(c.srv.cfg.Delim)))
	if name == "" {
		return No(CodeCannot, "Mailbox name is empty")
	}
	if wire.EqualFold(name, inbox) {
		return ErrMailboxExists
	}
	return c.session.Create(ctx, name)
}
