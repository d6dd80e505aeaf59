// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// ReplaceSession is a [Session] that can put a message in another's place
// (REPLACE, RFC 8508).
type ReplaceSession interface {
	// Replace adds the one message of in to a mailbox, as Append does, and
	// removes the message of the selected mailbox that set names, a single
	// number, in one change: nothing is removed unless the new one is stored.
	// It writes [ResponseWriter.AppendUID] and then [ResponseWriter.Expunged].
	Replace(ctx context.Context, w *ResponseWriter, set NumSet, byUID bool, mailbox string, in *AppendInput) error
}

type replaceArgs struct {
	set NumSet
	uid bool
	appendArgs
}

// parseReplace parses REPLACE up to where the message begins.
func parseReplace(x *wire.Lexer, a *replaceArgs) error {
	if err := x.SP(); err != nil {
		return err
	}
	if x.Try('*') {
		a.set = NumSet{{Start: wire.Star, Stop: wire.Star}}
	} else {
		n, err := x.NZUint32()
		if err != nil {
			return err
		}
		a.set = NumSet{{Start: n, Stop: n}}
	}
	return parseAppend(x, &a.appendArgs)
}

func parseUIDReplace(x *wire.Lexer, a *replaceArgs) error {
	a.uid = true
	return parseReplace(x, a)
}

// runReplace runs REPLACE (RFC 8508 3).
func runReplace(ctx context.Context, c *Conn, a *replaceArgs) error {
	s, ok := c.session.(ReplaceSession)
	if !ok {
		return Bad("Unknown command")
	}
	in := newAppendInput(c, &a.first)
	in.one = true
	if err := in.end(s.Replace(ctx, &c.w, a.set, a.uid, a.mailbox, in)); err != nil {
		return err
	}
	c.removed = true // RFC 8508 4.5
	return nil
}

func (c *Conn) canReplace() bool {
	_, ok := c.session.(ReplaceSession)
	return ok
}

// AppendUID tells where the message is that takes the place of another (RFC 8508
// 4.3).
func (w *ResponseWriter) AppendUID(d *AppendData) error {
	b := append(w.Begin(), "* OK ["...)
	b = appendAppendUID(b, d)
	return w.End(append(b, "] Replacement stored\r\n"...))
}
