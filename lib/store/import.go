// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// imported is what a replica says of a message that it sends.
type imported struct {
	source       []byte // "": the message is new to both sides
	changeKey    mapi.XID
	predecessors mapi.Predecessors
	modified     uint64
}

// readImported reads that from properties. Only the change key must be there.
func readImported(n *object.NewMessage) (imported, error) {
	var out imported
	get := func(t mapi.PropTag) []byte { v, _ := n.Props.Get(t); return v.Bytes() }
	var err error
	if out.changeKey, err = mapi.ReadXID(get(tag.ChangeKey)); err != nil {
		return out, fmt.Errorf("import message: %w", err)
	}
	list, err := mapi.ReadPredecessors(get(tag.PredecessorChangeList))
	if err != nil {
		return out, fmt.Errorf("import message: %w", err)
	}
	out.predecessors = list.Merge(out.changeKey)
	if out.source = get(tag.SourceKey); len(out.source) > maxSourceKey {
		return out, fmt.Errorf("import message: source key of %d bytes: %w", len(out.source), mapi.InvalidParameter)
	}
	v, _ := n.Props.Get(tag.LastModificationTime)
	out.modified = v.Num()
	return out, nil
}

// importMessage saves a message that a replica sends, [MS-OXCFXICS] 3.2.5.9.4.2.
func (t *tx) importMessage(f *folder, p *prepared, n *object.NewMessage, associated bool) (object.SavedMessage, error) {
	in, err := readImported(n)
	if err != nil {
		return object.SavedMessage{}, err
	}
	id := n.ID
	if id == 0 && len(in.source) > 0 {
		if id, _, err = messageOfKey(t.c, t.m.guid, in.source); err != nil {
			return object.SavedMessage{}, err
		}
	}
	if id == 0 {
		return t.importNew(f, p, &in)
	}
	at, old, err := t.place(id)
	if err == nil {
		err = t.mayEdit(actReplace, at, old)
	}
	if err != nil {
		return object.SavedMessage{}, err
	}
	if at != f.id {
		return object.SavedMessage{}, fmt.Errorf("import message %s: it is in folder %s: %w", id, at, mapi.NotFound)
	}
	var bag wire.Bag
	if err := t.c.Row(func(r *sqlite.Rows) { bag = r.Bytes(0) }, "SELECT bag FROM message WHERE id = ?", uint64(id)); err != nil {
		return object.SavedMessage{}, err
	}
	here := lineageOf(t.m.guid, &old, bag)
	switch {
	case here.predecessors.Includes(in.predecessors):
		return object.SavedMessage{ID: id, UID: old.uid, Change: old.change, Code: mapi.SyncIgnore}, nil
	case in.predecessors.Includes(here.predecessors):
		return t.importOver(f, p, n, &in, id)
	}
	in.predecessors = in.predecessors.Merge(here.predecessors...)
	return t.importConflict(f, p, n, &in, &old, bag, associated)
}

// importNew saves a message that is not here: a new one, or one that was
// deleted here but changed there, which has more to lose.
func (t *tx) importNew(f *folder, p *prepared, in *imported) (object.SavedMessage, error) {
	if store, id, ok := mapi.ReadSourceKey(in.source); ok && store == t.m.guid && uint64(id) >= t.root().next {
		return object.SavedMessage{}, fmt.Errorf("import message: id %s of its source key was never given: %w", id, mapi.InvalidParameter)
	}
	saved, err := t.insert(f, p, t.nextID())
	if err != nil {
		return saved, err
	}
	if len(in.source) > 0 {
		if err := t.c.Exec("INSERT OR REPLACE INTO source (key, id) VALUES (?, ?)", in.source, uint64(saved.ID)); err != nil {
			return saved, err
		}
	}
	return saved, t.setOrigin(saved.ID, p.bag, &origin{modified: saved.Change, source: in.source,
		changeKey: in.changeKey.Bytes(), predecessors: in.predecessors.Bytes()})
}

