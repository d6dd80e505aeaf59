// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"strings"

	"twiga/lib/proto/imap/wire"
)

type createArgs struct {
	mailbox string
	opts    CreateOptions
}

// parseCreate parses CREATE with its parameters (RFC 4466 2.2), of which there
// is USE (RFC 6154 3).
func parseCreate(x *wire.Lexer, a *createArgs) (err error) {
	if a.mailbox, err = spMailbox(x); err != nil || !x.Try(' ') {
		return err
	}
	return x.List(func() error {
		if !x.TryWord("USE") {
			return Bad("Unknown parameter of CREATE")
		}
		if err := x.SP(); err != nil {
			return err
		}
		return x.List(func() error {
			use, err := x.Flag()
			a.opts.SpecialUse = append(a.opts.SpecialUse, string(use))
			return err
		})
	})
}

// runCreate runs CREATE (RFC 3501 6.3.3). A delimiter at the end of the name
// only says that children will follow.
func runCreate(ctx context.Context, c *Conn, a *createArgs) error {
	name := strings.TrimSuffix(a.mailbox, string(rune(c.srv.cfg.Delim)))
	if name == "" {
		return No(CodeCannot, "Mailbox name is empty")
	}
	if wire.EqualFold(name, inbox) {
		return ErrMailboxExists
	}
	d, err := c.session.Create(ctx, name, &a.opts)
	if err == nil && d.MailboxID != "" { // RFC 8474 4.1
		c.code = append(append(append(c.code, "MAILBOXID ("...), d.MailboxID...), ')')
	}
	return err
}
