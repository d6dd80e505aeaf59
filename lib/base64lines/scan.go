// SPDX-License-Identifier: AGPL-3.0-or-later

package base64lines

import (
	"bytes"
	"io"
	"slices"
	"sync"
)

// chunkBytes is how many decoded bytes Decode hands on at once, less what is no
// full line: few enough for the processor's nearest cache, with the text that
// they came from.
const chunkBytes = 12 << 10

// Detect guesses the layout of a text from its first line. It gives false when
// the first line cannot be one of such a text.
func Detect(src []byte) (Layout, bool) {
	i := bytes.IndexByte(src, '\n')
	l := Layout{Line: i}
	switch {
	case i < 0:
		l.Line = len(src)
	case i > 0 && src[i-1] == '\r':
		l.Line, l.CRLF = i-1, true
	}
	if i < 0 || len(src) == i+1 {
		l.Line &^= 3 // one line only: whatever follows its last quantum is not of it
	}
	return l, l.Check() == nil
}

// piece is how many decoded bytes are handed on at once: full lines.
func (l Layout) piece() int {
	lb := l.LineBytes()
	return max(lb, chunkBytes/lb*lb)
}

var buffers = sync.Pool{New: func() any { return new([]byte) }} // holds no state but memory

// Decode decodes the longest beginning of src that is a text in this layout,
// hands the decoded bytes to emit piece by piece (a piece is valid during the
// call only; each but the last is of full lines) and returns the length of that
// beginning and of its decoded bytes. Encoding those gives the beginning again, byte for byte. An error of
// emit ends it and is returned.
func (l Layout) Decode(src []byte, emit func([]byte) error) (encoded, decoded int64, err error) {
	d := decoder{layout: l, src: src}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	*buf = slices.Grow((*buf)[:0], l.piece()+4)
	for !d.done {
		d.buf = (*buf)[:0]
		d.fill()
		if len(d.buf) > 0 {
			decoded += int64(len(d.buf))
			if err := emit(d.buf); err != nil {
				return int64(d.end), decoded, err
			}
		}
	}
	return int64(d.end), decoded, nil
}

// NewReader gives the decoded bytes of src, a text in this layout, as Decode
// measured it. A text in another form reads as far as it is in this one.
func (l Layout) NewReader(src []byte) io.Reader {
	return &decoder{layout: l, src: src, buf: make([]byte, 0, min(l.piece(), len(src)/4*3)+4)}
}

// decoder walks a text line by line.
type decoder struct {
	layout Layout
	src    []byte
	pos    int // where the next quantum starts
	column int // of pos in its line
	end    int // behind the last quantum taken
	done   bool
	buf    []byte
	unread []byte
}

// Read gives decoded bytes.
func (d *decoder) Read(p []byte) (int, error) {
	for len(d.unread) == 0 {
		if d.done {
			return 0, io.EOF
		}
		d.buf = d.buf[:0]
		d.fill()
		d.unread = d.buf
	}
	n := copy(p, d.unread)
	d.unread = d.unread[n:]
	return n, nil
}

// fill decodes until buf has its fill or the text ends.
func (d *decoder) fill() {
	piece := d.layout.piece()
	for {
		if d.column == d.layout.Line && !d.lineEnd() {
			d.done = true
			return
		}
		room := (piece - len(d.buf)) / 3 * 4
		if room == 0 {
			return
		}
		stop := min(len(d.src), d.pos+d.layout.Line-d.column, d.pos+room)
		line := d.src[d.pos:stop]
		n := decodeFull(d.buf[len(d.buf):cap(d.buf)], line)
		d.buf = d.buf[:len(d.buf)+n/4*3]
		d.pos, d.column = d.pos+n, d.column+n
		if n > 0 {
			d.end = d.pos
		}
		if n < len(line) || n == 0 {
			if n == len(line) && len(d.src) > stop {
				continue
			}
			d.padding(line[n:])
			d.done = true
			return
		}
	}
}

// lineEnd steps over a line end that has at least a quantum behind it.
func (d *decoder) lineEnd() bool {
	eol := d.layout.EOL()
	if len(d.src)-d.pos < len(eol)+4 || string(d.src[d.pos:d.pos+len(eol)]) != eol {
		return false
	}
	d.pos, d.column = d.pos+len(eol), 0
	return true
}

// padding takes the padded quantum at the end of a text, if there is one.
func (d *decoder) padding(s []byte) {
	var last [2]byte
	n := decodePadded(last[:], s)
	if n == 0 {
		return
	}
	d.buf = append(d.buf, last[:n]...)
	d.pos += 4
	d.end = d.pos
}
