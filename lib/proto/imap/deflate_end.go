// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"errors"
	"io"
)

// errStillCompressed ends the connection of a client that goes on compressing
// behind UNAUTHENTICATE.
var errStillCompressed = Bye(CodeClientBug, "Compression ends with UNAUTHENTICATE")

// ended says whether the compressed input that is to end has been read.
func (d *deflated) ended() bool { return d.ending && d.flushed && len(d.tail) == 0 }

// awaitEnd reads the end of the compressed input: what the flush of the last
// command leaves, or the last block. It may be interrupted.
func (d *deflated) awaitEnd() error {
	for !d.ended() {
		var b [1]byte
		switch n, err := d.readInflated(b[:]); {
		case n > 0:
			return errStillCompressed
		case errors.Is(err, io.EOF) && d.ended():
		case err != nil:
			return err
		}
	}
	d.plain = true
	d.inflate, d.window, d.tail, d.dict, d.out = nil, nil, nil, nil, nil
	return nil
}

// Blocks with nothing in them that are the last ones: of a client that flushes
// its last command, and ends its compression then.
var lastBlocks = [][]byte{{3, 0}, {1, 0, 0, 0xff, 0xff}}

// readPlain reads what is not compressed any more.
func (d *deflated) readPlain(p []byte) (n int, err error) {
	if n = copy(p, d.raw); n > 0 {
		d.raw = d.raw[n:]
	} else {
		d.raw, d.buf = nil, nil
		n, err = d.under.Read(p)
	}
	if n > 0 && !d.cleaned { // no command begins so
		d.cleaned = true
		for _, b := range lastBlocks {
			n = copy(p, bytes.TrimPrefix(p[:n], b))
		}
	}
	return n, err
}
