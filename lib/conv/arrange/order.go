// SPDX-License-Identifier: AGPL-3.0-or-later

package arrange

import (
	"cmp"
	"slices"
	"strings"
)

// Field is what messages are put into order by (RFC 5256 3, RFC 5957 3).
type Field uint8

// The fields.
const (
	Arrival Field = iota
	Cc
	Date
	From
	Size
	Subject
	To
	DisplayFrom
	DisplayTo
)

// Criterion is one of those that an order is made of.
type Criterion struct {
	By      Field
	Reverse bool
}

// NeedsRecords says whether an order looks at records.
func NeedsRecords(by []Criterion) bool {
	return slices.ContainsFunc(by, func(c Criterion) bool { return c.By != Arrival && c.By != Date && c.By != Size })
}

// maxOrders is how many orders a table keeps.
const maxOrders = 6

// order is an order of the first len(rows) messages.
type order struct {
	by   []Criterion
	rows []uint32
}

// Order gives the indexes of all messages in order; those that are equal in all
// criteria are in the order of the mailbox. It belongs to the table and is valid
// until that changes. Where the criteria need records, every message has one.
func (t *Table) Order(by []Criterion) []uint32 {
	at := slices.IndexFunc(t.orders, func(o *order) bool { return slices.Equal(o.by, by) })
	var o *order
	if at >= 0 {
		o = t.orders[at]
		t.orders = slices.Delete(t.orders, at, at+1)
	} else {
		o = &order{by: slices.Clone(by)}
	}
	if len(t.orders) == maxOrders {
		t.orders = slices.Delete(t.orders, 0, 1)
	}
	t.orders = append(t.orders, o) // used last
	if from := len(o.rows); from < t.Len() {
		fresh := make([]uint32, 0, t.Len()-from)
		for i := from; i < t.Len(); i++ {
			fresh = append(fresh, uint32(i))
		}
		compare := t.compare(by)
		if !slices.IsSortedFunc(fresh, compare) {
			slices.SortFunc(fresh, compare)
		}
		o.rows = mergeRows(o.rows, fresh, compare)
	}
	return o.rows
}

// Sort puts some messages, given by index, into order.
func (t *Table) Sort(rows []uint32, by []Criterion) { slices.SortFunc(rows, t.compare(by)) }

// Comparison compares messages, given by index, as they stand in that order;
// those that are equal in it by their index. It is good until the table changes.
func (t *Table) Comparison(by []Criterion) func(a, b uint32) int { return t.compare(by) }

// Compare compares two messages, given by index, by one criterion.
func (t *Table) Compare(c Criterion, a, b uint32) int {
	if c.Reverse {
		a, b = b, a
	}
	return t.column(c.By)(a, b)
}

// mergeRows joins two lists that are in order. What is added is little, most of
// the time, and belongs behind the rest.
func mergeRows(old, fresh []uint32, compare func(a, b uint32) int) []uint32 {
	if len(old) == 0 {
		return fresh
	}
	out := slices.Grow(slices.Clone(old), len(fresh))[:len(old)+len(fresh)]
	i, to := len(old), len(out)
	for j := len(fresh); j > 0; {
		// old[:i] and fresh[:j] are left; the last of fresh goes behind all of
		// old that are not above it.
		at, _ := slices.BinarySearchFunc(old[:i], fresh[j-1], compare)
		to -= copy(out[to-(i-at):to], old[at:i])
		i = at
		to--
		j--
		out[to] = fresh[j]
	}
	return out
}

// compare makes the comparison of messages by their indexes.
func (t *Table) compare(by []Criterion) func(a, b uint32) int {
	columns := make([]func(a, b uint32) int, len(by))
	for i, c := range by {
		f := t.column(c.By)
		if c.Reverse {
			columns[i] = func(a, b uint32) int { return f(b, a) }
		} else {
			columns[i] = f
		}
	}
	if len(columns) == 1 {
		first := columns[0]
		return func(a, b uint32) int {
			if n := first(a, b); n != 0 {
				return n
			}
			return cmp.Compare(a, b)
		}
	}
	return func(a, b uint32) int {
		for _, f := range columns {
			if n := f(a, b); n != 0 {
				return n
			}
		}
		return cmp.Compare(a, b)
	}
}

func (t *Table) column(by Field) func(a, b uint32) int {
	switch by {
	case Arrival:
		return numbers(t.received)
	case Date:
		return numbers(t.sent)
	case Size:
		return numbers(t.size)
	case Cc:
		return t.text(textCc)
	case From:
		return t.text(textFrom)
	case To:
		return t.text(textTo)
	case DisplayFrom:
		return t.text(textDisplayFrom)
	case DisplayTo:
		return t.text(textDisplayTo)
	}
	return t.text(textSubject)
}

func numbers(column []int64) func(a, b uint32) int {
	return func(a, b uint32) int { return cmp.Compare(column[a], column[b]) }
}

func (t *Table) text(which int) func(a, b uint32) int {
	column, words := t.texts[which], t.words
	return func(a, b uint32) int {
		if x, y := column[a], column[b]; x != y {
			return strings.Compare(words[x], words[y])
		}
		return 0
	}
}
