// SPDX-License-Identifier: AGPL-3.0-or-later

package arrange

import (
	"cmp"
	"math"
	"slices"
)

// none stands for no node.
const none = int32(-1)

// node is a message, or the place of one that is not there, in the tree of
// THREAD=REFERENCES.
type node struct {
	row    uint32 // of the message, dummy for none
	parent int32
	first  int32 // child
	next   int32 // sibling
	date   int64 // of the message, else of what it is sorted by
}

// dummy is the row of a node without a message.
const dummy = math.MaxUint32

// linker makes the tree.
type linker struct {
	t     *Table
	nodes []node
	byID  map[ID]int32
	kids  []int32 // scratch
}

// references makes threads by the ids that messages name, RFC 5256 3; subjects
// says whether those with one base subject are then joined: REFERENCES, else
// REFS.
func (t *Table) references(rows []uint32, subjects bool) []uint32 {
	l := linker{t: t, nodes: make([]node, 0, len(rows)+len(rows)/2), byID: make(map[ID]int32, len(rows)+len(rows)/2)}
	for i, m := range rows {
		l.nodes = append(l.nodes, node{row: m, parent: none, first: none, next: none, date: t.sent[m]})
		if id := t.ids[m]; id != 0 {
			if _, double := l.byID[id]; !double { // the first one has the id
				l.byID[id] = int32(i)
			}
		}
	}
	for i := range rows {
		l.link(int32(i))
	}
	roots := l.roots()
	if subjects {
		l.sortRoots(roots)
		roots = l.join(roots)
	}
	for i := range roots {
		l.sortBelow(roots[i])
	}
	if subjects {
		l.sortRoots(roots)
	} else {
		l.sortByLatest(roots)
	}
	out := make([]uint32, 0, 3*len(rows))
	for _, r := range roots {
		out = append(l.tokens(append(out, Open), r), Close)
	}
	return out
}

// of is the node of an id.
func (l *linker) of(id ID) int32 {
	if n, ok := l.byID[id]; ok {
		return n
	}
	n := int32(len(l.nodes))
	l.nodes = append(l.nodes, node{row: dummy, parent: none, first: none, next: none})
	l.byID[id] = n
	return n
}

// link puts a message below those that it names: step 1.
func (l *linker) link(n int32) {
	m := l.nodes[n].row
	last := none
	for _, id := range l.t.refs[l.t.refAt[m]:l.t.refAt[m+1]] {
		next := l.of(id)
		if last != none && l.nodes[next].parent == none && !l.above(next, last) {
			l.adopt(last, next)
		}
		last = next
	}
	if last == l.nodes[n].parent || last != none && l.above(n, last) {
		return
	}
	l.unlink(n) // what was there came from another message
	if last != none {
		l.adopt(last, n)
	}
}

// above says whether a is b or an ancestor of it.
func (l *linker) above(a, b int32) bool {
	if l.nodes[a].first == none {
		return a == b
	}
	for ; b != none; b = l.nodes[b].parent {
		if a == b {
			return true
		}
	}
	return false
}

// adopt makes n, which has no parent, a child of parent.
func (l *linker) adopt(parent, n int32) {
	l.nodes[n].parent, l.nodes[n].next = parent, l.nodes[parent].first
	l.nodes[parent].first = n
}

// unlink takes n away from its parent.
func (l *linker) unlink(n int32) {
	p := l.nodes[n].parent
	if p == none {
		return
	}
	at := &l.nodes[p].first
	for *at != n {
		at = &l.nodes[*at].next
	}
	*at = l.nodes[n].next
	l.nodes[n].parent, l.nodes[n].next = none, none
}

// roots gathers the tops of the threads, without needless dummies: steps 2 and
// 3. What is below a dummy comes below the next message above it, or else below
// the topmost dummy, which stays if it has several children.
func (l *linker) roots() []int32 {
	for n := range l.nodes {
		if l.nodes[n].row != dummy {
			l.skipDummies(int32(n))
		}
	}
	var out []int32
	for n := range l.nodes {
		l.nodes[n].first, l.nodes[n].next = none, none
	}
	for n := range l.nodes {
		x := &l.nodes[n]
		switch {
		case x.row == dummy:
			continue
		case x.parent == none:
			out = append(out, int32(n))
			continue
		}
		if p := x.parent; l.nodes[p].row == dummy && l.nodes[p].first == none {
			out = append(out, p)
		}
		l.adopt(x.parent, int32(n))
	}
	for i, n := range out {
		if first := l.nodes[n].first; l.nodes[n].row == dummy && l.nodes[first].next == none {
			l.nodes[first].parent = none
			out[i] = first
		}
	}
	return out
}

