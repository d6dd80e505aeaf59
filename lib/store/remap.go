// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// remap gives named properties the ids of another mailbox: an id from 0x8000 on
// means what the mailbox says. First note all messages, then read the names
// where they come from, then create them where they go to. Without named
// properties each step does nothing.
type remap struct {
	ids   map[uint16]uint16 // 0 until create, and for ids without a name
	names []object.NamedID
}

// note remembers the ids that a message uses; nil is a message that is gone.
func (r *remap) note(p *prepared) error {
	if p == nil {
		return nil
	}
	r.noteBag(p.bag)
	recipients, err := unpackRecipients(p.recipients)
	if err != nil {
		return err
	}
	for _, b := range recipients {
		r.noteBag(b)
	}
	attachments, err := unpackAttachments(p.attachments)
	for i := range attachments {
		r.noteBag(attachments[i].bag)
	}
	return err
}

func (r *remap) noteBag(b wire.Bag) {
	for t := range b.All {
		if !t.IsNamed() {
			continue
		}
		if r.ids == nil {
			r.ids = map[uint16]uint16{}
		}
		r.ids[t.ID()] = 0
	}
}

// read finds the names of the ids where they come from.
func (r *remap) read(c *sqlite.Conn, m *mailbox) error {
	if len(r.ids) == 0 {
		return nil
	}
	ids := make([]uint16, 0, len(r.ids))
	for id := range r.ids {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var err error
	r.names, err = m.namesOf(c, ids)
	return err
}

// create finds the ids of the names where they go to, and makes those that are
// not there.
func (r *remap) create(t *tx) error {
	if len(r.names) == 0 {
		return nil
	}
	names := make([]mapi.Name, len(r.names))
	for i := range r.names {
		names[i] = r.names[i].Name
	}
	ids, err := t.createNames(names)
	if err != nil {
		return err
	}
	for i, id := range ids {
		r.ids[r.names[i].ID] = id
	}
	return nil
}

// foreignNames is what a caller says that the ids in a message stand for; nil
// where it says nothing, or the message has none.
func foreignNames(list []object.NamedID, p *prepared) (*remap, error) {
	if len(list) == 0 {
		return nil, nil
	}
	var r remap
	if err := r.note(p); err != nil {
		return nil, err
	}
	for _, n := range list {
		if err := checkPropertyName(n.Name); err != nil {
			return nil, err
		}
		if _, used := r.ids[n.ID]; used {
			r.names = append(r.names, n)
		}
	}
	if len(r.ids) == 0 {
		return nil, nil
	}
	return &r, nil
}

// own is a message with the ids of the transaction's mailbox; nobody's remap
// leaves it as it is.
func (r *remap) own(t *tx, p *prepared) (*prepared, error) {
	if r == nil {
		return p, nil
	}
	mine, copied := remap{ids: maps.Clone(r.ids), names: r.names}, *p
	if err := mine.create(t); err != nil {
		return nil, err
	}
	err := mine.message(&copied)
	return &copied, err
}

// message translates all ids of a message. A property whose id has no name
// means nothing and is left out.
func (r *remap) message(p *prepared) error {
	if len(r.ids) == 0 {
		return nil
	}
	before := len(p.bag) + len(p.recipients) + len(p.attachments)
	p.bag = r.bag(p.bag)
	recipients, err := unpackRecipients(p.recipients)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(recipients, hasNamed) {
		p.recipients = r.packRecipients(recipients)
	}
	attachments, err := unpackAttachments(p.attachments)
	if err != nil {
		return err
	}
	for i := range attachments {
		attachments[i].bag = r.bag(attachments[i].bag)
	}
	p.attachments = packAttachments(attachments)
	after := len(p.bag) + len(p.recipients) + len(p.attachments)
	p.item.size += besides(p.item.content, len(p.summary)+after) - besides(p.item.content, len(p.summary)+before)
	return nil
}

func (r *remap) packRecipients(list []wire.Bag) []byte {
	out := binary.AppendUvarint(nil, uint64(len(list)))
	for _, b := range list {
		b = r.bag(b)
		out = binary.AppendUvarint(out, uint64(len(b)))
		out = append(out, b...)
	}
	return out
}

func hasNamed(b wire.Bag) bool {
	for t := range b.All {
		if t.IsNamed() {
			return true
		}
	}
	return false
}

// bag translates the ids of a bag; it is the same bag where it has none.
func (r *remap) bag(b wire.Bag) wire.Bag {
	if !hasNamed(b) {
		return b
	}
	return wire.AppendBag(nil, r.props(b))
}

func (r *remap) props(b wire.Bag) mapi.Props {
	var out mapi.Props
	for t, v := range b.All {
		id := t.ID()
		if t.IsNamed() {
			if id = r.ids[id]; id == 0 {
				continue
			}
		}
		out = append(out, mapi.Prop{Tag: mapi.NewTag(id, t.Type()), Value: v})
	}
	slices.SortFunc(out, func(a, b mapi.Prop) int { return cmp.Compare(a.Tag.ID(), b.Tag.ID()) })
	return out
}
