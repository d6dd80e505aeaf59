// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"strings"

	"twiga/lib/proto/imap/wire"
)

type setACLArgs struct {
	identifierArgs
	change RightsChange
}

// parseSetACL parses SETACL (RFC 4314 3.1). A letter that is no right is BAD.
func parseSetACL(x *wire.Lexer, a *setACLArgs) error {
	if err := parseIdentifier(x, &a.identifierArgs); err != nil {
		return err
	}
	if err := x.SP(); err != nil {
		return err
	}
	b, err := x.AString()
	if err != nil {
		return err
	}
	rights := string(b)
	a.change.Action = StoreReplace
	switch {
	case strings.HasPrefix(rights, "+"):
		a.change.Action, rights = StoreAdd, rights[1:]
	case strings.HasPrefix(rights, "-"):
		a.change.Action, rights = StoreRemove, rights[1:]
	}
	if strings.Trim(rights, knownRights) != "" {
		return Bad("Unknown right")
	}
	a.change.Rights = rights
	return nil
}

func runSetACL(ctx context.Context, c *Conn, a *setACLArgs) error {
	s, err := c.access()
	if err != nil {
		return err
	}
	return s.SetACL(ctx, a.mailbox, a.identifier, a.change)
}
