// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type selectArgs struct {
	mailbox string
	opts    SelectOptions
}

func parseSelect(x *wire.Lexer, a *selectArgs) (err error) {
	if a.mailbox, err = spMailbox(x); err != nil || !x.Try(' ') {
		return err
	}
	return x.List(func() error {
		if !x.TryWord("CONDSTORE") { // RFC 7162 3.1.8
			return Bad("Unknown parameter of SELECT")
		}
		a.opts.CondStore = true
		return nil
	})
}

func parseExamine(x *wire.Lexer, a *selectArgs) error {
	a.opts.ReadOnly = true
	return parseSelect(x, a)
}

// runSelect runs SELECT and EXAMINE (RFC 3501 6.3.1, 6.3.2). The mailbox that
// was selected is left even if the new one cannot be opened.
func runSelect(ctx context.Context, c *Conn, a *selectArgs) error {
	if c.state == stateSelected { // RFC 7162 3.2.11, which CONDSTORE alone asks for too
		if err := c.w.Status(StatusOK, CodeClosed, "Previous mailbox is closed"); err != nil {
			return err
		}
	}
	if err := c.unselect(ctx, false); err != nil {
		return err
	}
	if a.opts.CondStore {
		if err := c.enable(ctx, FeatureCondStore); err != nil {
			return err
		}
	}
	d, err := c.session.Select(ctx, a.mailbox, &a.opts)
	if err != nil {
		return err
	}
	c.state = stateSelected
	c.readOnly = d.ReadOnly || a.opts.ReadOnly
	c.code = append(c.code, CodeReadWrite...)
	if c.readOnly {
		c.code = append(c.code[:0], CodeReadOnly...)
		d.PermanentFlags = nil // RFC 3501 6.3.2: none can be changed
	}
	return c.w.End(appendSelect(c.w.Begin(), d))
}

// unselect leaves the selected mailbox, if there is one.
func (c *Conn) unselect(ctx context.Context, expunge bool) error {
	if c.state != stateSelected {
		return nil
	}
	c.state = stateAuthenticated
	return c.session.Unselect(ctx, expunge)
}

func appendSelect(b []byte, d *SelectData) []byte {
	b = append(b, "* FLAGS "...)
	b = wire.AppendFlags(b, d.Flags)
	b = append(b, "\r\n* "...)
	b = wire.AppendUint(b, uint64(d.Exists))
	b = append(b, " EXISTS\r\n* "...)
	b = wire.AppendUint(b, uint64(d.Recent))
	b = append(b, " RECENT\r\n"...)
	if d.FirstUnseen != 0 {
		b = appendOKNumber(b, "UNSEEN ", uint64(d.FirstUnseen), "First unseen")
	}
	b = append(b, "* OK [PERMANENTFLAGS "...)
	b = wire.AppendFlags(b, d.PermanentFlags)
	b = append(b, "] Flags permitted\r\n"...)
	b = appendOKNumber(b, "UIDVALIDITY ", uint64(d.UIDValidity), "UIDs valid")
	b = appendOKNumber(b, "UIDNEXT ", uint64(d.UIDNext), "Predicted next UID")
	if d.HighestModSeq == 0 { // RFC 7162 3.1.2.2
		return append(b, "* OK [NOMODSEQ] No mod-sequences\r\n"...)
	}
	return appendOKNumber(b, "HIGHESTMODSEQ ", d.HighestModSeq, "Highest")
}

func appendOKNumber(b []byte, code string, n uint64, text string) []byte {
	b = append(b, "* OK ["...)
	b = append(b, code...)
	b = wire.AppendUint(b, n)
	b = append(b, "] "...)
	b = append(b, text...)
	return append(b, "\r\n"...)
}
