// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// ACLSession is what a [Session] offers beside where users give each other
// rights in their mailboxes: ACL with RIGHTS=kxte (RFC 4314) and LIST-MYRIGHTS
// (RFC 8440). Rights are letters; those that clients send are letters that there
// are, each any number of times.
//
// A mailbox in which the user may not administer rights is NO [NOPERM], or NO
// [NONEXISTENT] where the user may not even know of it (RFC 4314 6).
type ACLSession interface {
	// GetACL tells who has which rights.
	GetACL(ctx context.Context, mailbox string) ([]ACLEntry, error)
	// SetACL changes the rights of one identifier.
	SetACL(ctx context.Context, mailbox, identifier string, change RightsChange) error
	// DeleteACL takes an identifier out of the list.
	DeleteACL(ctx context.Context, mailbox, identifier string) error
	// ListRights tells what may be given to an identifier: what it has always,
	// and sets of letters that go together.
	ListRights(ctx context.Context, mailbox, identifier string) (always string, sets []string, err error)
	// MyRights tells the user's own rights.
	MyRights(ctx context.Context, mailbox string) (string, error)
}

// ACLEntry is who has which rights.
type ACLEntry struct{ Identifier, Rights string }

// RightsChange says what SETACL does with rights.
type RightsChange struct {
	Action StoreAction // replace, add or remove
	Rights string
}

// knownRights are the letters of RFC 4314 2.1, and of RFC 2086 that they took
// the place of.
const knownRights = "lrswipkxteacd"

func accessCommands() []*command {
	return []*command{
		define("GETACL", stateLoggedIn, parseMailbox, runGetACL),
		define("SETACL", stateLoggedIn, parseSetACL, runSetACL),
		define("DELETEACL", stateLoggedIn, parseIdentifier, runDeleteACL),
		define("LISTRIGHTS", stateLoggedIn, parseIdentifier, runListRights),
		define("MYRIGHTS", stateLoggedIn, parseMailbox, runMyRights),
	}
}

// access is the session's part of ACL.
func (c *Conn) access() (ACLSession, error) {
	if s, ok := c.session.(ACLSession); ok {
		return s, nil
	}
	return nil, Bad("Unknown command")
}

func (c *Conn) hasACL() bool {
	_, ok := c.session.(ACLSession)
	return ok
}

// identifierArgs are those of commands about what one identifier may do in a
// mailbox.
type identifierArgs struct {
	mailbox    string
	identifier string // UTF-8
}

func parseIdentifier(x *wire.Lexer, a *identifierArgs) (err error) {
	if a.mailbox, err = spMailbox(x); err != nil {
		return err
	}
	if err := x.SP(); err != nil {
		return err
	}
	id, err := x.AString()
	a.identifier = string(id)
	switch {
	case err != nil:
		return err
	case len(id) == 0:
		return Bad("Identifier is empty")
	case id[0] == '-': // RFC 4314 2: what is taken from somebody
		return No(CodeCannot, "Negative rights are not supported")
	}
	return nil
}
