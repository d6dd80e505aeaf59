// SPDX-License-Identifier: AGPL-3.0-or-later

package soap

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"twiga/lib/mapi"
)

// reader takes elements off a document. After the first error, which err
// tells, everything is empty.
type reader struct {
	dec   *xml.Decoder
	depth int // of the element that is open
	max   int
	err   error
}

// newReader reads a document whose elements are nested at most so deep.
func newReader(r io.Reader, maxDepth int) *reader {
	dec := xml.NewDecoder(r)
	dec.Strict = true
	dec.CharsetReader = func(charset string, input io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("character set %q: want UTF-8", charset)
	}
	return &reader{dec: dec, max: maxDepth}
}

// fail notes the first error.
func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format+": %w", append(args, mapi.InvalidParameter)...)
	}
}

// token is the next start tag, end tag or text; nil at the end and after an error.
func (r *reader) token() xml.Token {
	for r.err == nil {
		t, err := r.dec.Token()
		if err != nil {
			if code := mapi.CodeOf(err); code != mapi.GeneralFailure {
				r.err = err // of the source
			} else if !errors.Is(err, io.EOF) {
				r.fail("read XML: %v", err)
			} else {
				r.fail("read XML: cut short")
			}
			return nil
		}
		switch t := t.(type) {
		case xml.StartElement:
			if r.depth++; r.depth > r.max {
				r.err = fmt.Errorf("read XML: elements nested deeper than %d: %w", r.max, mapi.TooComplex)
				return nil
			}
			return t
		case xml.EndElement:
			r.depth--
			return t
		case xml.CharData:
			return t
		case xml.Directive:
			r.fail("read XML: document type declaration")
		}
	}
	return nil
}

// child is the next element in the one that is open; false at its end.
func (r *reader) child() (xml.StartElement, bool) {
	for {
		switch t := r.token().(type) {
		case xml.StartElement:
			return t, true
		case xml.CharData:
			if len(strings.TrimSpace(string(t))) > 0 {
				r.fail("read XML: text %.20q between elements", t)
			}
		default:
			return xml.StartElement{}, false
		}
	}
}

// text is the text of the element that is open, which ends with it.
func (r *reader) text() []byte {
	var out []byte
	for {
		switch t := r.token().(type) {
		case xml.CharData:
			out = append(out, t...)
		case xml.StartElement:
			r.fail("read XML: element %s where text is wanted", t.Name.Local)
		default:
			return out
		}
	}
}

// word is text without the space around it.
func (r *reader) word() string { return strings.TrimSpace(string(r.text())) }

// skip leaves the element that is open.
func (r *reader) skip() {
	for {
		_, more := r.child()
		if !more {
			return
		}
		r.skip()
	}
}

// anyText is the text of an element that appendString wrote.
func (r *reader) anyText(start xml.StartElement) []byte {
	if attr(start, "enc") == "base64" {
		return r.base64()
	}
	return r.text()
}

// base64 is the bytes that the text of the element stands for.
func (r *reader) base64() []byte {
	text := r.text()
	if r.err != nil {
		return nil
	}
	compact := text[:0]
	for _, c := range text {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			compact = append(compact, c)
		}
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(compact)))
	n, err := base64.StdEncoding.Decode(out, compact)
	if err != nil {
		r.fail("read base64: %v", err)
		return nil
	}
	return out[:n]
}

// attr is the value of an attribute, "" where it is missing.
func attr(start xml.StartElement, name string) string {
	for _, a := range start.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
