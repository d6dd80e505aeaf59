// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"fmt"
	"net"
	"strconv"
	"time"
)

// writer writes responses. Errors mean that the client is gone; once there was
// one, every method returns it.
type writer struct {
	c    *Conn
	err  error
	open bool // a multi-line response was begun and not ended
	// others are the outcomes of commands that were answered with the one at
	// hand, where somebody wants to know.
	others []outcome

	// bufs and vec are for writing two slices at once without an allocation.
	bufs net.Buffers
	vec  [2][]byte
}

// begin returns the output so far, to be appended to and given to end.
func (w *writer) begin() []byte { return w.c.workspace().out }

// end takes back what begin gave, longer, and writes it if it has become large.
func (w *writer) end(b []byte) error {
	w.c.workspace().out = b
	if len(b) < outputFlush {
		return w.err
	}
	return w.flush()
}

// write appends p. What is large is written at once, with the output before it
// and without being copied.
func (w *writer) write(p []byte) error {
	ws := w.c.workspace()
	if len(p) < outputFlush/2 {
		return w.end(append(ws.out, p...))
	}
	for len(p) > 0 {
		n := min(len(p), maxWrite)
		if err := w.flushWith(p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return w.err
}

// flush writes the output to the client now.
func (w *writer) flush() error { return w.flushWith(nil) }

func (w *writer) flushWith(p []byte) error {
	if w.err != nil {
		return w.err
	}
	ws := w.c.ws
	if ws == nil || len(ws.out)+len(p) == 0 {
		return nil
	}
	err := w.c.raw.SetWriteDeadline(time.Now().Add(w.c.srv.cfg.Timeouts.Write))
	switch {
	case err != nil:
	case len(p) == 0:
		_, err = w.c.rw.Write(ws.out)
	default:
		w.vec = [2][]byte{ws.out, p}
		w.bufs = w.vec[:]
		_, err = w.bufs.WriteTo(w.c.rw)
		w.vec = [2][]byte{}
	}
	ws.out = ws.out[:0]
	if err != nil {
		return w.broken(fmt.Errorf("write to client: %w", err))
	}
	return nil
}

// broken makes err the end of the connection.
func (w *writer) broken(err error) error {
	if w.err == nil {
		w.err = err
		w.c.cancel()
	}
	return w.err
}

// ok writes +OK with a text in the client's language.
func (w *writer) ok(text string) error {
	b := append(w.begin(), "+OK "...)
	b = append(b, w.c.lang.text(text)...)
	return w.end(append(b, "\r\n"...))
}

// fail writes -ERR with a text in the client's language.
func (w *writer) fail(e *Error) error {
	b := append(w.begin(), "-ERR "...)
	if e.Code != "" {
		b = append(b, '[')
		b = append(b, e.Code...)
		b = append(b, "] "...)
	}
	b = append(b, w.c.lang.text(e.Text)...)
	return w.end(append(b, "\r\n"...))
}

// appendPair appends two numbers with a space between.
func appendPair(b []byte, n int, size int64) []byte {
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, ' ')
	return strconv.AppendInt(b, size, 10)
}
