// SPDX-License-Identifier: AGPL-3.0-or-later

package recipe

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// quotedLine is how much of a line is looked at together.
const quotedLine = 4 << 10

// quoted decodes quoted-printable (RFC 2045 6.7) and leaves alone what is not:
// an equals sign that nothing follows that it could encode stands for itself.
type quoted struct {
	r     *bufio.Reader
	carry []byte // the beginning of an encoded byte, cut off a long line
	out   []byte
	err   error
}

func newQuoted(r io.Reader) *quoted { return &quoted{r: bufio.NewReaderSize(r, quotedLine)} }

// Read implements io.Reader.
func (q *quoted) Read(p []byte) (int, error) {
	for len(q.out) == 0 {
		if q.err != nil {
			return 0, q.err
		}
		q.fill()
	}
	n := copy(p, q.out)
	q.out = q.out[n:]
	return n, nil
}

// fill decodes the next line or, of a long one, the next piece.
func (q *quoted) fill() {
	line, err := q.r.ReadSlice('\n')
	piece := errors.Is(err, bufio.ErrBufferFull)
	if !piece {
		q.err = err
	}
	data := append(q.carry, line...)
	q.carry = nil
	if piece {
		if i := bytes.LastIndexByte(data, '='); i >= len(data)-2 {
			q.carry, data = bytes.Clone(data[i:]), data[:i]
		}
		q.out = unquote(data)
		return
	}
	text := bytes.TrimRight(data, "\r\n")
	eol := data[len(text):]
	text = bytes.TrimRight(text, " \t") // RFC 2045 6.7 (3)
	if n := len(text); n > 0 && text[n-1] == '=' {
		text, eol = text[:n-1], nil // a soft line break
	}
	q.out = append(unquote(text), eol...)
}

func unquote(b []byte) []byte {
	out := make([]byte, 0, len(b)+2)
	for i := 0; i < len(b); i++ {
		if b[i] == '=' && i+2 < len(b) {
			hi, lo := hexDigit(b[i+1]), hexDigit(b[i+2])
			if hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}

func hexDigit(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case b >= 'A' && b <= 'F':
		return int(b-'A') + 10
	case b >= 'a' && b <= 'f':
		return int(b-'a') + 10
	}
	return -1
}
