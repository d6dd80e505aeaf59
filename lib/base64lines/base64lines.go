// SPDX-License-Identifier: AGPL-3.0-or-later

// Package base64lines is base64 in lines of one fixed length, as MIME bodies
// carry it (RFC 2045 6.8), with the arithmetic to go from encoded to decoded
// offsets and back.
//
// A text in this form is described completely by its decoded bytes and a
// Layout, so that a store can keep the decoded bytes alone and give the exact
// text back, whole or in part.
package base64lines

import "fmt"

// MaxLine is the longest line a Layout may have, in encoded bytes: it bounds
// what a range or a Writer must hold.
const MaxLine = 65532

// Layout says how the encoded text is broken into lines. There is no line end
// behind the last line: a text that has one carries it outside.
type Layout struct {
	// Line is the number of encoded bytes in a full line: a positive
	// multiple of 4.
	Line int
	// CRLF says that lines end in CR LF, otherwise in LF alone.
	CRLF bool
}

// Check tells whether the layout is one that this package can work with.
func (l Layout) Check() error {
	if l.Line <= 0 || l.Line%4 != 0 || l.Line > MaxLine {
		return fmt.Errorf("check base64 layout: line length %d is not a multiple of 4 from 4 to %d", l.Line, MaxLine)
	}
	return nil
}

// EOL is the line end as text.
func (l Layout) EOL() string {
	if l.CRLF {
		return "\r\n"
	}
	return "\n"
}

func (l Layout) eolLen() int64 {
	if l.CRLF {
		return 2
	}
	return 1
}

// LineBytes is how many decoded bytes a full line holds.
func (l Layout) LineBytes() int { return l.Line / 4 * 3 }

// EncodedLen is the length of the text for n decoded bytes.
func (l Layout) EncodedLen(n int64) int64 {
	if n <= 0 {
		return 0
	}
	chars := (n + 2) / 3 * 4
	return chars + (chars-1)/int64(l.Line)*l.eolLen()
}

// Source gives the range of decoded bytes [start, end) needed to encode the
// range [off, off+n) of a text whose decoded size is total. It starts at a
// line's first byte, as AppendRange wants it.
func (l Layout) Source(total, off, n int64) (start, end int64) {
	off, n = l.clip(total, off, n)
	if n == 0 {
		return 0, 0
	}
	stride, lb := int64(l.Line)+l.eolLen(), int64(l.LineBytes())
	start = off / stride * lb
	end = min(total, ((off+n-1)/stride+1)*lb)
	return start, end
}

// AppendRange appends the range [off, off+n) of the text whose decoded size is
// total. src holds the decoded bytes that Source names for the same arguments.
// A range beyond the end is cut.
func (l Layout) AppendRange(dst, src []byte, total, off, n int64) []byte {
	off, n = l.clip(total, off, n)
	if n == 0 {
		return dst
	}
	stride := int64(l.Line) + l.eolLen()
	skip := int(off % stride)
	if skip == 0 && n == l.EncodedLen(int64(len(src))) {
		return l.Append(dst, src)
	}
	base := len(dst)
	dst = l.Append(dst, src)
	if start, _ := l.Source(total, off, n); start+int64(len(src)) < total {
		dst = append(dst, l.EOL()...) // the range may end inside the line end
	}
	k := copy(dst[base:], dst[base+skip:base+skip+int(n)])
	return dst[:base+k]
}

func (l Layout) clip(total, off, n int64) (int64, int64) {
	all := l.EncodedLen(total)
	if off < 0 || n <= 0 || off >= all {
		return 0, 0
	}
	return off, min(n, all-off)
}

// Append appends the text of src.
func (l Layout) Append(dst, src []byte) []byte {
	need := int(l.EncodedLen(int64(len(src))))
	base := len(dst)
	if cap(dst)-base < need {
		dst = append(make([]byte, 0, max(2*cap(dst), base+need)), dst...)
	}
	dst = dst[:base+need]
	l.encode(dst[base:], src)
	return dst
}

// encode fills dst, which has just the length of the text of src.
func (l Layout) encode(dst, src []byte) {
	lb, line := l.LineBytes(), l.Line
	n := l.encodeLines(dst, src)
	dst, src = dst[n*(line+int(l.eolLen())):], src[n*lb:]
	if l.CRLF {
		for len(src) > lb {
			encodeFull(dst[:line], src[:lb])
			dst[line], dst[line+1] = '\r', '\n'
			dst, src = dst[line+2:], src[lb:]
		}
	} else {
		for len(src) > lb {
			encodeFull(dst[:line], src[:lb])
			dst[line] = '\n'
			dst, src = dst[line+1:], src[lb:]
		}
	}
	encodeLast(dst, src)
}
