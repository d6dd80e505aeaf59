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
	for len(want) > 0 {
		n := 0
		for n < len(want) && m.rows[want[n].Message].stored() {
			n++
		}
		var err error
		if n > 0 {
			err = m.sendStored(ctx, w, want[:n])
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

// sendStored reads messages in one stream and passes them on as they come.
func (m *maildrop) sendStored(ctx context.Context, w *proto.MessageWriter, want []proto.Want) error {
	items := make([]object.ReadItem, len(want))
	for i, x := range want {
		items[i] = object.ReadItem{Message: m.rows[x.Message].id, Length: m.stretch(x)}
	}
	at, begun := -1, false
	for chunk, err := range m.s.store.Read(ctx, object.ReadRequest{Store: m.s.user.Store, Items: items}) {
		if err != nil {
			return fmt.Errorf("read messages: %w", err)
		}
		if chunk.Item != at {
			if chunk.Item != at+1 || chunk.Item >= len(want) {
				return fmt.Errorf("read messages: item %d follows on item %d: %w", chunk.Item, at, mapi.GeneralFailure)
			}
			if begun {
				if err := m.end(ctx, w, want[at]); err != nil {
					return err
				}
			}
			at = chunk.Item
			if begun = chunk.Code == 0; !begun {
				err = w.Fail(proto.ErrMessageGone)
			} else {
				err = w.Begin(chunk.Size)
			}
			if err != nil {
				return err
			}
		}
		if begun && !w.Full() {
			if _, err := w.Write(chunk.Data); err != nil {
				return err
			}
		}
	}
	if begun {
		return m.end(ctx, w, want[at])
	}
	return nil
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
