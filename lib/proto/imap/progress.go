// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"time"

	"twiga/lib/proto/imap/wire"
)

// progressPause is the time between two responses that tell how far a command
// is (RFC 9585 3).
const progressPause = 10 * time.Second

// Progress tells a client that waits for a long time how far the command is:
// done of goal things, whatever they are; a goal of 0 is not known. It may be
// called as often as there is progress. Nothing of a response may be begun.
func (w *ResponseWriter) Progress(done, goal uint64) error {
	c := w.c
	now := time.Now()
	if c.progressAt.IsZero() {
		c.progressAt = now.Add(progressPause)
	}
	if now.Before(c.progressAt) {
		return w.err
	}
	c.progressAt = now.Add(progressPause)
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
