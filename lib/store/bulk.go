// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// What is done to many messages at once is done by statements for all of them
// where nobody looks at each: a statement for a message costs three times as much
// as its rows.

const (
	bulkFrom  = 32 // messages from which it pays,
	bulkRange = 8  // and in each range, on average
)

// inBulk says whether all items in the ranges can be treated alike: the session
// sees each of them, and no search folder does.
func (t *tx) inBulk(ranges []mapi.UIDRange, items int) bool {
	s := t.find.now()
	return items >= max(bulkFrom, bulkRange*len(ranges)) && t.acc.isFull() && (s == nil || !s.active)
}

// flagChange is a change of flags that does not depend on the message: flags
// become those of keep that there are, and those of set.
type flagChange struct {
	keep, set object.Flags
	replace   bool // keywords become those of the request
}

// flagChangeOf is false where the outcome is another one for each message.
func flagChangeOf(req *object.SetFlagsRequest) (c flagChange, alike bool) {
	switch {
	case req.Conditional || req.Receipts:
		return c, false
	case req.Mode == object.FlagsReplace:
		const replaced = object.FlagsSettable &^ object.FlagsStatus
		return flagChange{^replaced, req.Flags & replaced, true}, true
	case len(req.Keywords) > 0:
		return c, false
	case req.Mode == object.FlagsAdd:
		return flagChange{^object.Flags(0), req.Flags, false}, true
	}
	return flagChange{^req.Flags, 0, false}, true
}

const (
	bulkFlags = `UPDATE item SET flags = (flags & ?1) | ?2, modified = coalesce(modified, change), change = ?3
		WHERE folder = ?4 AND uid >= ?5 AND uid <= ?6 AND flags <> (flags & ?1) | ?2`
	bulkReplace = `UPDATE item SET flags = (flags & ?1) | ?2, keywords = ?7, modified = coalesce(modified, change), change = ?3
		WHERE folder = ?4 AND uid >= ?5 AND uid <= ?6 AND (flags <> (flags & ?1) | ?2 OR keywords IS NOT ?7)`
)

// setFlagsInBulk changes flags of all items alike. They get one change number.
func (t *tx) setFlagsInBulk(req *object.SetFlagsRequest, how flagChange, packed string, ranges []mapi.UIDRange, items []item, out *object.SetFlagsResponse) error {
	var f, root *folder
	var err error
	for i := range items {
		it := &items[i]
		flags, keywords := it.flags&how.keep|how.set, it.keywords
		if how.replace {
			keywords = packed
		}
		changed := flags != it.flags || keywords != it.keywords
		if changed {
			if f == nil {
				if f, err = t.edit(req.Folder); err != nil {
					return err
				}
				f.change = t.nextChange()
				root = t.root()
			}
			f.countFlags(it, -1)
			root.countFlags(it, -1)
			it.flags, it.keywords, it.change = flags, keywords, f.change
			f.countFlags(it, 1)
			root.countFlags(it, 1)
			t.touched(object.EventModified, f, it.id, it.change)
		}
		out.Items = append(out.Items, object.FlagState{UID: it.uid, Change: it.change, Flags: it.flags,
			Keywords: unpackKeywords(it.keywords), Changed: changed})
	}
	if f == nil {
		return nil
	}
	return t.writeFlagsInBulk(f, how, packed, ranges, len(items))
}

// writeFlagsInBulk writes what setting flags of n items alike does to their rows.
func (t *tx) writeFlagsInBulk(f *folder, how flagChange, packed string, ranges []mapi.UIDRange, n int) error {
	for _, r := range ranges {
		args := []any{int64(how.keep), int64(how.set), uint64(f.change), uint64(f.id), uint32(r.First), uint32(r.Last)}
		sql := bulkFlags
		if how.replace {
			sql, args = bulkReplace, append(args, textOrNull(packed))
		}
		if err := t.c.Exec(sql, args...); err != nil {
			return err
		}
	}
	t.mine.pages += n / 16
	return nil
}

// bulkCounted tells how many messages of a range have which flags.
const bulkCounted = "SELECT flags, count(*) FROM item WHERE folder = ? AND uid >= ? AND uid <= ? GROUP BY flags"

// flagCount is how many messages have these flags.
type flagCount struct {
	flags object.Flags
	n     int
}

