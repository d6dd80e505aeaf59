// SPDX-License-Identifier: AGPL-3.0-or-later

// Package charset turns text in any character set into UTF-8, header text of
// RFC 2047 and parameters of RFC 2231 into plain text, and both back.
//
// Mail is labelled wrongly often, so that nothing here fails: bytes that are
// not what the label says are read as their sender most likely meant them, and
// what nobody can read becomes U+FFFD.
package charset

import (
	"bytes"
	"io"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// Charset is a character set that this package can decode.
type Charset struct {
	name    string
	decoder func() transform.Transformer
}

// Name is the set's name in lower case, as charset parameters spell it.
func (c Charset) Name() string { return c.name }

// guess reads UTF-8, and every byte that is not UTF-8 as windows-1252. It
// serves for all labels that promise ASCII or UTF-8, or nothing we know.
func guess(name string) Charset {
	return Charset{name, func() transform.Transformer { return mixed{} }}
}

func fromEncoding(name string, e encoding.Encoding) Charset {
	return Charset{name, func() transform.Transformer { return e.NewDecoder() }}
}

// AppendUTF8 appends src, whose charset label is given, as UTF-8. An unknown
// or empty label means UTF-8 or else windows-1252.
func AppendUTF8(dst []byte, label string, src []byte) []byte {
	if isASCII(src) && bytes.IndexByte(src, 0x1b) < 0 && asciiSuffices(label) {
		return append(dst, src...)
	}
	c, _ := Find(label)
	base := len(dst)
	out, err := appendTransformed(dst, c.decoder(), src)
	if (err != nil || bytes.Contains(out[base:], []byte("\uFFFD"))) && !isASCII(src) && utf8.Valid(src) {
		return append(dst[:base], src...) // labelled as something else, but it is UTF-8
	}
	return out
}

// String is AppendUTF8 into a string.
func String(label string, src []byte) string {
	return string(AppendUTF8(nil, label, src))
}

// NewReader gives the text of r, whose charset label is given, as UTF-8. It
// reads as AppendUTF8 does, but cannot look ahead for a wrong label.
func NewReader(label string, r io.Reader) io.Reader {
	c, _ := Find(label)
	return transform.NewReader(r, c.decoder())
}

// AsIs says whether src, whose charset label is given, is UTF-8 already, and
// what NewReader would give of it. What it is not sure of is not.
func AsIs(label string, src []byte) bool {
	switch label {
	case "", "utf-8", "UTF-8", "us-ascii", "US-ASCII":
		return utf8.Valid(src)
	}
	return asciiSuffices(label) && isASCII(src)
}

// appendTransformed runs all of src through t.
func appendTransformed(dst []byte, t transform.Transformer, src []byte) ([]byte, error) {
	dst = slices.Grow(dst, len(src)+len(src)/2+16)
	for {
		n, k, err := t.Transform(dst[len(dst):cap(dst)], src, true)
		dst, src = dst[:len(dst)+n], src[k:]
		switch err {
		case nil:
			return dst, nil
		case transform.ErrShortDst:
			dst = append(make([]byte, 0, 2*cap(dst)+utf8.UTFMax), dst...)
		default:
			return append(dst, "\uFFFD"...), err
		}
	}
}

func isASCII[T string | []byte](b T) bool {
	for len(b) >= 8 {
		if (b[0]|b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7])&0x80 != 0 {
			return false
		}
		b = b[8:]
	}
	for i := range len(b) {
		if b[i] >= 0x80 {
			return false
		}
	}
	return true
}

// mixed is the decoder of guess.
type mixed struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (mixed) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		c := src[nSrc]
		if c < utf8.RuneSelf {
			if nDst == len(dst) {
				return nDst, nSrc, transform.ErrShortDst
			}
			dst[nDst] = c
			nDst, nSrc = nDst+1, nSrc+1
			continue
		}
		r, size := utf8.DecodeRune(src[nSrc:])
		if r == utf8.RuneError && size == 1 {
			if rest := src[nSrc:]; !utf8.FullRune(rest) {
				if !atEOF {
					return nDst, nSrc, transform.ErrShortSrc
				}
				if len(rest) > 1 { // a character cut off by the end
					size = len(rest)
				}
			}
			if size == 1 {
				r = charmap.Windows1252.DecodeByte(c)
			}
		}
		if len(dst)-nDst < utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += size
	}
	return nDst, nSrc, nil
}
