// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"sync"
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
	return w.tellProgress(done, goal, true)
}

// tellProgress tells how far the command at hand is, as far as that is known
// (RFC 9585 3).
func (w *ResponseWriter) tellProgress(done, goal uint64, known bool) error {
	b := append(w.Begin(), "* OK [INPROGRESS ("...)
	b = wire.AppendQuoted(b, w.c.tag)
	b = append(b, ' ')
	if known {
		b = wire.AppendUint(b, done)
	} else {
		b = append(b, "NIL"...)
	}
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

// Working tells the client now and then that the command at hand is still worked
// at, until stop is called: for what cannot tell by itself. The connection's own
// goroutine writes nothing meanwhile. State says how far the command is, done of
// goal things, and is called from another goroutine; a goal of 0 is not known,
// nor then is what is done.
func (c *Conn) Working(state func() (done, goal uint64)) (stop func()) {
	h := &heart{}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timer = time.AfterFunc(c.srv.cfg.Progress, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.over {
			return
		}
		done, goal := state()
		if c.w.tellProgress(done, goal, goal > 0) == nil { // else who writes the answer notices
			h.timer.Reset(c.srv.cfg.Progress)
		}
	})
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.over = true
		h.timer.Stop()
	}
}

// heart beats while a command is worked at.
type heart struct {
	mu    sync.Mutex // guards what follows, and the connection's writer
	timer *time.Timer
	over  bool
}
