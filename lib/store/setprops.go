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
	err := s.update(ctx, actFlags, req.Store, func(t *tx) error {
		out.Changes = make([]mapi.Change, len(req.IDs))
		for i, id := range req.IDs {
			change, err := t.setProps(id, req.Set, req.Delete)
			if mapi.CodeOf(err) == mapi.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			out.Changes[i] = change
		}
		return nil
	})
	if err != nil {
		return object.SetPropsResponse{}, err
	}
	return out, nil
}

func (t *tx) setProps(id mapi.ID, set mapi.Props, deleted []mapi.PropTag) (mapi.Change, error) {
	at, it, err := t.place(id)
	if err != nil {
		return 0, err
	}
	f, err := t.edit(at)
	if err != nil {
		return 0, err
	}
	var old prepared
	err = t.c.Row(func(r *sqlite.Rows) { old.summary, old.bag = r.Bytes(0), r.Bytes(1) }, "SELECT summary, bag FROM message WHERE id = ?", uint64(id))
	if err != nil {
		return 0, err
	}
	next := it
	setColumns(&next, set, deleted)
	inBag := func(t mapi.PropTag) bool { return !isComputed(t) }
	bag := wire.AppendChanged(nil, old.bag, filterProps(set, inBag), deleted)
	summary := old.summary
	if slices.ContainsFunc(set, func(p mapi.Prop) bool { return isSummary(p.Tag) }) || slices.ContainsFunc(deleted, isSummary) {
		summary = wire.AppendChanged(nil, old.summary, filterProps(set, isSummary), deleted)
	}
	if it.content < 0 {
		next.size += int64(len(bag) - len(old.bag))
	}
	next, err = t.rewriteItem(f, &it, next)
	if err != nil {
		return 0, err
	}
	return next.change, t.c.Exec("UPDATE message SET summary = ?, bag = ? WHERE id = ?", summary, bag, uint64(id))
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
