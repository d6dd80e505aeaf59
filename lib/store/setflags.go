// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
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
	m, acc, leave, err := s.mailbox(ctx, actFlags, req.Store)
	if err != nil {
		return out, err
	}
	defer leave()
	op := &operation{acc: acc, run: func(t *tx) error {
		out = object.SetFlagsResponse{}
		if err := t.setFlags(&req, packed, &out); err != nil {
			return err
		}
		t.mine.hard = len(out.Receipts) > 0 // the caller sends them, once
		return nil
	}}
	if m.softSized(req.Folder, req.UIDs) {
		op.flags = req.Folder
	}
	err = m.carryOut(ctx, op)
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
	if t.isSearch(req.Folder) {
		return t.setFlagsFound(req, packed, out)
	}
	if done, err := t.setFlagsBriefly(req, out); done || err != nil {
		return err
	}
	f, items, err := t.chooseFlags(req.Folder, req.UIDs)
	if err != nil {
		return err
	}
	fixed, err := t.mayFlag(req, items)
	if err != nil {
		return err
	}
	out.Before = f.state().Change
	out.Items = make([]object.FlagState, 0, len(items))
	if err := t.setEach(req, packed, fixed, items, out); err != nil {
		return err
	}
	if f, err = t.look(req.Folder); err != nil {
		return err
	}
	out.Change = f.state().Change
	return nil
}

// setEach changes the flags of items, but those that are fixed.
func (t *tx) setEach(req *object.SetFlagsRequest, packed string, fixed object.Flags, items []item, out *object.SetFlagsResponse) error {
	ranges := normalise(req.UIDs)
	if how, alike := flagChangeOf(req); alike && t.inBulk(ranges, len(items)) {
		return t.setFlagsInBulk(req, how, packed, ranges, items, out)
	}
	for i := range items {
		it := &items[i]
		if req.Conditional && it.change > req.UnchangedSince {
			out.Conflicts = append(out.Conflicts, it.uid)
			continue
		}
		changed, err := t.setItemFlags(req, packed, fixed, it, out)
		if err != nil {
			return err
		}
		out.Items = append(out.Items, object.FlagState{UID: it.uid, Change: it.change, Flags: it.flags,
			Keywords: unpackKeywords(it.keywords), Changed: changed})
	}
	return nil
}

// mayFlag says whether flags may be changed. FlagDeleted takes the right to
// remove the messages: whoever expunges the folder removes them. Where the session
// lacks it, a replacement of all flags leaves that one fixed.
func (t *tx) mayFlag(req *object.SetFlagsRequest, items []item) (fixed object.Flags, err error) {
	if t.acc.isFull() {
		return 0, nil
	}
	replaces, marks := req.Mode == object.FlagsReplace, req.Flags&object.FlagDeleted != 0
	if replaces || !marks || req.Flags != object.FlagDeleted || len(req.Keywords) > 0 {
		err = t.mayWith(actFlags, req.Folder, items)
	}
	if err != nil || !replaces && !marks {
		return 0, err
	}
	err = t.mayWith(actDelete, req.Folder, items)
	if replaces && mapi.CodeOf(err) == mapi.NoAccess {
		return object.FlagDeleted, nil
	}
	return 0, err
}

// setItemFlags changes one row, if it changes.
func (t *tx) setItemFlags(req *object.SetFlagsRequest, packed string, fixed object.Flags, it *item, out *object.SetFlagsResponse) (bool, error) {
	flags, keywords := it.flags, it.keywords
	switch req.Mode {
	case object.FlagsAdd:
		flags |= req.Flags
		keywords = mergeKeywords(keywords, req.Keywords, true)
	case object.FlagsRemove:
		flags &^= req.Flags
		keywords = mergeKeywords(keywords, req.Keywords, false)
	case object.FlagsReplace:
		replaced := object.FlagsSettable &^ (object.FlagsStatus | fixed)
		flags = flags&^replaced | req.Flags&replaced
		keywords = packed
	}
	if req.Receipts {
		wanted, err := t.wantsReceipt(it, flags)
		if err != nil {
			return false, err
		}
		if wanted {
			flags |= object.FlagMDNSent
			out.Receipts = append(out.Receipts, it.uid)
		}
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

// wantsReceipt says whether a message's sender asked for a read receipt and is
// to get it now that the message gets these flags: it is read, or is deleted
// unread, and nobody saw to the receipt yet ([MS-OXOMSG] 2.2.1.29).
func (t *tx) wantsReceipt(it *item, flags object.Flags) (bool, error) {
	const seen = object.FlagSeen
	read := flags&seen != 0 && it.flags&seen == 0
	unread := flags&seen == 0 && flags&object.FlagDeleted != 0 && it.flags&object.FlagDeleted == 0
	if (it.flags|flags)&object.FlagMDNSent != 0 || !read && !unread {
		return false, nil
	}
	var bag wire.Bag
	err := t.c.Row(func(r *sqlite.Rows) { bag = r.Bytes(0) }, "SELECT bag FROM message WHERE id = ?", uint64(it.id))
	v, _ := bag.Get(tag.ReadReceiptRequested)
	return v.Bool(), err
}

// writeFlags gives an item other flags and a change number.
func (t *tx) writeFlags(f *folder, it *item, flags object.Flags, keywords string) error {
	root := t.root()
	f.countFlags(it, -1)
	root.countFlags(it, -1)
	it.flags, it.keywords, it.change = flags, keywords, t.nextChange()
	f.countFlags(it, 1)
	root.countFlags(it, 1)
	f.change = it.change
	t.noteSearch(it.id, touchFlags)
	t.touched(object.EventModified, f, it.id, it.change)
	return t.c.Exec("UPDATE item SET flags = ?, keywords = ?, modified = coalesce(modified, change), change = ? WHERE folder = ? AND uid = ?",
		uint32(it.flags), textOrNull(it.keywords), uint64(it.change), uint64(it.list.of(f.id)), uint32(it.uid))
}
