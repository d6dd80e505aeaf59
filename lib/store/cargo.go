// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store/recipe"
)

// What one step carries to another store.
const (
	acrossBatch = 100      // messages,
	acrossBytes = 16 << 20 // or the one with which they are more
)

// cargo are messages of one folder on their way to another mailbox.
type cargo struct {
	store  mapi.GUID // where they come from
	folder mapi.ID
	items  []item
	list   []*prepared // nil for those that are gone
	names  remap
}

// loadCargo reads messages as they lie there, with their content kept from a sweep:
// as many of them as fit.
func loadCargo(ctx context.Context, m *mailbox, folder mapi.ID, items []item) (*cargo, error) {
	out := &cargo{store: m.guid, folder: folder}
	err := m.view(ctx, func(c *sqlite.Conn) error {
		size := 0
		for i := range items {
			p, err := readPrepared(c, &items[i])
			if p != nil {
				p.item.email = emailID(m.guid, &items[i])
			}
			if err == nil && p != nil {
				err = eachBlob(new(recipe.Recipe), p.body, func(id blob.ID) error { _, err := m.e.blobs.Touch(ctx, id); return err })
			}
			if err == nil {
				err = out.names.note(p)
			}
			if err != nil {
				return err
			}
			if out.list = append(out.list, p); p != nil {
				size += p.bytes()
			}
			if size > acrossBytes {
				break
			}
		}
		out.items = items[:len(out.list)]
		return out.names.read(c, m)
	})
	return out, err
}

// unloadCargo writes the messages into a folder of the mailbox; soft-deleted ones
// become ordinary. A transaction that is tried again finds the cargo as it was.
func (t *tx) unloadCargo(f *folder, in *cargo, moved bool) ([]object.UIDPair, error) {
	if err := in.names.create(t); err != nil {
		return nil, err
	}
	kind := object.EventCopied
	if moved {
		kind = object.EventMoved
	}
	var pairs []object.UIDPair
	for i, p := range in.list {
		if p == nil {
			continue // gone meanwhile
		}
		own := *p
		if err := in.names.message(&own); err != nil {
			return nil, err
		}
		if own.item.list == listDeleted {
			own.item.list = listContents
		}
		saved, err := t.add(f, &own, t.nextID())
		if err != nil {
			return nil, err
		}
		t.fine(object.Event{Kind: kind, Folder: f.id, Message: saved.ID, Change: saved.Change,
			Old: object.OldPlace{Store: in.store, Folder: in.folder, Message: in.items[i].id}})
		pairs = append(pairs, object.UIDPair{From: in.items[i].uid, To: saved.UID})
	}
	return pairs, nil
}

// bytes is about how much of memory a message takes.
func (p *prepared) bytes() int {
	return len(p.summary) + len(p.bag) + len(p.recipients) + len(p.attachments) + len(p.body)
}

// readPrepared reads a message as it lies there; nil where it is gone.
func readPrepared(c *sqlite.Conn, it *item) (*prepared, error) {
	p := &prepared{item: *it}
	p.item.flags &^= object.FlagSubmitted
	err := c.Row(func(r *sqlite.Rows) {
		p.summary, p.bag, p.recipients, p.attachments, p.body = r.Bytes(0), r.Bytes(1), r.Bytes(2), r.Bytes(3), r.Bytes(4)
	}, "SELECT m.summary, m.bag, m.recipients, m.attachments, b.recipe FROM message m"+withBody+"WHERE m.id = ?", uint64(it.id))
	if errors.Is(err, sqlite.ErrNoRow) {
		return nil, nil
	}
	return p, err
}
