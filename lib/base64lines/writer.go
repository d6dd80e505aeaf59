// SPDX-License-Identifier: AGPL-3.0-or-later

package base64lines

import "io"

// Writer encodes a stream of decoded bytes into another writer.
type Writer struct {
	layout  Layout
	dst     io.Writer
	pending []byte // less than a line, or a full line whose line end is open
	out     []byte
	err     error
}

// NewWriter returns a Writer to dst. Close writes the last line.
func (l Layout) NewWriter(dst io.Writer) *Writer { return &Writer{layout: l, dst: dst} }

// Write encodes p as far as it fills lines.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, lb := len(p), w.layout.LineBytes()
	if len(w.pending) > 0 {
		k := min(lb-len(w.pending), len(p))
		w.pending, p = append(w.pending, p[:k]...), p[k:]
		if len(p) == 0 {
			return n, nil
		}
		if err := w.lines(w.pending); err != nil {
			return 0, err
		}
		w.pending = w.pending[:0]
	}
	// What is written now must have a byte behind it, or its line end is open.
	for len(p) > lb {
		k := min((len(p)-1)/lb, max(1, chunkBytes/lb)) * lb
		if err := w.lines(p[:k]); err != nil {
			return 0, err
		}
		p = p[k:]
	}
	w.pending = append(w.pending, p...)
	return n, nil
}

// lines writes full lines, each with its line end.
func (w *Writer) lines(p []byte) error {
	w.out = append(w.layout.Append(w.out[:0], p), w.layout.EOL()...)
	_, w.err = w.dst.Write(w.out)
	return w.err
}

// Close writes what is left. It does not close the writer below.
func (w *Writer) Close() error {
	if w.err != nil || len(w.pending) == 0 {
		return w.err
	}
	w.out = w.layout.Append(w.out[:0], w.pending)
	w.pending = nil
	_, w.err = w.dst.Write(w.out)
	return w.err
}
