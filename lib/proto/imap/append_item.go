// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"time"

	"twiga/lib/proto/imap/wire"
)

// appendForm says how the content of a message of APPEND is given.
type appendForm uint8

const (
	formLiteral  appendForm = iota // a literal, or literal8 of RFC 3516
	formUTF8                       // UTF8 (literal8), RFC 6855 4
	formCatenate                   // CATENATE (part …), RFC 4469
)

// appendItem is what stands before the content of a message.
type appendItem struct {
	flags []string
	date  time.Time
	form  appendForm
	lit   wire.Literal // with formLiteral and formUTF8
}

// parseAppendItem takes a space and a message up to where its content begins:
// behind the announcement of its literal, or behind "CATENATE (".
func parseAppendItem(x *wire.Lexer, a *appendItem) (err error) {
	if err := x.SP(); err != nil {
		return err
	}
	if x.Peek() == '(' {
		if a.flags, err = parseFlagList(x); err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
	if x.Peek() == '"' {
		if a.date, err = x.DateTime(); err != nil {
			return err
		}
		if err := x.SP(); err != nil {
			return err
		}
	}
	switch {
	case x.TryWord("CATENATE"):
		a.form = formCatenate
		if err := x.SP(); err != nil {
			return err
		}
		return x.Byte('(')
	case x.TryWord("UTF8"):
		a.form = formUTF8
		a.lit, err = parseUTF8Literal(x)
		return err
	}
	a.lit, err = x.LiteralHeader()
	return err
}

// parseUTF8Literal takes " (" and the announcement of the literal in it.
func parseUTF8Literal(x *wire.Lexer) (lit wire.Literal, err error) {
	if err := x.SP(); err != nil {
		return lit, err
	}
	if err := x.Byte('('); err != nil {
		return lit, err
	}
	return x.LiteralHeader()
}

// catenatePart is a part of CATENATE.
type catenatePart struct {
	url  string
	form appendForm // of a text: formLiteral or formUTF8
	lit  wire.Literal
}

// parseCatenatePart takes a part up to where its content begins (RFC 4469 5).
func parseCatenatePart(x *wire.Lexer, p *catenatePart) (err error) {
	if err := x.Item(); err != nil {
		return err
	}
	switch {
	case x.TryWord("URL"):
		if err := x.SP(); err != nil {
			return err
		}
		b, err := x.AString()
		p.url = string(b)
		if err == nil && p.url == "" {
			err = Bad("Empty URL")
		}
		return err
	case x.TryWord("TEXT"):
		if err := x.SP(); err != nil {
			return err
		}
		p.lit, err = x.LiteralHeader()
		return err
	case x.TryWord("UTF8"):
		p.form = formUTF8
		p.lit, err = parseUTF8Literal(x)
		return err
	}
	return Bad("Expected TEXT or URL in CATENATE")
}