// skipDummies makes the parent of n a message or a topmost dummy.
func (l *linker) skipDummies(n int32) {
	top := l.nodes[n].parent
	for top != none && l.nodes[top].row == dummy && l.nodes[top].parent != none {
		top = l.nodes[top].parent
	}
	for n != top && n != none {
		parent := l.nodes[n].parent
		l.nodes[n].parent = top
		if n = parent; n != none && l.nodes[n].row != dummy {
			return
		}
	}
}

// rank compares nodes by date and then by place in the mailbox.
func (l *linker) rank(a, b int32) int {
	x, y := &l.nodes[a], &l.nodes[b]
	return cmp.Or(cmp.Compare(x.date, y.date), cmp.Compare(l.firstRow(a), l.firstRow(b)))
}

// firstRow is the row of a message, of a dummy that of its first child.
func (l *linker) firstRow(n int32) uint32 {
	if l.nodes[n].row == dummy && l.nodes[n].first != none {
		return l.nodes[l.nodes[n].first].row
	}
	return l.nodes[n].row
}

// sortRoots puts threads into the order of their dates, a dummy by its first
// child: steps 4 and 6.
func (l *linker) sortRoots(roots []int32) {
	for _, n := range roots {
		if l.nodes[n].row == dummy {
			l.sortChildren(n)
			l.nodes[n].date = l.nodes[l.nodes[n].first].date
		}
	}
	slices.SortFunc(roots, l.rank)
}

// sortBelow sorts all siblings below top.
func (l *linker) sortBelow(top int32) {
	for n := top; ; {
		l.sortChildren(n)
		if l.nodes[n].first != none {
			n = l.nodes[n].first
			continue
		}
		for n != top && l.nodes[n].next == none {
			n = l.nodes[n].parent
		}
		if n == top {
			return
		}
		n = l.nodes[n].next
	}
}

func (l *linker) sortChildren(n int32) {
	first := l.nodes[n].first
	if first == none || l.nodes[first].next == none {
		return
	}
	kids := l.kids[:0]
	for c := first; c != none; c = l.nodes[c].next {
		kids = append(kids, c)
	}
	slices.SortFunc(kids, l.rank)
	next := none
	for i := len(kids) - 1; i >= 0; i-- {
		l.nodes[kids[i]].next = next
		next = kids[i]
	}
	l.nodes[n].first = next
	l.kids = kids
}

// sortByLatest puts threads into the order of their latest dates. The draft has
// the latest arrival there; Dovecot, whose clients know REFS, has the date.
func (l *linker) sortByLatest(roots []int32) {
	latest := make(map[int32]int64, len(roots))
	for _, top := range roots {
		newest := int64(math.MinInt64)
		l.walk(top, func(n int32) {
			if m := l.nodes[n].row; m != dummy {
				newest = max(newest, l.t.sent[m])
			}
		})
		latest[top] = newest
	}
	slices.SortFunc(roots, func(a, b int32) int {
		return cmp.Or(cmp.Compare(latest[a], latest[b]), cmp.Compare(l.firstRow(a), l.firstRow(b)))
	})
}

// walk calls f with top and all below it.
func (l *linker) walk(top int32, f func(n int32)) {
	for n := top; ; {
		f(n)
		if l.nodes[n].first != none {
			n = l.nodes[n].first
			continue
		}
		for n != top && l.nodes[n].next == none {
			n = l.nodes[n].parent
		}
		if n == top {
			return
		}
		n = l.nodes[n].next
	}
}

// tokens appends a thread: a number, those below it as long as there is one
// each, then each of several children in parentheses.
func (l *linker) tokens(out []uint32, top int32) []uint32 {
	for n := top; ; {
		if l.nodes[n].row != dummy {
			out = append(out, l.nodes[n].row)
		}
		if first := l.nodes[n].first; first != none {
			if n = first; l.nodes[first].next != none {
				out = append(out, Open)
			}
			continue
		}
		for n != top && l.nodes[n].next == none {
			p := l.nodes[n].parent
			if l.nodes[p].first != n {
				out = append(out, Close) // the last of several
			}
			n = p
		}
		if n == top {
			return out
		}
		out = append(out, Close, Open)
		n = l.nodes[n].next
	}
}
