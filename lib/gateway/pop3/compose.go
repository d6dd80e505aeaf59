// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"sync"

	"twiga/lib/gateway/content"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/pop3"
)

// maxSizes bounds the sizes that are remembered; beyond, all are forgotten.
const maxSizes = 100_000

// sizes remembers how large composed messages are. The zero value is ready for
// use.
type sizes struct {
	mu sync.Mutex // guards of
	of map[version]int64
}

// version is a message at a point of its life: flags do not count, as they do
// not change its MIME.
type version struct {
	store    mapi.GUID
	id       mapi.ID
	modified mapi.Change
}

func (z *sizes) get(v version) (int64, bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	n, ok := z.of[v]
	return n, ok
}

func (z *sizes) put(v version, n int64) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.of == nil || len(z.of) >= maxSizes {
		z.of = map[version]int64{}
	}
	z.of[v] = n
}

// unsized is a message whose size the store does not know.
type unsized struct {
	place    int
	modified mapi.Change
}

// measure composes those messages whose size is not known.
func (m *maildrop) measure(ctx context.Context, bare []unsized) error {
	guid := m.s.user.Store
	var ids []mapi.ID
	var open []unsized
	for _, u := range bare {
		r := &m.rows[u.place]
		if n, ok := m.s.gw.sizes.get(version{guid, r.id, u.modified}); ok {
			r.size = n
			continue
		}
		r.size = 0 // until it is known; for good if it is gone
		ids, open = append(ids, r.id), append(open, u)
	}
	for len(open) > 0 {
		n, err := m.measureSome(ctx, ids, open)
		if err != nil {
			return err
		}
		ids, open = ids[n:], open[n:]
	}
	return nil
}

// maxGathered bounds the messages that are read before they are composed.
const maxGathered = 64

// measureSome does so for the first ones. They are gathered first, so that
// their attachments are not read while the store is still telling.
func (m *maildrop) measureSome(ctx context.Context, ids []mapi.ID, open []unsized) (int, error) {
	n := min(len(ids), maxGathered)
	guid := m.s.user.Store
	found := make(map[mapi.ID]*object.Message, n)
	for msg, err := range m.s.store.GetMessages(ctx, object.GetMessagesRequest{Store: guid, IDs: ids[:n]}) {
		if err != nil {
			return 0, err
		}
		found[msg.ID] = content.Keep(&msg)
	}
	for i, u := range open[:n] {
		msg := found[ids[i]]
		if msg == nil {
			continue
		}
		var size counter
		if err := content.Write(ctx, m.s.store, &size, guid, msg, m.s.user.User); err != nil {
			return 0, err
		}
		m.rows[u.place].size = int64(size)
		m.s.gw.sizes.put(version{guid, msg.ID, u.modified}, int64(size))
	}
	return n, nil
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// sendComposed makes a message while it is sent, unless it is gone.
func (m *maildrop) sendComposed(ctx context.Context, w *proto.MessageWriter, r *row) error {
	if r.gone {
		return w.Fail(proto.ErrMessageGone)
	}
	msg, err := content.Find(ctx, m.s.store, m.s.user.Store, r.id)
	switch {
	case err != nil:
		return err
	case msg == nil:
		return w.Fail(proto.ErrMessageGone)
	}
	if err := w.Begin(r.size); err != nil {
		return err
	}
	if err := content.Write(ctx, m.s.store, w, m.s.user.Store, msg, m.s.user.User); err != nil {
		return err
	}
	return w.End()
}
