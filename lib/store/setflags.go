// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// SetFlags implements object.Messages.
func (s *session) SetFlags(ctx context.Context, req object.SetFlagsRequest) (object.SetFlagsResponse, error) {
	var out object.SetFlagsResponse
	if err := checkSetFlags(&req); err != nil {
		return out, err
	}
	packed, err := packKeywords(req.Keywords)
	if err != nil {
		return out, err
	}
	err = s.update(ctx, actFlags, req.Store, func(t *tx) error {
		out = object.SetFlagsResponse{}
		return t.setFlags(&req, packed, &out)
	})
	if err != nil {
		return object.SetFlagsResponse{}, err
	}
	return out, nil
}

func checkSetFlags(req *object.SetFlagsRequest) error {
	if req.Mode < object.FlagsAdd || req.Mode > object.FlagsReplace {
		return fmt.Errorf("set flags: mode %d: %w", req.Mode, mapi.InvalidParameter)
	}
	if req.Flags&^object.FlagsSettable != 0 {
		return fmt.Errorf("set flags 0x%x: %w", uint32(req.Flags), mapi.UnknownFlags)
	}
	return nil
}

// setFlags reads the rows in the ranges and writes those that change. The list
// of them is known before the first is written.
func (t *tx) setFlags(req *object.SetFlagsRequest, packed string, out *object.SetFlagsResponse) error {
	f, items, err := t.choose(req.Folder, req.UIDs)
	if err != nil {
		return err
	}
	out.Before = f.state().Change
	out.Items = make([]object.FlagState, 0, len(items))
	for i := range items {
		it := &items[i]
		if req.Conditional && it.change > req.UnchangedSince {
			out.Conflicts = append(out.Conflicts, it.uid)
			continue
		}
		changed, err := t.setItemFlags(req, packed, it)
		if err != nil {
			return err
		}
		out.Items = append(out.Items, object.FlagState{UID: it.uid, Change: it.change, Flags: it.flags,
			Keywords: unpackKeywords(it.keywords), Changed: changed})
	}
	if f, err = t.look(req.Folder); err != nil {
		return err
	}
	out.Change = f.state().Change
	return nil
}

// setItemFlags changes one row, if it changes.
func (t *tx) setItemFlags(req *object.SetFlagsRequest, packed string, it *item) (bool, error) {
	flags, keywords := it.flags, it.keywords
	switch req.Mode {
	case object.FlagsAdd:
		flags |= req.Flags
		keywords = mergeKeywords(keywords, req.Keywords, true)
	case object.FlagsRemove:
		flags &^= req.Flags
		keywords = mergeKeywords(keywords, req.Keywords, false)
	case object.FlagsReplace:
		flags = flags&^object.FlagsSettable | req.Flags
		keywords = packed
	}
	if flags == it.flags && keywords == it.keywords {
		return false, nil
	}
	f, err := t.edit(req.Folder)
	if err != nil {
		return false, err
	}
	if len(keywords) > object.MaxKeywords*(object.MaxKeywordLength+1) || len(unpackKeywords(keywords)) > object.MaxKeywords {
		return false, fmt.Errorf("set keywords of message %s: %w", it.id, mapi.TooBig)
	}
	return true, t.writeFlags(f, it, flags, keywords)
}

// writeFlags gives an item other flags and a change number.
func (t *tx) writeFlags(f *folder, it *item, flags object.Flags, keywords string) error {
	root := t.root()
	f.countFlags(it.flags, -1)
	root.countFlags(it.flags, -1)
	it.flags, it.keywords, it.change = flags, keywords, t.nextChange()
	f.countFlags(it.flags, 1)
	root.countFlags(it.flags, 1)
	f.change = it.change
	return t.c.Exec("UPDATE item SET flags = ?, keywords = ?, change = ? WHERE folder = ? AND uid = ?",
		uint32(it.flags), textOrNull(it.keywords), uint64(it.change), uint64(f.id), uint32(it.uid))
}
