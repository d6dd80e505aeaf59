// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/proto/imap/wire"
)

// runNamespace runs NAMESPACE (RFC 2342 5).
func runNamespace(ctx context.Context, c *Conn, _ *noArgs) error {
	d, err := c.session.Namespace(ctx)
	if err != nil {
		return err
	}
	b := append(c.w.Begin(), "* NAMESPACE"...)
	for _, list := range [][]Namespace{d.Personal, d.Other, d.Shared} {
		b = append(b, ' ')
		b = c.appendNamespaces(b, list)
	}
	return c.w.End(append(b, "\r\n"...))
}

func (c *Conn) appendNamespaces(b []byte, list []Namespace) []byte {
	if len(list) == 0 {
		return append(b, "NIL"...)
	}
	b = append(b, '(')
	for _, ns := range list {
		b = append(b, '(')
		b = c.appendPrefix(b, ns.Prefix)
		b = append(b, ' ')
		b = appendDelim(b, ns.Delim)
		b = append(b, ')')
	}
	return append(b, ')')
}

// appendPrefix appends the prefix of a namespace, always as a string.
func (c *Conn) appendPrefix(b []byte, prefix string) []byte {
	if c.utf8Names() {
		return wire.AppendQuoted(b, prefix)
	}
	return wire.AppendQuoted(b, wire.AppendModifiedUTF7(nil, prefix))
}
