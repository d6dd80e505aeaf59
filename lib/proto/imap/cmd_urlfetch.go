// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// URLItems are what URLFETCH asks for of a URL (RFC 5524 3).
type URLItems uint8

// Items of URLFETCH; none is the plain form of RFC 4467.
const (
	URLBody          URLItems = 1 << iota // BODY, the bytes as they are
	URLBinary                             // BINARY, decoded
	URLPartStructure                      // BODYPARTSTRUCTURE
)

// Has reports whether any of items is asked for.
func (i URLItems) Has(items URLItems) bool { return i&items != 0 }

// urlFetch is a URL of URLFETCH.
type urlFetch struct {
	url   string
	items URLItems
}

type urlFetchArgs struct{ list []urlFetch }

func parseURLFetch(x *wire.Lexer, a *urlFetchArgs) error {
	for {
		var f urlFetch
		var err error
		if rest := *x; rest.Try(' ') && rest.Peek() == '(' {
			err = parseExtendedURLFetch(x, &f, len(a.list))
		} else {
			f.url, err = spURL(x, len(a.list))
		}
		if err != nil {
			return err
		}
		a.list = append(a.list, f)
		if rest := *x; rest.End() == nil {
			return nil
		}
	}
}

// parseExtendedURLFetch takes " (url item …)" (RFC 5524 5).
func parseExtendedURLFetch(x *wire.Lexer, f *urlFetch, n int) (err error) {
	if n >= maxURLs {
		return No(CodeLimit, "Too many URLs at once")
	}
	if err := x.SP(); err != nil {
		return err
	}
	first := true
	return x.List(func() error {
		if first {
			first = false
			b, err := x.AString()
			f.url = string(b)
			return err
		}
		name, err := x.Atom()
		if err != nil {
			return err
		}
		switch upper(name) {
		case "BODY":
			f.items |= URLBody
		case "BINARY":
			f.items |= URLBinary
		case "BODYPARTSTRUCTURE":
			f.items |= URLPartStructure
		default:
			return Bad("Unknown item of URLFETCH")
		}
		if f.items.Has(URLBody) && f.items.Has(URLBinary) {
			return Bad("BODY and BINARY exclude each other")
		}
		return nil
	})
}

// runURLFetch runs URLFETCH (RFC 4467 7, RFC 5524 3).
func runURLFetch(ctx context.Context, c *Conn, a *urlFetchArgs) error {
	s, err := c.urlAuth()
	if err != nil {
		return err
	}
	for _, f := range a.list {
		b := append(c.w.Begin(), "* URLFETCH "...)
		b = wire.AppendString(b, []byte(f.url))
		if err := c.w.End(append(b, ' ')); err != nil {
			return err
		}
		u, err := ParseURL(f.url)
		if err != nil || u.Mechanism != urlMechanism || !u.Absolute {
			u = nil
		}
		found := false
		if err = nil; u != nil {
			found, err = s.FetchURL(ctx, &c.w, u, f.items)
		}
		b = c.w.Begin()
		if !found {
			b = append(b, "NIL"...)
		}
		if e := c.w.End(append(b, "\r\n"...)); e != nil {
			return e
		}
		if err != nil {
			return err
		}
	}
	return nil
}
