// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"maps"
	"slices"
	"strings"

	"twiga/lib/proto/imap/wire"
)

// maxLanguages is how many tags a client may name.
const maxLanguages = 100

type languageArgs struct{ tags []string }

// parseLanguage parses LANGUAGE (RFC 5255 3.2).
func parseLanguage(x *wire.Lexer, a *languageArgs) error {
	for x.Try(' ') {
		if x.AtEnd() {
			break
		}
		tag, err := x.AString()
		if err != nil {
			return err
		}
		if len(a.tags) == maxLanguages {
			return Bad("Too many languages")
		}
		a.tags = append(a.tags, string(tag))
	}
	return nil
}

// runLanguage runs LANGUAGE: without a tag it tells the languages there are,
// else it takes the first that there is.
func runLanguage(ctx context.Context, c *Conn, a *languageArgs) error {
	if len(a.tags) == 0 {
		return c.tellLanguages(append([]string{"i-default", "en"}, slices.Sorted(maps.Keys(languages))...))
	}
	for _, tag := range a.tags {
		name, texts, ok := findLanguage(tag)
		if !ok {
			continue
		}
		c.texts = texts
		if err := c.tellLanguages([]string{name}); err != nil || c.state == stateNotAuthenticated {
			return err
		}
		return runNamespace(ctx, c, nil) // RFC 5255 3.3: the names may have changed
	}
	return No(CodeCannot, "None of the languages is known")
}

// findLanguage finds a language by a tag (lookup, as BCP 47 has it), without its last
// subtags if need be; "default" and English have no translations.
func findLanguage(tag string) (name string, texts map[string]string, ok bool) {
	for tag = strings.ToLower(tag); tag != ""; {
		switch tag {
		case "default", "i-default":
			return "i-default", nil, true
		case "en":
			return "en", nil, true
		}
		if texts, ok := languages[tag]; ok {
			return tag, texts, true
		}
		tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)]
	}
	return "", nil, false
}

func (c *Conn) tellLanguages(names []string) error {
	b := append(c.w.Begin(), "* LANGUAGE "...)
	b = wire.AppendFlags(b, names)
	return c.w.End(append(b, "\r\n"...))
}
