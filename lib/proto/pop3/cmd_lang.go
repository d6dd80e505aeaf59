// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"bytes"
	"context"
)

// langArgs is a language range (RFC 4647 2.1), "" to be told which languages
// there are, "*" for the server's own.
type langArgs struct{ language string }

func parseLang(args []byte, a *langArgs) error {
	args = bytes.TrimRight(args, " ")
	for _, ch := range args {
		if ch <= ' ' || ch >= 0x7f {
			return Bad("Expected a language")
		}
	}
	a.language = string(args)
	return nil
}

// runLang runs LANG (RFC 6856 3).
func runLang(_ context.Context, c *Conn, a *langArgs) error {
	if a.language == "" {
		return c.listLanguages()
	}
	l := findLanguage(a.language)
	if l == nil {
		return Err("", "Unknown language")
	}
	c.lang = l
	b := append(c.io.Begin(), "+OK "...)
	b = append(append(b, l.tag...), ' ')
	b = append(b, l.text("Language changed")...)
	return c.io.End(append(b, "\r\n"...))
}

func (c *Conn) listLanguages() error {
	if err := c.w.ok("Languages follow"); err != nil {
		return err
	}
	b := c.io.Begin()
	for i := range languages {
		b = append(append(b, languages[i].tag...), ' ')
		b = append(append(b, languages[i].name...), "\r\n"...)
	}
	return c.io.End(append(b, ".\r\n"...))
}
