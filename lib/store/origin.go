// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"encoding/binary"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// origin is what a message keeps of the replicas that it came from, in its bag
// under tag.TwigaOrigin. It counts for the one message that it names, so that
// copies, which take the bag along, are objects of their own.
type origin struct {
	store        mapi.GUID
	id           mapi.ID
	modified     mapi.Change // at which the version was imported
	source       []byte      // the source key where it is a foreign one
	changeKey    []byte      // of that version
	predecessors []byte      // of that version
}

func (o *origin) pack() []byte {
	out := append([]byte{}, o.store[:]...)
	out = binary.AppendUvarint(out, uint64(o.id))
	out = binary.AppendUvarint(out, uint64(o.modified))
	for _, b := range [][]byte{o.source, o.changeKey, o.predecessors} {
		out = binary.AppendUvarint(out, uint64(len(b)))
		out = append(out, b...)
	}
	return out
}

// originOf reads the origin of a message from its bag; false where it has none.
func originOf(bag wire.Bag, store mapi.GUID, id mapi.ID) (o origin, ok bool) {
	v, ok := bag.Get(tag.TwigaOrigin)
	if !ok {
		return o, false
	}
	u := unpacker{b: v.Bytes()}
	copy(o.store[:], u.bytes(uint64(len(o.store))))
	o.id, o.modified = mapi.ID(u.uvarint()), mapi.Change(u.uvarint())
	o.source, o.changeKey, o.predecessors = u.bytes(u.uvarint()), u.bytes(u.uvarint()), u.bytes(u.uvarint())
	return o, !u.bad && o.store == store && o.id == id
}

// put gives a bag the origin.
func (o *origin) put(bag wire.Bag) wire.Bag {
	return wire.AppendChanged(nil, bag, mapi.Props{{Tag: tag.TwigaOrigin, Value: mapi.Binary(o.pack())}}, nil)
}

// keepOrigin gives a bag that takes the place of a message's old one the
// message's origin.
func keepOrigin(bag, old wire.Bag) wire.Bag {
	v, ok := old.Get(tag.TwigaOrigin)
	if !ok {
		return bag
	}
	return wire.AppendChanged(nil, bag, mapi.Props{{Tag: tag.TwigaOrigin, Value: v}}, nil)
}

// lineage is a message as replicas see it.
type lineage struct {
	source       []byte
	changeKey    []byte
	predecessors mapi.Predecessors
}

// lineageOf is a message's version: the one that was imported, as long as the
// message was not changed here since ([MS-OXCFXICS] 3.2.5.9.4.2), else what
// this store made of it.
func lineageOf(store mapi.GUID, it *item, bag wire.Bag) lineage {
	own := mapi.ChangeXID(store, it.modified)
	v := lineage{source: mapi.SourceKey(store, it.id)}
	o, ok := originOf(bag, store, it.id)
	if !ok {
		v.changeKey, v.predecessors = own.Bytes(), mapi.Predecessors{own}
		return v
	}
	if len(o.source) > 0 {
		v.source = o.source
	}
	v.predecessors, _ = mapi.ReadPredecessors(o.predecessors) // it was read when it came
	if v.changeKey = o.changeKey; it.modified != o.modified {
		v.changeKey, v.predecessors = own.Bytes(), v.predecessors.Merge(own)
	}
	return v
}

// isLineage says whether a computed property wants the bag.
func isLineage(t mapi.PropTag) bool {
	id := t.ID()
	return id == tag.SourceKey.ID() || id == tag.ChangeKey.ID() || id == tag.PredecessorChangeList.ID()
}
