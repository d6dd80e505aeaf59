// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type selectArgs struct {
	mailbox string
	opts    SelectOptions
	qresync *QResync
}

func parseSelect(x *wire.Lexer, a *selectArgs) (err error) {
	if a.mailbox, err = spMailbox(x); err != nil || !x.Try(' ') {
		return err
	}
	return x.List(func() error {
		switch {
		case x.TryWord("CONDSTORE"): // RFC 7162 3.1.8
			a.opts.CondStore = true
			return nil
		case x.TryWord("QRESYNC"):
			a.qresync = &QResync{}
			return a.qresync.parse(x)
		}
		return Bad("Unknown parameter of SELECT")
	})
}

// parse takes the argument of the QRESYNC parameter (RFC 7162 3.2.5).
func (q *QResync) parse(x *wire.Lexer) error {
	if err := x.SP(); err != nil {
		return err
	}
	at := 0
	err := x.List(func() (err error) {
		switch at++; {
		case at == 1:
			q.UIDValidity, err = x.NZUint32()
		case at == 2:
			q.ModSeq, err = x.ModSeq()
		case at == 3 && x.Peek() != '(':
			q.Known, err = knownUIDs(x)
		case (at == 3 || at == 4) && x.Peek() == '(':
			at = 4
			err = q.parseMatch(x)
		default:
			err = Bad("Unknown part of QRESYNC")
		}
		return err
	})
	if err == nil && at < 2 {
		err = Bad("QRESYNC needs UIDVALIDITY and a mod-sequence")
	}
	return err
}

// parseMatch takes the sequence match data: two lists of as many numbers.
func (q *QResync) parseMatch(x *wire.Lexer) error {
	at := 0
	err := x.List(func() (err error) {
		switch at++; at {
		case 1:
			q.MatchNums, err = knownUIDs(x)
		case 2:
			q.MatchUIDs, err = knownUIDs(x)
		default:
			err = Bad("QRESYNC has too many sets")
		}
		return err
	})
	if err == nil && (at != 2 || q.MatchNums.Len() != q.MatchUIDs.Len()) {
		err = Bad("QRESYNC: the two sets differ in length")
	}
	return err
}

// knownUIDs takes a set without "*" and gives its normal form.
func knownUIDs(x *wire.Lexer) (NumSet, error) {
	set, err := x.NumSet()
	if err != nil {
		return nil, err
	}
	for _, r := range set {
		if r.Start == wire.Star || r.Stop == wire.Star {
			return nil, Bad(`"*" in a set of QRESYNC`)
		}
	}
	return set.Resolve(0), nil
}

// check answers the parameter QRESYNC of who has not enabled it (RFC 7162
// 3.2.5).
func (q *QResync) check(c *Conn) error {
	switch {
	case q != nil && !c.has(FeatureQResync):
		return Bad("QRESYNC is not enabled")
	case q != nil && q.MatchNums != nil && c.has(FeatureUIDOnly): // RFC 9586 3
		return &Error{Status: StatusBAD, Code: CodeUIDRequired, Text: "Sequence numbers in QRESYNC"}
	}
	return nil
}

func parseExamine(x *wire.Lexer, a *selectArgs) error {
	a.opts.ReadOnly = true
	return parseSelect(x, a)
}

// runSelect runs SELECT and EXAMINE (RFC 3501 6.3.1, 6.3.2). The mailbox that
// was selected is left even if the new one cannot be opened.
func runSelect(ctx context.Context, c *Conn, a *selectArgs) error {
	if err := a.qresync.check(c); err != nil {
		return err
	}
	if err := c.closeSelected(ctx); err != nil {
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
	if err := c.w.End(c.appendSelect(c.w.Begin(), a.mailbox, d)); err != nil {
		return err
	}
	if a.qresync == nil || a.qresync.UIDValidity != d.UIDValidity || d.HighestModSeq == 0 {
		return nil
	}
	return c.session.Resync(ctx, &c.w, a.qresync)
}

// closeSelected leaves the selected mailbox, if there is one, and tells it: RFC
// 7162 3.2.11, which CONDSTORE alone asks for too.
func (c *Conn) closeSelected(ctx context.Context) error {
	if c.state != stateSelected {
		return nil
	}
	if err := c.w.Status(StatusOK, CodeClosed, "Previous mailbox is closed"); err != nil {
		return err
	}
	return c.unselect(ctx, false)
}

// unselect leaves the selected mailbox, if there is one.
func (c *Conn) unselect(ctx context.Context, expunge bool) error {
	if c.state != stateSelected {
		return nil
	}
	c.state, c.saved = stateAuthenticated, nil
	return c.session.Unselect(ctx, expunge)
}

func (c *Conn) appendSelect(b []byte, mailbox string, d *SelectData) []byte {
	rev2 := c.has(FeatureIMAP4rev2)
	b = append(b, "* FLAGS "...)
	b = wire.AppendFlags(b, d.Flags)
	b = append(b, "\r\n* "...)
	b = wire.AppendUint(b, uint64(d.Exists))
	b = append(b, " EXISTS\r\n"...)
	if !rev2 { // RFC 9051 Appendix E
		b = append(b, "* "...)
		b = wire.AppendUint(b, uint64(d.Recent))
		b = append(b, " RECENT\r\n"...)
	}
	if d.FirstUnseen != 0 && !rev2 && !c.has(FeatureUIDOnly) {
		b = appendOKNumber(b, "UNSEEN ", uint64(d.FirstUnseen), "First unseen")
	}
	if rev2 { // RFC 9051 6.3.2
		listed := ListData{Attrs: d.Attrs, Delim: c.srv.cfg.Delim, Mailbox: mailbox}
		if d.Mailbox != "" && d.Mailbox != mailbox {
			listed.Mailbox, listed.OldName = d.Mailbox, mailbox
		}
		b = c.appendList(b, "* LIST ", &ListOptions{}, &listed)
	}
	b = append(b, "* OK [PERMANENTFLAGS "...)
	b = wire.AppendFlags(b, d.PermanentFlags)
	b = append(b, "] Flags permitted\r\n"...)
	b = appendOKNumber(b, "UIDVALIDITY ", uint64(d.UIDValidity), "UIDs valid")
	b = appendOKNumber(b, "UIDNEXT ", uint64(d.UIDNext), "Predicted next UID")
	b = appendMailboxID(b, d.MailboxID)
	if c.canURLAuth() { // RFC 4467 8
		b = append(b, "* OK [URLMECH "+urlMechanism+"] Mechanisms of URLs\r\n"...)
	}
	if d.HighestModSeq == 0 { // RFC 7162 3.1.2.2
		return append(b, "* OK [NOMODSEQ] No mod-sequences\r\n"...)
	}
	return appendOKNumber(b, "HIGHESTMODSEQ ", d.HighestModSeq, "Highest")
}

// appendMailboxID appends MAILBOXID (RFC 8474 4.2).
func appendMailboxID(b []byte, id string) []byte {
	if id == "" {
		return b
	}
	b = append(b, "* OK [MAILBOXID ("...)
	b = append(b, id...)
	return append(b, ")] Mailbox's id\r\n"...)
}

func appendOKNumber(b []byte, code string, n uint64, text string) []byte {
	b = append(b, "* OK ["...)
	b = append(b, code...)
	b = wire.AppendUint(b, n)
	b = append(b, "] "...)
	b = append(b, text...)
	return append(b, "\r\n"...)
}
