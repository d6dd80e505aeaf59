// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// appendCommands are the commands that bring messages.
func appendCommands() []*command {
	return []*command{
		defineOpen("APPEND", stateLoggedIn, parseAppend, runAppend),
		defineOpen("REPLACE", stateSelected, parseReplace, runReplace).byNumber(),
		defineOpen("UID REPLACE", stateSelected, parseUIDReplace, runReplace),
	}
}

type appendArgs struct {
	mailbox string
	first   appendItem
}

// parseAppend parses APPEND up to where the first message begins.
func parseAppend(x *wire.Lexer, a *appendArgs) (err error) {
	if a.mailbox, err = spMailbox(x); err != nil {
		return err
	}
	return parseAppendItem(x, &a.first)
}

// runAppend runs APPEND (RFC 3501 6.3.11, RFC 3502, RFC 4469).
func runAppend(ctx context.Context, c *Conn, a *appendArgs) error {
	in := newAppendInput(c, &a.first)
	d, err := c.session.Append(ctx, a.mailbox, in)
	if err := in.end(err); err != nil {
		return err
	}
	if d != nil && len(d.UIDs) > 0 {
		c.code = appendAppendUID(c.code, d)
	}
	return nil
}

// appendAppendUID appends the response code APPENDUID (RFC 4315 3, RFC 3502
// 6.3.11).
func appendAppendUID(b []byte, d *AppendData) []byte {
	b = append(b, "APPENDUID "...)
	b = wire.AppendUint(b, uint64(d.UIDValidity))
	b = append(b, ' ')
	return wire.AppendNumSet(b, d.UIDs)
}

// appendSizeLimit appends the capability that tells how large a message may be
// (RFC 7889 3).
func (c *Conn) appendSizeLimit(b []byte) []byte {
	b = append(b, " APPENDLIMIT="...)
	return wire.AppendUint(b, uint64(c.srv.cfg.Limits.Append))
}
