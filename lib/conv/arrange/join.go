// SPDX-License-Identifier: AGPL-3.0-or-later

package arrange

// join puts threads with the same base subject together: step 5 of REFERENCES
// (RFC 5256 3). roots are in order.
func (l *linker) join(roots []int32) []int32 {
	table := make(map[uint32]int32, len(roots)) // subject to the thread that stands for it
	for _, n := range roots {
		subject := l.subject(n)
		if subject == 0 {
			continue
		}
		old, ok := table[subject]
		switch {
		case !ok,
			l.isDummy(n) && !l.isDummy(old),
			!l.isDummy(old) && l.isReply(old) && !l.isReply(n):
			table[subject] = n
		}
	}
	place := make(map[int32]int, len(table)) // of a thread among those kept
	kept := make([]int32, 0, len(roots))
	for _, n := range roots {
		subject := l.subject(n)
		with := table[subject]
		switch {
		case l.nodes[n].parent != none: // put under another already
		case subject == 0 || with == n:
			place[n] = len(kept)
			kept = append(kept, n)
		case l.isDummy(with) && l.isDummy(n):
			for c := l.nodes[n].first; c != none; {
				next := l.nodes[c].next
				l.adopt(with, c)
				c = next
			}
			l.nodes[n].first = none
		case l.isDummy(with), l.isReply(n) && !l.isReply(with):
			l.adopt(with, n)
		default:
			d := int32(len(l.nodes))
			l.nodes = append(l.nodes, node{row: dummy, parent: none, first: none, next: none})
			l.adopt(d, with)
			l.adopt(d, n)
			table[subject] = d
			at, ok := place[with]
			if !ok { // it is still to come
				at = len(kept)
				kept = append(kept, d)
			}
			kept[at], place[d] = d, at
		}
	}
	return kept
}

func (l *linker) isDummy(n int32) bool { return l.nodes[n].row == dummy }

// subject is that of a thread: of its first message, or else of its first child.
func (l *linker) subject(n int32) uint32 {
	if l.isDummy(n) {
		n = l.nodes[n].first
	}
	if n == none || l.isDummy(n) {
		return 0
	}
	return l.t.texts[textSubject][l.nodes[n].row]
}

func (l *linker) isReply(n int32) bool { return !l.isDummy(n) && l.t.reply[l.nodes[n].row] }