// setOrigin writes a message's bag with an origin, whose store and id it fills in.
func (t *tx) setOrigin(id mapi.ID, bag wire.Bag, o *origin) error {
	o.store, o.id = t.m.guid, id
	return t.c.Exec("UPDATE message SET bag = ? WHERE id = ?", []byte(o.put(bag)), uint64(id))
}

// importOver puts what was sent in the place of the message that is here.
func (t *tx) importOver(f *folder, p *prepared, n *object.NewMessage, in *imported, id mapi.ID) (object.SavedMessage, error) {
	saved, err := t.replace(f, p, id, n.IfChange)
	if err != nil {
		return saved, err
	}
	var bag wire.Bag
	err = t.c.Row(func(r *sqlite.Rows) { bag = r.Bytes(0) }, "SELECT bag FROM message WHERE id = ?", uint64(id))
	if err != nil {
		return saved, err
	}
	o, _ := originOf(bag, t.m.guid, id)
	return saved, t.setOrigin(id, bag, &origin{modified: saved.Change, source: o.source,
		changeKey: in.changeKey.Bytes(), predecessors: in.predecessors.Bytes()})
}

// importConflict settles that both sides changed a message: the last
// modification stays, with the predecessors of both ([MS-OXCFXICS]
// 3.1.5.6), the other one goes to the Conflicts folder. Of associated
// messages nothing is kept.
func (t *tx) importConflict(f *folder, p *prepared, n *object.NewMessage, in *imported, old *item, bag wire.Bag, associated bool) (object.SavedMessage, error) {
	here := lineageOf(t.m.guid, old, bag)
	keep := func(save func(*folder) error) error {
		id := t.m.specialID(object.KindConflicts)
		if associated || id == 0 { // a store without such a folder
			return nil
		}
		to, err := t.edit(id)
		if err != nil {
			return err
		}
		return save(to)
	}
	if in.later(here.changeKey, modifiedAt(old, bag)) {
		err := keep(func(to *folder) error { _, err := t.copyItem(to, old); return err })
		if err != nil {
			return object.SavedMessage{}, err
		}
		saved, err := t.importOver(f, p, n, in, old.id)
		saved.Code = mapi.SyncConflict
		return saved, err
	}
	err := keep(func(to *folder) error { _, err := t.insert(to, p, t.nextID()); return err })
	if err != nil {
		return object.SavedMessage{}, err
	}
	saved, err := t.mergeVersion(f, old, bag, here.changeKey, in.predecessors)
	saved.Code = mapi.SyncConflict
	return saved, err
}

// mergeVersion has the message that stays tell that what was sent is among its
// predecessors. It is a change, so that all replicas get it.
func (t *tx) mergeVersion(f *folder, old *item, bag wire.Bag, changeKey []byte, list mapi.Predecessors) (object.SavedMessage, error) {
	now, err := t.rewriteItem(f, old, *old)
	if err != nil {
		return object.SavedMessage{}, err
	}
	t.touched(object.EventModified, f, old.id, now.change)
	o, _ := originOf(bag, t.m.guid, old.id)
	err = t.setOrigin(old.id, bag, &origin{modified: now.change, source: o.source, changeKey: changeKey, predecessors: list.Bytes()})
	return object.SavedMessage{ID: old.id, UID: now.uid, Change: now.change}, err
}

// modifiedAt is when a message was changed last: what was never changed came
// when it was received.
func modifiedAt(it *item, bag wire.Bag) uint64 {
	if v, ok := bag.Get(tag.LastModificationTime); ok {
		return v.Num()
	}
	return it.received
}

// later says whether what was sent is the later modification. Of two at the
// same time both sides choose the same.
func (in *imported) later(changeKey []byte, modified uint64) bool {
	if in.modified != modified {
		return in.modified > modified
	}
	return bytes.Compare(in.changeKey.Bytes(), changeKey) > 0
}
