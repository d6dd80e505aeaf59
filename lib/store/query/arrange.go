// SPDX-License-Identifier: AGPL-3.0-or-later

package query

import (
	"bytes"
	"cmp"
	"container/heap"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/object"
)

// What an order made in memory may take.
const (
	maxArranged = 256 << 20 // bytes
	entryBytes  = 64        // of a line beside its key
)

// Arranger puts rows into order in memory: it keeps a key of each, or of the
// first ones only.
type Arranger struct {
	shape  *Shape
	sorter *match.Sorter
	keep   int // how many rows are wanted; 0 is all
	list   entries
	groups groups
	key    []byte
	bytes  int // that the lines take
	most   int // that they may take
}

// Line is one line of an arranged table: a row, or the header of a group.
type Line struct {
	Header   *Group
	Ref      uint64 // the row, as Add named it
	Instance int    // which of its instances
}

// entry is an instance of a row.
type entry struct {
	key      []byte
	ref, tie uint64
	instance int
}

// entries is a heap whose top is the last one in order.
type entries []entry

func (a entry) compare(b entry) int {
	return cmp.Or(bytes.Compare(a.key, b.key), cmp.Compare(a.tie, b.tie), cmp.Compare(a.instance, b.instance))
}

func (e entries) Len() int           { return len(e) }
func (e entries) Less(i, j int) bool { return e[i].compare(e[j]) > 0 }
func (e entries) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *entries) Push(x any)        { *e = append(*e, x.(entry)) }
func (e *entries) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// NewArranger is an arranger of the rows of a shape. keep is how many lines of
// it are wanted, 0 is all.
func NewArranger(s *Shape, keep int) (*Arranger, error) {
	sorter, err := match.NewLocaleSorter(s.Sort, s.Locale)
	if err != nil {
		return nil, err
	}
	a := &Arranger{shape: s, sorter: sorter, most: maxArranged}
	if s.Categories == 0 {
		a.keep = keep
	}
	return a, a.groups.init(s)
}

// Full is an error where the rows take more memory than they may; then no more
// are to be added. NotEnoughResources.
func (a *Arranger) Full() error {
	if n := a.bytes + a.groups.bytes; n > a.most {
		return fmt.Errorf("sort %d lines: they take more than %d bytes: %w", len(a.list), a.most, mapi.NotEnoughResources)
	}
	return nil
}

// Add takes a row. Rows that are alike stay in the order of tie. unread says
// whether it counts as such in its groups.
func (a *Arranger) Add(row match.Source, ref, tie uint64, unread bool) {
	n := 0
	for of := range a.shape.Instances(row) {
		a.add(of, entry{ref: ref, tie: tie, instance: n}, unread)
		n++
	}
}

func (a *Arranger) add(of match.Source, e entry, unread bool) {
	a.key = a.key[:0]
	open := true
	for i := range a.shape.Sort {
		a.key = a.sorter.ColumnKey(a.key, i, of)
		if i < a.shape.Categories {
			open = a.groups.count(i, a.key, of, unread) && open
		}
	}
	if !open {
		return
	}
	e.key = a.key
	if a.keep > 0 && len(a.list) == a.keep {
		if e.compare(a.list[0]) < 0 {
			a.bytes += len(e.key) - len(a.list[0].key)
			e.key = append(a.list[0].key[:0], e.key...)
			a.list[0] = e
			heap.Fix(&a.list, 0)
		}
		return
	}
	e.key = bytes.Clone(e.key)
	a.bytes += len(e.key) + entryBytes
	if a.keep > 0 {
		heap.Push(&a.list, e)
		return
	}
	a.list = append(a.list, e)
}

// Lines gives the table in order. The arranger is used up.
func (a *Arranger) Lines(yield func(Line) bool) {
	slices.SortFunc(a.list, entry.compare)
	if a.shape.Categories > 0 {
		a.groups.lines(a.list, yield)
		return
	}
	for i := range a.list {
		if !yield(Line{Ref: a.list[i].ref, Instance: a.list[i].instance}) {
			return
		}
	}
}

// Shape is what a query makes of the rows beside choosing them.
type Shape struct {
	Sort       mapi.SortOrder
	Locale     string
	Categories int
	Expanded   int
	toggled    map[int64]bool
	instance   mapi.PropTag // the column whose values are rows, 0 for none
}

// NewShape checks the shape that a request asks for. InvalidParameter,
// TooComplex (MaxSortKeys, MaxCategories), BadColumn.
func NewShape(req *object.QueryRequest) (*Shape, error) {
	if err := check(req); err != nil {
		return nil, err
	}
	s := &Shape{Sort: req.Sort, Locale: req.Locale, Categories: req.Categories, Expanded: req.Expanded}
	if len(req.Toggled) > 0 {
		s.toggled = make(map[int64]bool, len(req.Toggled))
		for _, id := range req.Toggled {
			s.toggled[id] = true
		}
	}
	var err error
	if s.instance, err = instanceTag(req); err != nil {
		return nil, err
	}
	_, err = match.NewLocaleSorter(nil, s.Locale)
	return s, err
}
