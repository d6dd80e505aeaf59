// SPDX-License-Identifier: AGPL-3.0-or-later

package query

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/tag"
)

// Group is one group of rows at one depth, [MS-OXCTABL] 2.2.2.3.
type Group struct {
	ID       int64 // the same as long as the group's values are
	Depth    int   // 0 is the outermost
	Count    int
	Unread   int
	Expanded bool

	key    []byte
	column mapi.PropTag
	value  mapi.Value // zero where the rows have not got the property
}

// Get implements match.Source: a header row.
func (g *Group) Get(t mapi.PropTag) (mapi.Value, bool) {
	var v mapi.Value
	switch t.ID() {
	case tag.RowType.ID():
		v = mapi.Int32(int32(mapi.RowCollapsed))
		if g.Expanded {
			v = mapi.Int32(int32(mapi.RowExpanded))
		}
	case tag.Depth.ID():
		v = mapi.Int32(int32(g.Depth))
	case tag.InstID.ID():
		v = mapi.Int64(g.ID)
	case tag.InstanceNum.ID():
		v = mapi.Int32(0)
	case tag.ContentCount.ID():
		v = mapi.Int32(int32(g.Count))
	case tag.ContentUnreadCount.ID():
		v = mapi.Int32(int32(g.Unread))
	case g.column.ID():
		v = g.value
	}
	return v, !v.IsZero() && typeFits(t, v)
}

// groups are those of a table, by their keys at all depths.
type groups struct {
	shape *Shape
	names *match.Sorter // what groups are known by, whatever the direction of the order
	byKey map[string]*Group
	bytes int // that they take
}

func (g *groups) init(s *Shape) (err error) {
	if s.Categories == 0 {
		return nil
	}
	rising := slices.Clone(s.Sort)
	for i := range rising {
		rising[i].Descending = false
	}
	g.shape, g.byKey = s, map[string]*Group{}
	g.names, err = match.NewLocaleSorter(rising, s.Locale)
	return err
}

// count counts a row in its group of a depth and says whether that is expanded.
func (g *groups) count(depth int, key []byte, of match.Source, unread bool) bool {
	group := g.byKey[string(key)]
	if group == nil {
		group = g.add(depth, key, of)
	}
	group.Count++
	if unread {
		group.Unread++
	}
	return group.Expanded
}

func (g *groups) add(depth int, key []byte, of match.Source) *Group {
	t := g.shape.Sort[depth].Tag
	group := &Group{ID: g.id(depth, of), Depth: depth, key: bytes.Clone(key), column: t}
	if v, ok := of.Get(t); ok {
		group.value = clone(v)
	} else if v, ok := of.Get(t.WithType(mapi.PtypUnspecified)); ok {
		group.value = clone(v)
	}
	group.Expanded = depth < g.shape.Expanded != g.shape.toggled[group.ID]
	g.byKey[string(key)] = group
	g.bytes += 2*len(key) + len(group.value.Bytes()) + 2*entryBytes
	return group
}

func clone(v mapi.Value) mapi.Value { return mapi.Raw(v.Type(), v.Num(), bytes.Clone(v.Bytes())) }

// headerBit tells the ids of headers from those of rows.
const headerBit = 1 << 62

func (g *groups) id(depth int, of match.Source) int64 {
	h := fnv.New64a()
	_, _ = h.Write(binary.AppendUvarint(nil, uint64(depth)))
	var key []byte
	for i := range depth + 1 {
		key = g.names.ColumnKey(key, i, of)
	}
	_, _ = h.Write(key)
	return int64(h.Sum64()&(headerBit-1) | headerBit)
}

// lines gives headers and rows; the rows are those of expanded groups, in order.
func (g *groups) lines(rows []entry, yield func(Line) bool) {
	list := make([]*Group, 0, len(g.byKey))
	for _, group := range g.byKey {
		list = append(list, group)
	}
	slices.SortFunc(list, func(a, b *Group) int { return cmp.Or(bytes.Compare(a.key, b.key), cmp.Compare(a.Depth, b.Depth)) })
	closed := -1 // the depth of the collapsed group that hides what follows
	for _, group := range list {
		if closed >= 0 && group.Depth > closed {
			continue
		}
		closed = -1
		if !yield(Line{Header: group}) {
			return
		}
		if !group.Expanded {
			closed = group.Depth
			continue
		}
		if group.Depth != g.shape.Categories-1 {
			continue
		}
		for len(rows) > 0 && bytes.HasPrefix(rows[0].key, group.key) {
			if !yield(Line{Ref: rows[0].ref, Instance: rows[0].instance}) {
				return
			}
			rows = rows[1:]
		}
	}
}
