// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"time"
)

// dotReader reads a message up to CRLF "." CRLF and takes the dots away that
// transparency put before lines (RFC 5321 4.5.2). A line ends in CRLF and in
// nothing else, so that no byte of the message is read in two ways.
type dotReader struct {
	in      *bufio.Reader
	conn    net.Conn
	timeout time.Duration
	limit   int64 // bytes of the message; 0 is none
	n       int64 // bytes so far
	within  bool  // inside of a line
	cr      bool  // the last byte was CR
	done    bool
	over    bool // the message is beyond the limit
	discard bool // nobody wants the bytes any more
	err     error
}

// unlimited is the reader without its limit, to read what nobody wants.
func (r *dotReader) unlimited() io.Reader {
	r.discard = true
	return r
}

// lineStart is a CRLF with a dot behind it: what may be the end or a dot to
// take away.
var lineStart = []byte("\r\n.")

// Read implements io.Reader. It ends in io.EOF only behind the whole message.
func (r *dotReader) Read(p []byte) (int, error) {
	for {
		switch {
		case r.done:
			return 0, io.EOF
		case r.over && !r.discard:
			return 0, ErrTooBig
		case r.err != nil:
			return 0, r.err
		case len(p) == 0:
			return 0, nil
		}
		if !r.within && r.atDot() {
			continue
		}
		if n := r.take(p); n > 0 {
			return n, nil
		}
	}
}

// atDot handles a dot at the start of a line: the end of the message, or a dot
// to take away. It says whether the state changed.
func (r *dotReader) atDot() bool {
	b, err := r.peek(1)
	if err != nil || b[0] != '.' {
		return err != nil
	}
	if b, err = r.peek(3); err != nil {
		return true
	}
	if b[1] == '\r' && b[2] == '\n' {
		_, _ = r.in.Discard(3)
		r.done = true
		return true
	}
	_, _ = r.in.Discard(1)
	r.within, r.cr = true, false
	return true
}

// take copies bytes up to the next line that begins with a dot, or what is
// buffered, and counts them.
func (r *dotReader) take(p []byte) int {
	if _, err := r.peek(1); err != nil {
		return 0
	}
	b, _ := r.in.Peek(min(r.in.Buffered(), len(p)))
	switch at := bytes.Index(b, lineStart); {
	case r.cr && len(b) > 1 && b[0] == '\n' && b[1] == '.':
		b = b[:1] // the CR came before
	case at >= 0:
		b = b[:at+2]
	}
	n := copy(p, b)
	_, _ = r.in.Discard(n)
	r.within = !(n >= 2 && b[n-2] == '\r' && b[n-1] == '\n') && !(n == 1 && r.cr && b[0] == '\n')
	r.cr = b[n-1] == '\r'
	r.n += int64(n)
	if r.limit > 0 && r.n > r.limit && !r.over {
		r.over = true
		n -= int(min(r.n-r.limit, int64(n)))
	}
	return n
}

// peek waits for bytes; the error is kept.
func (r *dotReader) peek(n int) ([]byte, error) {
	if r.in.Buffered() < n {
		_ = r.conn.SetReadDeadline(deadline(r.timeout))
	}
	b, err := r.in.Peek(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	r.err = err
	return b, err
}
