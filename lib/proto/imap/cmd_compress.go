// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"twiga/lib/proto/imap/wire"
)

type compressArgs struct{ mechanism string }

// parseCompress parses COMPRESS (RFC 4978 3).
func parseCompress(x *wire.Lexer, a *compressArgs) error {
	if err := x.SP(); err != nil {
		return err
	}
	name, err := x.Atom()
	a.mechanism = upper(name)
	return err
}

func (c *Conn) canCompress() bool { return c.deflate == nil }

// runCompress runs COMPRESS: everything behind its answer is compressed, in
// both directions.
func runCompress(_ context.Context, c *Conn, a *compressArgs) error {
	switch {
	case a.mechanism != "DEFLATE":
		return No(CodeCannot, "Compression mechanism is not supported")
	case c.deflate != nil:
		return No("COMPRESSIONACTIVE", "Compression is active already")
	}
	b := append(c.w.Begin(), c.tag...)
	if err := c.w.End(append(b, " OK Compression begins\r\n"...)); err != nil {
		return err
	}
	if err := c.w.Flush(); err != nil {
		return err
	}
	ws := c.workspace()
	c.deflate = &deflated{under: c.rw, more: c.readOn, raw: slices.Clone(ws.in[ws.start:ws.end])}
	c.deflate.buf = make([]byte, inflateRaw)
	ws.start, ws.end = 0, 0
	c.rw = c.deflate
	return errAnswered
}

// readOn reads from below the compression by the deadline set. Whoever wants to
// interrupt has to wait for the client to end what it has begun.
func (c *Conn) readOn(p []byte) (int, error) {
	for {
		n, err := c.deflate.under.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || !time.Now().Before(c.deadline) {
			return n, err
		}
		if err := c.raw.SetReadDeadline(c.deadline); err != nil {
			return 0, err
		}
	}
}
