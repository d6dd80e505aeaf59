// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"errors"
	"iter"
	"math"
	"slices"
	"strconv"
)

// Star stands for "*", the largest number in use, in a [Range] that was not
// resolved yet. Zero is free for it since numbers and UIDs start at 1.
const Star uint32 = 0

// ErrNumSet reports that a text is no sequence set (RFC 3501 9, sequence-set).
var ErrNumSet = errors.New("invalid sequence set")

// Range is the numbers from Start to Stop, both included. As parsed either end
// may be [Star] and the ends may stand in either order, as RFC 3501 allows.
type Range struct{ Start, Stop uint32 }

// NumSet is a set of message sequence numbers or UIDs.
//
// As parsed it is a list of ranges in the client's order; [NumSet.Resolve]
// makes the normal form: ascending, disjoint, not adjacent, without Star.
// Methods that need the normal form say so. The nil set is empty and normal.
type NumSet []Range

// SetOf returns the normal set of nums, in any order.
func SetOf(nums ...uint32) NumSet {
	var s NumSet
	for _, n := range nums {
		s.Add(n)
	}
	return s.Resolve(math.MaxUint32)
}

// scanNumSet parses the sequence set at the front of b and says where it ends.
func scanNumSet(b []byte) (set NumSet, n int, err error) {
	for {
		var r Range
		if r.Start, n, err = scanSetNumber(b, n); err != nil {
			return nil, n, err
		}
		r.Stop = r.Start
		if n < len(b) && b[n] == ':' {
			if r.Stop, n, err = scanSetNumber(b, n+1); err != nil {
				return nil, n, err
			}
		}
		set.push(r)
		if n == len(b) || b[n] != ',' {
			return set, n, nil
		}
		n++
	}
}

func scanSetNumber(b []byte, n int) (uint32, int, error) {
	if n < len(b) && b[n] == '*' {
		return Star, n + 1, nil
	}
	v, end, ok := scanUint(b, n, math.MaxUint32)
	if !ok || v == 0 {
		return 0, n, ErrNumSet
	}
	return uint32(v), end, nil
}

// push appends a parsed range, joining it to the last one where it continues
// it, so that "1,2,3,…" of a megabyte does not become a range per number.
func (s *NumSet) push(r Range) {
	if k := len(*s) - 1; k >= 0 && r.Start != Star && r.Stop >= r.Start {
		last := &(*s)[k]
		if last.Stop >= last.Start && last.Start != Star && last.Stop != math.MaxUint32 && r.Start == last.Stop+1 {
			last.Stop = r.Stop
			return
		}
	}
	*s = append(*s, r)
}

// Add puts n at the end of the set. Numbers added in ascending order keep the
// set normal and small.
func (s *NumSet) Add(n uint32) { s.push(Range{n, n}) }

// AddRange puts the numbers from start to stop at the end of the set, none if
// stop is below start; the same holds as for [NumSet.Add].
func (s *NumSet) AddRange(start, stop uint32) {
	if start <= stop {
		s.push(Range{start, stop})
	}
}

// Resolve returns the normal form with every Star replaced by last, the
// largest number in use. "5:*" with last 3 is 3:5 (RFC 3501 6.4.8 says it
// always includes the last message). With last 0, nothing being in use, ranges
// with a Star are dropped. The receiver is not changed, but returned as it is
// when it is normal already.
func (s NumSet) Resolve(last uint32) NumSet {
	if s.normal() {
		return s
	}
	out := make(NumSet, 0, len(s))
	for _, r := range s {
		if r.Start == Star || r.Stop == Star {
			if last == 0 {
				continue
			}
			if r.Start == Star {
				r.Start = last
			}
			if r.Stop == Star {
				r.Stop = last
			}
		}
		if r.Start > r.Stop {
			r.Start, r.Stop = r.Stop, r.Start
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Range) int {
		switch {
		case a.Start < b.Start:
			return -1
		case a.Start > b.Start:
			return 1
		}
		return 0
	})
	return out.merge()
}

func (s NumSet) normal() bool {
	for i, r := range s {
		if r.Start == Star || r.Stop < r.Start {
			return false
		}
		if i > 0 && (s[i-1].Stop == math.MaxUint32 || r.Start <= s[i-1].Stop+1) {
			return false
		}
	}
	return true
}

// merge joins overlapping and adjacent ranges of a sorted set in place.
func (s NumSet) merge() NumSet {
	if len(s) == 0 {
		return nil
	}
	k := 0
	for _, r := range s[1:] {
		if s[k].Stop == math.MaxUint32 || r.Start <= s[k].Stop+1 {
			s[k].Stop = max(s[k].Stop, r.Stop)
			continue
		}
		k++
		s[k] = r
	}
	return s[:k+1]
}

// Contains reports whether n is in a normal set, in O(log ranges).
func (s NumSet) Contains(n uint32) bool {
	_, ok := slices.BinarySearchFunc(s, n, func(r Range, n uint32) int {
		switch {
		case r.Stop < n:
			return -1
		case r.Start > n:
			return 1
		}
		return 0
	})
	return ok
}

// Len returns how many numbers a normal set holds.
func (s NumSet) Len() uint64 {
	var n uint64
	for _, r := range s {
		n += uint64(r.Stop-r.Start) + 1
	}
	return n
}

// All yields the numbers of a normal set in ascending order.
func (s NumSet) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, r := range s {
			for n := r.Start; ; n++ {
				if !yield(n) {
					return
				}
				if n == r.Stop {
					break
				}
			}
		}
	}
}

// String returns the set as it is written on the wire.
func (s NumSet) String() string { return string(AppendNumSet(nil, s)) }

// AppendNumSet appends the set as it is written on the wire.
func AppendNumSet(dst []byte, s NumSet) []byte {
	for i, r := range s {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendSetNumber(dst, r.Start)
		if r.Stop != r.Start {
			dst = append(dst, ':')
			dst = appendSetNumber(dst, r.Stop)
		}
	}
	return dst
}

func appendSetNumber(dst []byte, n uint32) []byte {
	if n == Star {
		return append(dst, '*')
	}
	return strconv.AppendUint(dst, uint64(n), 10)
}
