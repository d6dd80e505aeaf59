// SPDX-License-Identifier: AGPL-3.0-or-later

package arrange

import (
	"cmp"
	"slices"
)

// Algorithm is a way to make threads.
type Algorithm uint8

// The algorithms: two of RFC 5256 3, and REFS of draft-ietf-morg-inthread-01
// 3.1, which is References without subjects and with the threads in the order of
// their latest dates.
const (
	OrderedSubject Algorithm = iota
	References
	Refs
	numAlgorithms
)

// Tokens of a forest beside the indexes of messages.
const (
	Open  = ^uint32(0)     // "("
	Close = ^uint32(0) - 1 // ")"
)

// forest are the threads of some messages as last asked for.
type forest struct {
	of     []uint32 // the messages' indexes
	tokens []uint32
}

// Threads gives the threads of the messages with these indexes, which rise, and
// have records. What it gives are the tokens of a THREAD response (RFC 5256 4):
// indexes of messages, Open and Close. It belongs to the table and is valid
// until that changes.
func (t *Table) Threads(a Algorithm, rows []uint32) []uint32 {
	f := t.threads[a]
	if f != nil && slices.Equal(f.of, rows) {
		return f.tokens
	}
	f = &forest{of: slices.Clone(rows)}
	if a == OrderedSubject {
		f.tokens = t.orderedSubject(rows)
	} else {
		f.tokens = t.references(rows, a == References)
	}
	t.threads[a] = f
	return f.tokens
}

// orderedSubject makes threads of those with the same base subject; all but the
// first message of one are its children.
func (t *Table) orderedSubject(rows []uint32) []uint32 {
	sent := numbers(t.sent)
	byDate := slices.Clone(rows)
	slices.SortFunc(byDate, func(a, b uint32) int { return cmp.Or(sent(a, b), cmp.Compare(a, b)) })
	place := make(map[uint32]int, len(rows)) // of a subject's thread
	var threads [][]uint32
	for _, m := range byDate {
		subject := t.texts[textSubject][m]
		at, ok := place[subject]
		if !ok {
			at = len(threads)
			place[subject] = at
			threads = append(threads, nil)
		}
		threads[at] = append(threads[at], m)
	}
	out := make([]uint32, 0, 3*len(rows))
	for _, th := range threads {
		out = append(out, Open, th[0])
		for _, m := range th[1:] {
			if len(th) == 2 {
				out = append(out, m)
			} else {
				out = append(out, Open, m, Close)
			}
		}
		out = append(out, Close)
	}
	return out
}
