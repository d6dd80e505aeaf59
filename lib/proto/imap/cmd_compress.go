// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
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
	if err := c.answerNow("Compression begins"); err != nil {
		return err
	}
	under := c.io.Under()
	if old, ok := under.(*deflated); ok && old.cleaned && len(old.raw) == 0 {
		under = old.under // that has ended
	}
	c.deflate = &deflated{
		under: under, more: c.readOn,
		raw: slices.Clone(c.io.Buffered()), buf: make([]byte, inflateRaw),
	}
	c.io.Layer(c.deflate)
	return errAnswered
}

// endCompression answers the command at hand, behind which nothing is compressed
// any more: neither what the client sends behind it, nor what it is answered.
func (c *Conn) endCompression(cmd string) error {
	if len(c.io.Buffered()) > 0 {
		return errStillCompressed
	}
	if err := c.w.Flush(); err != nil {
		return err
	}
	d := c.deflate
	c.deflate, d.last = nil, true
	if err := c.answerNow(cmd + " completed"); err != nil {
		return err
	}
	d.ending = true
	return errAnswered
}

// moreWithin is how long the rest of a compressed block may take without what
// there is of it being used.
const moreWithin = 5 * time.Millisecond

// readOn reads from below the compression what is on its way.
func (c *Conn) readOn(p []byte) (int, error) {
	if err := c.io.ExpectWithin(moreWithin); err != nil {
		return 0, err
	}
	return c.deflate.under.Read(p)
}
