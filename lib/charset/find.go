// SPDX-License-Identifier: AGPL-3.0-or-later

package charset

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// maxLabel is the longest label looked up: beyond it none has a name.
const maxLabel = 64

// Find gives the character set for a label. Labels are read as mail has them:
// in any case, with quotes, underscores, vendor prefixes. Where the label's set
// has a superset that senders really mean (windows-1252 for ISO-8859-1, GB18030
// for GB2312, code page 949 for KS C 5601), it gives that one. For a label it
// does not know it gives false and a set that reads UTF-8 or else windows-1252.
func Find(label string) (Charset, bool) {
	name := normalize(label)
	switch name {
	case "":
		return guess("us-ascii"), false
	case "us-ascii", "ascii", "utf-8", "utf8":
		return guess(name), true
	}
	if len(name) <= maxLabel {
		if c, ok := special(name); ok {
			return c, true
		}
		if c, ok := indexed(name); ok {
			return c, true
		}
	}
	return guess(name), false
}

// normalize strips what senders put around and into a label.
func normalize(label string) string {
	label = strings.Trim(label, " \t\r\n\"'")
	if i := strings.IndexAny(label, " \t\r\n;"); i >= 0 {
		label = label[:i]
	}
	return strings.ToLower(label)
}

// asciiSuffices tells whether ASCII bytes without an escape mean themselves in
// the labelled set, whatever it is, without looking it up.
func asciiSuffices(label string) bool {
	switch label {
	case "", "utf-8", "UTF-8", "us-ascii", "US-ASCII", "iso-8859-1", "ISO-8859-1", "windows-1252", "iso-8859-15":
		return true
	}
	return false
}

// special knows the labels of sets that the indexes lack or map to less than
// senders mean.
func special(name string) (Charset, bool) {
	short := strings.NewReplacer("-", "", "_", "").Replace(strings.TrimPrefix(name, "x-"))
	var e encoding.Encoding
	switch short {
	case "ansix3.41968", "646", "iso646us", "unknown", "unknown8bit", "8bit", "7bit", "binary", "default", "none":
		return guess(name), true
	case "utf7", "unicode11utf7", "csunicode11utf7":
		return Charset{name, func() transform.Transformer { return &utf7{} }}, true
	case "iso2022kr", "csiso2022kr":
		return Charset{name, func() transform.Transformer { return shiftOut(korean.EUCKR) }}, true
	case "iso2022cn", "iso2022cnext":
		return Charset{name, func() transform.Transformer { return shiftOut(simplifiedchinese.GB18030) }}, true
	case "hzgb2312", "hz":
		e = simplifiedchinese.HZGB2312
	case "gb2312", "gb231280", "euccn", "cp936", "ms936", "gbk", "windows936", "gb18030", "gb180302000", "csgb2312":
		e = simplifiedchinese.GB18030
	case "ksc5601", "ksc56011987", "ksc56011992", "ksx1001", "cp949", "ms949", "uhc", "windows949", "euckr", "korean":
		e = korean.EUCKR
	case "big5", "big5hkscs", "cp950", "windows950", "big5eten", "ms950":
		e = traditionalchinese.Big5
	case "sjis", "shiftjis", "cp932", "ms932", "mskanji", "windows31j", "windows932", "shiftjisx0213":
		e = japanese.ShiftJIS
	case "eucjp", "eucjpms", "cp51932", "ujis":
		e = japanese.EUCJP
	case "iso2022jp", "iso2022jp1", "iso2022jp2", "iso2022jp3", "iso2022jp2004", "iso2022jpms", "csiso2022jp",
		"cp50220", "cp50221", "cp50222", "jis", "jis7":
		e = japanese.ISO2022JP
	case "utf16", "csutf16", "ucs2", "iso10646ucs2", "unicode":
		e = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "utf16le", "unicodefffe":
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "utf16be":
		e = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "utf32", "ucs4", "iso10646ucs4":
		e = utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case "utf32le":
		e = utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case "utf32be":
		e = utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	default:
		return Charset{}, false
	}
	return fromEncoding(name, e), true
}

// indexed asks the two indexes of golang.org/x/text, for the label and for
// what its writer may have meant.
func indexed(name string) (Charset, bool) {
	bare := strings.TrimPrefix(strings.ReplaceAll(name, "_", "-"), "x-")
	digits := strings.TrimLeft(bare, "abcdefghijklmnopqrstuvwxyz-")
	for _, try := range []string{name, bare, "windows-" + digits, "iso-8859-" + strings.TrimPrefix(bare, "iso8859-"), "cp" + digits} {
		switch {
		case strings.HasPrefix(try, "windows-") && !strings.HasPrefix(digits, "125") && try != bare:
			continue
		case try == "cp" || try == "windows-":
			continue
		}
		if e, err := htmlindex.Get(try); err == nil && e != encoding.Replacement {
			if n, _ := htmlindex.Name(e); n == "utf-8" {
				return guess(name), true
			}
			return fromEncoding(name, e), true
		}
		if e, err := ianaindex.IANA.Encoding(try); err == nil && e != nil {
			return fromEncoding(name, e), true
		}
	}
	return Charset{}, false
}
