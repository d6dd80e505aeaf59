// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"fmt"

	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/pop3"
)

// Bounds of what is read before a client asks for it.
const (
	aheadMessages = 64        // of one session
	aheadBytes    = 256 << 10 // of one session
	aheadAll      = 64 << 20  // of all sessions
)

// ahead is what was read for a client that asks for one message after the
// other and waits for each: most do. The longer it goes on so the more is read
// at once.
type ahead struct {
	next, lines int      // what would go on the run
	run         int      // messages that were last read together
	at          int      // place of the first one kept
	kept        [][]byte // nil: it could not be had
	held        int64    // bytes of them, counted in Gateway.ahead
}

// forget gives back what was read.
func (m *maildrop) forget() {
	m.s.gw.ahead.Add(-m.ahead.held)
	m.ahead.kept, m.ahead.held = nil, 0
}

// sendOne sends a message that the client waits for.
func (m *maildrop) sendOne(ctx context.Context, w *proto.MessageWriter, x proto.Want) error {
	a := &m.ahead
	if x.Message != a.next || x.Lines != a.lines {
		m.forget()
		a.run = 0
	}
	a.next, a.lines = x.Message+1, x.Lines
	if len(a.kept) > 0 && a.at == x.Message {
		return m.sendKept(ctx, w, x)
	}
	m.forget()
	a.run = min(max(1, 2*a.run), aheadMessages)
	want := append(make([]proto.Want, 0, a.run), x)
	for n := m.worth(x); n > 0; n-- {
		want = append(want, proto.Want{Message: x.Message + len(want), Lines: x.Lines})
	}
	return m.sendStored(ctx, w, want, 1)
}

// worth is how many messages behind one are to be read with it.
func (m *maildrop) worth(x proto.Want) (n int) {
	var size int64
	for i := x.Message + 1; n < m.ahead.run-1 && i < len(m.rows) && m.rows[i].stored(); i++ {
		part := m.rows[i].size
		if s := m.stretch(x); s >= 0 {
			part = min(part, s)
		}
		if size+part > aheadBytes {
			break
		}
		size += part
		n++
	}
	if m.s.gw.ahead.Add(size) > aheadAll {
		m.s.gw.ahead.Add(-size)
		return 0
	}
	m.ahead.at, m.ahead.held = x.Message+1, size
	return n
}

// keep takes what was read of a message ahead; more says that it goes on one
// that was begun.
func (a *ahead) keep(c *object.Chunk, more bool) {
	switch {
	case more:
		last := &a.kept[len(a.kept)-1]
		*last = append(*last, c.Data...)
	case c.Code != 0:
		a.kept = append(a.kept, nil)
	default:
		a.kept = append(a.kept, append(make([]byte, 0, c.Size), c.Data...))
	}
}

// sendKept sends a message that was read before.
func (m *maildrop) sendKept(ctx context.Context, w *proto.MessageWriter, x proto.Want) error {
	a := &m.ahead
	data := a.kept[0]
	a.at++
	if a.kept = a.kept[1:]; len(a.kept) == 0 {
		m.forget()
	}
	if data == nil {
		return w.Fail(proto.ErrMessageGone)
	}
	if err := w.Begin(m.rows[x.Message].size); err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("send message: %w", err)
	}
	return m.end(ctx, w, x)
}
