// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"math"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// allUIDs are all there can be.
var allUIDs = []mapi.UIDRange{{First: 0, Last: math.MaxUint32}}

// normalise sorts ranges and joins those that touch, so that each UID is met
// once, in order. A range whose first is above its last is empty.
func normalise(list []mapi.UIDRange) []mapi.UIDRange {
	out := make([]mapi.UIDRange, 0, len(list))
	for _, r := range list {
		if r.First <= r.Last {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b mapi.UIDRange) int { return cmp.Compare(a.First, b.First) })
	n := 0
	for _, r := range out {
		if n > 0 && uint64(r.First) <= uint64(out[n-1].Last)+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
			continue
		}
		out[n] = r
		n++
	}
	return out[:n]
}

// spanOf is how many UIDs there are in the ranges.
func spanOf(ranges []mapi.UIDRange) (n int) {
	for _, r := range ranges {
		if r.First <= r.Last {
			n += int(r.Last-r.First) + 1
		}
	}
	return n
}

// chooseIn is a folder and those items of one of its lists that are in the
// ranges, as far as they are there for the session.
func (t *tx) chooseIn(l list, id mapi.ID, ranges []mapi.UIDRange) (*folder, []item, error) {
	return t.chooseBy(itemsIn, l, id, ranges)
}

// chooseFlags is chooseIn of the contents, where of the items only what SetFlags looks at is wanted.
func (t *tx) chooseFlags(id mapi.ID, ranges []mapi.UIDRange) (*folder, []item, error) {
	return t.chooseBy(flagsIn, listContents, id, ranges)
}

func (t *tx) chooseBy(read func(*sqlite.Conn, mapi.ID, []mapi.UIDRange) ([]item, error), l list, id mapi.ID, ranges []mapi.UIDRange) (*folder, []item, error) {
	f, err := t.lookHolder(id)
	if err == nil {
		err = t.need(id, 0)
	}
	if err != nil {
		return nil, nil, err
	}
	items, err := read(t.c, l.of(id), ranges)
	if err == nil {
		items, err = t.acc.shown(t.c, items)
	}
	return f, items, err
}

// itemsIn reads the items of a folder's list in the ranges, by UID.
func itemsIn(c *sqlite.Conn, key mapi.ID, ranges []mapi.UIDRange) ([]item, error) {
	_, l := listOf(key)
	var out []item
	for _, r := range normalise(ranges) {
		rows, err := c.Query("SELECT "+itemColumns+" FROM item WHERE folder = ? AND uid >= ? AND uid <= ? ORDER BY uid",
			uint64(key), uint32(r.First), uint32(r.Last))
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			it := item{list: l}
			scanItem(rows, 0, &it)
			out = append(out, it)
		}
		if err := rows.Close(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// flagsIn is itemsIn for UID, id, change, flags and keywords alone, which takes half
// the time.
func flagsIn(c *sqlite.Conn, key mapi.ID, ranges []mapi.UIDRange) ([]item, error) {
	_, l := listOf(key)
	var out []item
	for _, r := range normalise(ranges) {
		rows, err := c.Query("SELECT uid, id, change, flags, keywords FROM item WHERE folder = ? AND uid >= ? AND uid <= ? ORDER BY uid",
			uint64(key), uint32(r.First), uint32(r.Last))
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			out = append(out, item{uid: mapi.UID(rows.Int(0)), id: mapi.ID(rows.Int(1)), change: mapi.Change(rows.Int(2)),
				flags: object.Flags(rows.Int(3)), keywords: rows.Text(4), list: l})
		}
		if err := rows.Close(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// someItems reads some items of a folder's list, the next behind a UID.
func someItems(c *sqlite.Conn, key mapi.ID, after mapi.UID, n int) ([]item, error) {
	_, l := listOf(key)
	rows, err := c.Query("SELECT "+itemColumns+" FROM item WHERE folder = ? AND uid > ? ORDER BY uid LIMIT ?", uint64(key), uint32(after), n)
	if err != nil {
		return nil, err
	}
	var out []item
	for rows.Next() {
		it := item{list: l}
		scanItem(rows, 0, &it)
		out = append(out, it)
	}
	return out, rows.Close()
}
