// SPDX-License-Identifier: AGPL-3.0-or-later

package match

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"twiga/lib/mapi"
)

// folder brings text into the form in which texts that are alike at its level
// are the same bytes. It is for one goroutine.
type folder struct {
	caseless  bool
	transform transform.Transformer // nil: text stays as it is but for case
	buf       []byte
}

// newFolder is a folder for the modifiers of a fuzzy level, [MS-OXCDATA]
// 2.12.4.1: IgnoreCase folds case in full (ß is ss), IgnoreNonSpace takes
// diacritics away (é is e), Loose does both and takes wide and narrow forms
// for the same.
func newFolder(level mapi.FuzzyLevel) *folder {
	loose := level&mapi.Loose != 0
	f := &folder{caseless: loose || level&mapi.IgnoreCase != 0}
	var chain []transform.Transformer
	if loose {
		chain = append(chain, width.Fold)
	}
	if loose || level&mapi.IgnoreNonSpace != 0 {
		chain = append(chain, norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	} else if f.caseless {
		chain = append(chain, norm.NFC)
	}
	if f.caseless {
		chain = append(chain, cases.Fold())
	}
	if len(chain) > 0 {
		f.transform = transform.Chain(chain...)
	}
	return f
}

// fold is the folded text; it stays valid until the next call.
func (f *folder) fold(text []byte) []byte {
	f.buf = f.append(f.buf[:0], text)
	return f.buf
}

// beyond stands behind text that was cut, which is not its own beginning.
const beyond = 0xff

// foldSome is fold of so much of the text.
func (f *folder) foldSome(text []byte, limit int) []byte {
	if len(text) <= limit {
		return f.fold(text)
	}
	f.buf = append(f.append(f.buf[:0], text[:limit]), beyond)
	return f.buf
}

// append appends the folded text. ASCII, which most text is, goes without the
// transformer.
func (f *folder) append(dst, text []byte) []byte {
	if f.transform == nil {
		return append(dst, text...)
	}
	begin := len(dst)
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return f.appendWide(dst[:begin], text)
		}
		if f.caseless && 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func (f *folder) appendWide(dst, text []byte) []byte {
	f.transform.Reset()
	folded, _, err := transform.Bytes(f.transform, text)
	if err != nil {
		return append(dst, text...) // never with these transformers
	}
	return append(dst, folded...)
}