// countInBulk counts the messages of the ranges by their flags.
func (t *tx) countInBulk(f *folder, ranges []mapi.UIDRange) (list []flagCount, err error) {
	for _, r := range ranges {
		rows, err := t.c.Query(bulkCounted, uint64(f.id), uint32(r.First), uint32(r.Last))
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			list = append(list, flagCount{object.Flags(rows.Int(0)), int(rows.Int(1))})
		}
		if err := rows.Close(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// setFlagsBriefly is setFlagsInBulk for a caller who need not be told of each
// message: none of them is read by us. Not done: each is to be looked at.
func (t *tx) setFlagsBriefly(req *object.SetFlagsRequest, out *object.SetFlagsResponse) (done bool, err error) {
	how, alike := flagChangeOf(req)
	if !req.Brief || !alike || how.replace || t.fineWanted {
		return false, nil
	}
	f, err := t.lookHolder(req.Folder)
	ranges := normalise(req.UIDs)
	if err != nil || !t.inBulk(ranges, min(spanOf(ranges), int(f.total))) {
		return false, err
	}
	counts, err := t.countInBulk(f, ranges)
	if err != nil {
		return true, err
	}
	out.Brief, out.Before = true, f.state().Change
	for _, c := range counts {
		out.Messages += c.n
	}
	counts = slices.DeleteFunc(counts, func(c flagCount) bool { return c.flags&how.keep|how.set == c.flags })
	if len(counts) > 0 {
		if f, err = t.edit(req.Folder); err != nil {
			return true, err
		}
		f.change = t.nextChange()
		for _, c := range counts {
			for _, counted := range []*folder{f, t.root()} {
				counted.countFlags(&item{flags: c.flags}, -c.n)
				counted.countFlags(&item{flags: c.flags&how.keep | how.set}, c.n)
			}
		}
		t.touched(object.EventModified, f, 0, f.change) // of a single object nobody wants to hear
		err = t.writeFlagsInBulk(f, how, "", ranges, out.Messages)
	}
	out.Change = f.state().Change
	return true, err
}

// The statements of softDeleteInBulk, in order: of a list ?1, the UIDs from ?2 to
// ?3, those with one of the flags ?4 or, where that is 0, all.
const (
	bulkChosen     = " FROM item WHERE folder = ?1 AND uid >= ?2 AND uid <= ?3 AND (?4 = 0 OR flags & ?4 <> 0)"
	bulkTombstones = "INSERT INTO tombstone (folder, change, uid, id, kind) SELECT folder, ?5 + row_number() OVER (ORDER BY uid), uid, id, 0" + bulkChosen
	bulkDeleted    = "INSERT INTO deleted (object, at, origin) SELECT id, ?5, folder" + bulkChosen
	bulkMoved      = "INSERT INTO item (folder, " + itemInserted + ") SELECT folder | 144115188075855872, uid, id, ?5, flags, received, sent, size, content, class, keywords, saved, email" + bulkChosen
	bulkRemoved    = "DELETE" + bulkChosen
)

// softDeleteInBulk is softDelete for all of the items, those in the ranges with one
// of the flags, or, without flags, all that are there.
func (t *tx) softDeleteInBulk(f *folder, ranges []mapi.UIDRange, flags object.Flags, items []item) error {
	if err := t.m.e.deleted.mark(t.m.guid, t.now); err != nil {
		return err
	}
	root := t.root()
	for i := range items {
		it := &items[i]
		f.count(it, -1)
		root.count(it, -1)
		moved := *it
		moved.list = listDeleted
		f.count(&moved, 1)
		root.count(&moved, 1)
	}
	for _, r := range ranges {
		n := 0
		for ; len(items) > n && items[n].uid <= r.Last; n++ {
			t.touched(object.EventDeleted, f, items[n].id, root.change+mapi.Change(n)+1)
		}
		before := root.change
		root.change += mapi.Change(n)
		items = items[n:]
		for _, s := range []struct {
			sql string
			arg any
		}{{bulkTombstones, uint64(before)}, {bulkDeleted, mapi.FileTime(t.now)}, {bulkMoved, uint64(root.change)}} {
			if err := t.c.Exec(s.sql, uint64(f.id), uint32(r.First), uint32(r.Last), uint32(flags), s.arg); err != nil {
				return err
			}
		}
		if err := t.c.Exec(bulkRemoved, uint64(f.id), uint32(r.First), uint32(r.Last), uint32(flags)); err != nil {
			return err
		}
		t.mine.pages += n / 8
	}
	f.change = root.change
	return nil
}
