// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/pop3"
)

// What TOP reads at first: enough for most headers, and for the lines that it
// wants. If it is not, twice as much is read, and so on.
const (
	topHeader = 8 << 10
	topLine   = 80
	topMost   = 1 << 20
)

// Send implements proto.Maildrop. Messages that stand in a row and that the
// store has as bytes are read in one stream.
func (m *maildrop) Send(ctx context.Context, w *proto.MessageWriter, want []proto.Want) error {
	if err := m.refresh(ctx); err != nil {
		return answer(m.s.saw(err))
	}
	if len(want) == 1 && m.rows[want[0].Message].stored() {
		return answer(m.s.saw(m.sendOne(ctx, w, want[0])))
	}
	m.forget()
	for len(want) > 0 {
		n := 0
		for n < len(want) && m.rows[want[n].Message].stored() {
			n++
		}
		var err error
		if n > 0 {
			err = m.sendStored(ctx, w, want[:n], n)
		} else {
			n, err = 1, m.sendComposed(ctx, w, &m.rows[want[0].Message])
		}
		if err != nil {
			return answer(m.s.saw(err))
		}
		want = want[n:]
	}
	return nil
}

// stored says whether the message can be read as bytes.
func (r *row) stored() bool { return !r.composed && !r.gone }

// stretch is how many bytes of a message are read for what is wanted.
func (m *maildrop) stretch(x proto.Want) int64 {
	if x.Lines < 0 {
		return -1
	}
	return min(topHeader+topLine*int64(x.Lines), topMost)
}

// sendStored reads messages in one stream. The first n are passed on as they
// come, the rest is kept for later.
func (m *maildrop) sendStored(ctx context.Context, w *proto.MessageWriter, want []proto.Want, n int) error {
	items := make([]object.ReadItem, len(want))
	for i, x := range want {
		items[i] = object.ReadItem{Message: m.rows[x.Message].id, Length: m.stretch(x)}
	}
	r := relay{m: m, w: w, want: want, n: n, at: -1}
	for chunk, err := range m.s.store.Read(ctx, object.ReadRequest{Store: m.s.user.Store, Items: items}) {
		if err == nil {
			err = r.take(ctx, &chunk)
		} else {
			err = fmt.Errorf("read messages: %w", err)
		}
		if err != nil && r.served() { // what fails was not asked for yet
			m.forget()
			break
		}
		if err != nil {
			return err
		}
	}
	return r.end(ctx)
}

// relay passes a stream of messages on.
type relay struct {
	m     *maildrop
	w     *proto.MessageWriter
	want  []proto.Want
	n     int   // how many are passed on, the rest is kept
	at    int   // the message at hand
	begun bool  // it was begun and not ended
	left  int64 // bytes of it that are still to come
}

// served says whether all that was asked for has come.
func (r *relay) served() bool {
	return r.at >= r.n || r.at == r.n-1 && r.left == 0 && r.n < len(r.want)
}

func (r *relay) take(ctx context.Context, c *object.Chunk) error {
	more := c.Item == r.at
	if !more && (c.Item != r.at+1 || c.Item >= len(r.want)) {
		return fmt.Errorf("read messages: item %d follows on item %d: %w", c.Item, r.at, mapi.GeneralFailure)
	}
	if !more {
		if err := r.end(ctx); err != nil {
			return err
		}
		r.at = c.Item
	}
	switch {
	case r.at >= r.n:
		r.m.ahead.keep(c, more)
		return nil
	case !more && c.Code != 0:
		return r.w.Fail(proto.ErrMessageGone)
	case !more:
		r.begun, r.left = true, c.Size
		if err := r.w.Begin(r.m.rows[r.want[r.at].Message].size); err != nil {
			return err
		}
	}
	if !r.begun {
		return nil
	}
	if r.left -= int64(len(c.Data)); r.w.Full() {
		return nil
	}
	_, err := r.w.Write(c.Data)
	return err
}

// end ends the message at hand.
func (r *relay) end(ctx context.Context) error {
	if !r.begun {
		return nil
	}
	r.begun = false
	return r.m.end(ctx, r.w, r.want[r.at])
}

// end ends a message, of which TOP may want more than was read.
func (m *maildrop) end(ctx context.Context, w *proto.MessageWriter, x proto.Want) error {
	r := &m.rows[x.Message]
	for offset := m.stretch(x); offset >= 0 && offset < r.size && !w.Full(); {
		item := object.ReadItem{Message: r.id, Offset: offset, Length: min(offset, topMost)}
		for chunk, err := range m.s.store.Read(ctx, object.ReadRequest{Store: m.s.user.Store, Items: []object.ReadItem{item}}) {
			if err == nil && chunk.Code != 0 {
				err = chunk.Code
			}
			if err == nil && !w.Full() {
				_, err = w.Write(chunk.Data)
			}
			if err != nil {
				return fmt.Errorf("read message %s: %w", r.id, err)
			}
		}
		offset += item.Length
	}
	return w.End()
}
