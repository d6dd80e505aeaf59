// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

type listArgs struct{ opts ListOptions }

// parseList parses LIST, with the options of RFC 5258 that SPECIAL-USE
// (RFC 6154 5) builds on. Plain LIST tells children (RFC 3348) and special
// uses too; with options only what they ask for is told.
func parseList(x *wire.Lexer, a *listArgs) error {
	if err := x.SP(); err != nil {
		return err
	}
	o := &a.opts
	plain := true
	if x.Peek() == '(' {
		plain = false
		if err := x.List(func() error { return parseListSelect(x, o) }); err != nil {
			return err
		}
		if o.RecursiveMatch && !o.SelectSubscribed {
			return Bad("RECURSIVEMATCH needs another option")
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
	many, err := parseListNames(x, o)
	if err != nil {
		return err
	}
	if x.Try(' ') {
		many = true
		if err := parseListReturn(x, o); err != nil {
			return err
		}
	}
	o.Extended = !plain || many
	if !o.Extended {
		o.ReturnChildren, o.ReturnSpecialUse = true, true
	}
	return nil
}

// parseLSub parses LSUB (RFC 3501 6.3.9).
func parseLSub(x *wire.Lexer, a *listArgs) error {
	if err := x.SP(); err != nil {
		return err
	}
	a.opts.LSub, a.opts.SelectSubscribed = true, true
	many, err := parseListNames(x, &a.opts)
	if err == nil && many {
		err = Bad("LSUB takes one pattern")
	}
	return err
}

func parseListSelect(x *wire.Lexer, o *ListOptions) error {
	name, err := x.Keyword()
	if err != nil {
		return err
	}
	switch upper(name) {
	case "SUBSCRIBED":
		o.SelectSubscribed, o.ReturnSubscribed = true, true
	case "SPECIAL-USE":
		o.SelectSpecialUse, o.ReturnSpecialUse = true, true
	case "RECURSIVEMATCH":
		o.RecursiveMatch = true
	case "REMOTE": // there are none
	default:
		return Bad("Unknown selection option of LIST")
	}
	return nil
}

func parseListReturn(x *wire.Lexer, o *ListOptions) error {
	if !x.TryWord("RETURN") {
		return Bad("Expected RETURN after the pattern of LIST")
	}
	if err := x.SP(); err != nil {
		return err
	}
	return x.List(func() error {
		name, err := x.Keyword()
		if err != nil {
			return err
		}
		switch upper(name) {
		case "SUBSCRIBED":
			o.ReturnSubscribed = true
		case "CHILDREN":
			o.ReturnChildren = true
		case "SPECIAL-USE":
			o.ReturnSpecialUse = true
		case "METADATA": // RFC 9590
			if err := x.SP(); err != nil {
				return err
			}
			o.metadata, err = parseMetadataNames(x)
			return err
		case "MYRIGHTS": // RFC 8440
			o.ReturnMyRights = true
		case "STATUS": // RFC 5819
			if err := x.SP(); err != nil {
				return err
			}
			err := parseStatusItems(x, &o.ReturnStatus)
			if err == nil && o.ReturnStatus == 0 {
				err = Bad("STATUS without items")
			}
			return err
		default:
			return Bad("Unknown return option of LIST")
		}
		return nil
	})
}

// parseListNames takes the reference and the pattern, or many patterns.
func parseListNames(x *wire.Lexer, o *ListOptions) (many bool, err error) {
	ref, err := x.AString()
	if err != nil {
		return false, err
	}
	if o.Ref, err = mailboxName(x, ref); err != nil {
		return false, err
	}
	if err := x.SP(); err != nil {
		return false, err
	}
	pattern := func() error {
		b, err := x.ListMailbox()
		if err != nil {
			return err
		}
		name, err := mailboxName(x, b)
		o.Patterns = append(o.Patterns, name)
		return err
	}
	if x.Peek() == '(' {
		return true, x.List(pattern)
	}
	return false, pattern()
}

// runList runs LIST and LSUB. An empty pattern asks for the delimiter
// (RFC 3501 6.3.8).
func runList(ctx context.Context, c *Conn, a *listArgs) error {
	name := "* LIST "
	if a.opts.LSub {
		name = "* LSUB "
	}
	a.opts.Extended = a.opts.Extended || c.has(FeatureIMAP4rev2)
	emit := func(d *ListData) error { return c.w.End(c.appendList(c.w.Begin(), name, &a.opts, d)) }
	if err := c.enableFor(ctx, a.opts.ReturnStatus); err != nil {
		return err
	}
	if len(a.opts.Patterns) == 1 && a.opts.Patterns[0] == "" {
		return emit(&ListData{Attrs: []string{AttrNoSelect}, Delim: c.srv.cfg.Delim})
	}
	return c.listWithMetadata(ctx, &a.opts, emit)
}

// appendList appends the responses for one mailbox: after its LIST its MYRIGHTS
// (RFC 8440 3) and its STATUS (RFC 5819 2), where they are told.
func (c *Conn) appendList(b []byte, name string, o *ListOptions, d *ListData) []byte {
	b = append(b, name...)
	b = wire.AppendFlags(b, d.Attrs)
	b = append(b, ' ')
	b = appendDelim(b, d.Delim)
	b = append(b, ' ')
	b = c.appendMailbox(b, d.Mailbox)
	switch {
	case d.OldName != "":
		b = append(b, ` ("OLDNAME" (`...)
		b = c.appendMailbox(b, d.OldName)
		b = append(b, "))"...)
	case d.ChildSubscribed:
		b = append(b, ` ("CHILDINFO" ("SUBSCRIBED"))`...)
	}
	b = append(b, "\r\n"...)
	if d.Rights != "" {
		b = c.appendMyRights(b, d.Mailbox, d.Rights)
	}
	if d.Status != nil {
		b = c.appendStatusData(b, d.Mailbox, o.ReturnStatus, d.Status)
	}
	return b
}

func appendDelim(b []byte, delim byte) []byte {
	if delim == 0 {
		return append(b, "NIL"...)
	}
	return wire.AppendQuoted(b, []byte{delim})
}
