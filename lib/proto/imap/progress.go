// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"time"

	"twiga/lib/proto/imap/wire"
)

// Progress tells a client how far the command at hand is, as
// [ResponseWriter.Progress] does, for those that write nothing else. It is
// for the connection's own goroutine.
func (c *Conn) Progress(done, goal uint64) error { return c.w.Progress(done, goal) }

// Progress tells a client that waits for a long time how far the command is:
// done of goal things, whatever they are; a goal of 0 is not known. It may be
// called as often as there is progress. Nothing of a response may be begun.
func (w *ResponseWriter) Progress(done, goal uint64) error {
	c := w.c
	now, pause := time.Now(), c.srv.cfg.Progress
	if c.progressAt.IsZero() {
		c.progressAt = now.Add(pause)
	}
	if now.Before(c.progressAt) {
		return w.c.io.Broken()
	}
	c.progressAt = now.Add(pause)
	b := append(w.Begin(), "* OK [INPROGRESS ("...)
	b = wire.AppendQuoted(b, c.tag)
	b = append(b, ' ')
	b = wire.AppendUint(b, done)
	b = append(b, ' ')
	if goal > 0 {
		b = wire.AppendUint(b, max(goal, done))
	} else {
		b = append(b, "NIL"...)
	}
	if err := w.End(append(b, ")] Still at it\r\n"...)); err != nil {
		return err
	}
	return w.Flush()
}
