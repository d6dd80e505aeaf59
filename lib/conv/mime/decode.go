// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"io"

	"twiga/lib/charset"
)

// decodeChunk is how many encoded bytes a decoder takes at a time.
const decodeChunk = 8 << 10

// Content gives the decoded bytes of the leaf numbered i.
func (s *Structure) Content(i int) io.Reader {
	return Decode(s.TransferEncoding(i), bytes.NewReader(s.Parts[i].Body.in(s.data)))
}

// Text gives the text of the leaf numbered i in UTF-8.
func (s *Structure) Text(i int) io.Reader {
	return charset.NewReader(s.Charset(i), s.Content(i))
}

// Decode gives the decoded bytes of r. It never fails for what r holds: what is
// no encoding is skipped in base64 and stands for itself in quoted-printable.
// An unknown encoding is left as it is.
func Decode(enc Encoding, r io.Reader) io.Reader {
	switch enc {
	case Base64:
		return &decoder{r: r, step: &base64Step{}}
	case QuotedPrintable:
		return &decoder{r: r, step: qpStep{}}
	}
	return r
}

// step decodes a piece: it appends to dst what src gives and tells how much of
// src it took. At the end it takes all.
type step interface {
	decode(dst, src []byte, atEOF bool) ([]byte, int)
}

// decoder is a reader around a step.
type decoder struct {
	r    io.Reader
	step step
	in   []byte
	out  []byte
	next []byte // of out, not read yet
	err  error
}

// Read gives decoded bytes.
func (d *decoder) Read(p []byte) (int, error) {
	for len(d.next) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		if d.in == nil {
			d.in, d.out = make([]byte, 0, decodeChunk), make([]byte, 0, decodeChunk)
		}
		n, err := d.r.Read(d.in[len(d.in):cap(d.in)])
		d.in, d.err = d.in[:len(d.in)+n], err
		out, used := d.step.decode(d.out[:0], d.in, err != nil)
		if used == 0 && len(d.in) == cap(d.in) {
			out, used = d.step.decode(d.out[:0], d.in, true) // blanks without end
		}
		d.out, d.next = out, out
		d.in = d.in[:copy(d.in, d.in[used:])]
	}
	n := copy(p, d.next)
	d.next = d.next[n:]
	return n, nil
}

// base64Step decodes base64 (RFC 2045 6.8), skipping what is not of its
// alphabet. Padding ends a quantum, not the text: some senders join texts.
type base64Step struct {
	bits  uint32
	count uint
}

var base64Values = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		t[c] = int8(i)
	}
	t['='] = -2
	return t
}()

func (b *base64Step) decode(dst, src []byte, _ bool) ([]byte, int) {
	for _, c := range src {
		v := base64Values[c]
		if v < 0 {
			if v == -2 {
				b.bits, b.count = 0, 0
			}
			continue
		}
		b.bits, b.count = b.bits<<6|uint32(v), b.count+6
		if b.count >= 8 {
			b.count -= 8
			dst = append(dst, byte(b.bits>>b.count))
			b.bits &= 1<<b.count - 1
		}
	}
	return dst, len(src)
}

// qpStep decodes quoted-printable (RFC 2045 6.7).
type qpStep struct{}

func (qpStep) decode(dst, src []byte, atEOF bool) ([]byte, int) {
	i := 0
	for i < len(src) {
		c := src[i]
		switch c {
		case '=':
			n, b, isByte, more := qpEscape(src[i:], atEOF)
			switch {
			case more:
				return dst, i
			case isByte:
				dst = append(dst, b)
			case n == 0:
				dst, n = append(dst, '='), 1
			}
			i += n
		case ' ', '\t':
			// White space at the end of a line is not of the text.
			j := i
			for j < len(src) && (src[j] == ' ' || src[j] == '\t') {
				j++
			}
			if j == len(src) && !atEOF {
				return dst, i
			}
			if j == len(src) || src[j] == '\n' || src[j] == '\r' {
				i = j
				continue
			}
			dst = append(dst, src[i:j]...)
			i = j
		default:
			j := i + 1
			for j < len(src) && src[j] > '=' {
				j++
			}
			dst = append(dst, src[i:j]...)
			i = j
		}
	}
	return dst, len(src)
}

// qpEscape reads what follows an equals sign: a byte in hexadecimal, or a line
// end with perhaps white space before it, which are dropped. It gives 0 if it
// is neither, and more if that cannot be told yet.
func qpEscape(src []byte, atEOF bool) (n int, b byte, isByte, more bool) {
	if len(src) >= 3 {
		hi, lo := hexValue(src[1]), hexValue(src[2])
		if hi >= 0 && lo >= 0 {
			return 3, byte(hi<<4 | lo), true, false
		}
	}
	j := 1
	for j < len(src) && (src[j] == ' ' || src[j] == '\t' || src[j] == '\r') {
		j++
	}
	switch {
	case j < len(src) && src[j] == '\n':
		return j + 1, 0, false, false
	case j == len(src) && atEOF:
		return j, 0, false, false
	case j == len(src), len(src) < 3 && !atEOF:
		return 0, 0, false, true
	}
	return 0, 0, false, false
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
