// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// SetProps implements object.Messages. What the store computes is passed over.
func (s *session) SetProps(ctx context.Context, req object.SetPropsRequest) (object.SetPropsResponse, error) {
	var out object.SetPropsResponse
	if len(req.IDs) > object.MaxIDs {
		return out, fmt.Errorf("set properties: %d ids: %w", len(req.IDs), mapi.InvalidParameter)
	}
	if len(req.IfChange) > 0 && len(req.IfChange) != len(req.IDs) {
		return out, fmt.Errorf("set properties: %d change numbers for %d ids: %w", len(req.IfChange), len(req.IDs), mapi.InvalidParameter)
	}
	m, acc, leave, err := s.mailbox(ctx, actFlags, req.Store)
	if err != nil {
		return out, err
	}
	defer leave()
	limits, err := m.quota(ctx)
	if err != nil {
		return out, coded(err)
	}
	err = m.updateAs(ctx, acc, func(t *tx) error {
		before := t.root().size
		out.Changes = make([]mapi.Change, len(req.IDs))
		for i, id := range req.IDs {
			ifChange := mapi.Change(0)
			if len(req.IfChange) > 0 {
				ifChange = req.IfChange[i]
			}
			change, err := t.setProps(id, ifChange, req.Set, req.Delete)
			if mapi.CodeOf(err) == mapi.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			out.Changes[i] = change
			if err := t.checkGrowth(before, limits); err != nil { // now, not when all is written
				return err
			}
		}
		return nil
	})
	if err != nil {
		return object.SetPropsResponse{}, err
	}
	return out, nil
}

func (t *tx) setProps(id mapi.ID, ifChange mapi.Change, set mapi.Props, deleted []mapi.PropTag) (mapi.Change, error) {
	at, it, err := t.place(id)
	if err == nil {
		err = t.mayEdit(actFlags, at, it)
	}
	if err != nil {
		return 0, err
	}
	f, err := t.edit(at)
	if err != nil {
		return 0, err
	}
	if it.flags&object.FlagSubmitted != 0 { // whose it may be was looked at
		return 0, fmt.Errorf("set properties of message %s: %w", id, mapi.Submitted)
	}
	if ifChange != 0 && ifChange != it.change {
		return 0, fmt.Errorf("set properties of message %s: change %d, expected %d: %w", id, it.change, ifChange, mapi.ObjectChanged)
	}
	var old prepared
	rest := 0 // bytes of what stays
	err = t.c.Row(func(r *sqlite.Rows) { old.summary, old.bag, rest = r.Bytes(0), r.Bytes(1), int(r.Int(2)) },
		"SELECT summary, bag, length(recipients) + length(attachments) FROM message WHERE id = ?", uint64(id))
	if err != nil {
		return 0, err
	}
	next := it
	setColumns(&next, set, deleted)
	inBag := func(t mapi.PropTag) bool { return !isComputed(t) }
	bag := wire.AppendChanged(nil, old.bag, filterProps(set, inBag), slices.DeleteFunc(slices.Clone(deleted), isComputed))
	if _, given := set.Get(tag.LastModificationTime); !given {
		bag = wire.AppendChanged(nil, bag, t.modificationTime(), nil)
	}
	summary := old.summary
	if slices.ContainsFunc(set, func(p mapi.Prop) bool { return isSummary(p.Tag) }) || slices.ContainsFunc(deleted, isSummary) {
		summary = wire.AppendChanged(nil, old.summary, filterProps(set, isSummary), deleted)
	}
	next.size += besides(it.content, rest+len(summary)+len(bag)) - besides(it.content, rest+len(old.summary)+len(old.bag))
	next.size = max(next.size, it.content, 0)
	next, err = t.rewriteItem(f, &it, next)
	if err != nil {
		return 0, err
	}
	t.touched(object.EventModified, f, id, next.change)
	return next.change, t.c.Exec("UPDATE message SET summary = ?, bag = ? WHERE id = ?", summary, bag, uint64(id))
}

// modificationTime is PidTagLastModificationTime of what changes now: of two
// versions in conflict the later one stays.
func (t *tx) modificationTime() mapi.Props {
	return mapi.Props{{Tag: tag.LastModificationTime, Value: mapi.Time(t.now)}}
}

// modifiedNow gives a bag the time of modification, where it has none.
func (t *tx) modifiedNow(bag wire.Bag) wire.Bag {
	if _, ok := bag.Get(tag.LastModificationTime); ok {
		return bag
	}
	return wire.AppendChanged(nil, bag, t.modificationTime(), nil)
}

// setColumns sets those properties that are columns of the item.
func setColumns(it *item, set mapi.Props, deleted []mapi.PropTag) {
	if v, ok := set.Get(tag.MessageClass); ok {
		it.class = classColumn(v.Text())
	}
	if v, ok := set.Get(tag.MessageDeliveryTime); ok {
		it.received = v.Num()
	}
	if v, ok := set.Get(tag.ClientSubmitTime); ok {
		it.sent = v.Num()
	} else if slices.Contains(deleted, tag.ClientSubmitTime) {
		it.sent = 0
	}
}

func filterProps(list mapi.Props, keep func(mapi.PropTag) bool) mapi.Props {
	var out mapi.Props
	for _, p := range list {
		if keep(p.Tag) {
			out = append(out, p)
		}
	}
	return out
}
