// SPDX-License-Identifier: AGPL-3.0-or-later

package match

import (
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"twiga/lib/mapi"
)

// maxLocale is how many bytes the name of a locale may have.
const maxLocale = 64

// collation makes keys of strings that have the order of a locale, without
// case: that two strings differ in it leaves the next column to decide. It is
// for one goroutine.
type collation struct {
	by  *collate.Collator
	buf collate.Buffer
}

func newCollation(locale string) (*collation, error) {
	if len(locale) > maxLocale {
		return nil, fmt.Errorf("sort by locale of %d bytes: %w", len(locale), mapi.InvalidParameter)
	}
	t, err := language.Parse(locale)
	if err != nil {
		return nil, fmt.Errorf("sort by locale %q: %w: %w", locale, err, mapi.InvalidParameter)
	}
	return &collation{by: collate.New(t, collate.IgnoreCase)}, nil
}

// key is valid until the next call.
func (c *collation) key(text []byte) []byte {
	if len(text) > MaxSortText {
		end := MaxSortText
		for end > MaxSortText-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	c.buf.Reset()
	return c.by.Key(&c.buf, text)
}
