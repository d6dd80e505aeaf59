// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// Limits of change keys and predecessor change lists.
const (
	MaxPredecessors = 4096 // versions in one list

	xidMin = 17 // bytes of an XID, [MS-OXCFXICS] 2.2.2.2
	xidMax = 24
)

// XID names a version of an object: what one replica made of it,
// [MS-OXCFXICS] 2.2.2.2. PidTagChangeKey is one. A replica's later versions
// have higher numbers.
type XID struct {
	Replica GUID
	Number  uint64
	Size    uint8 // bytes that the number takes, 1 to 8
}

// ChangeXID is the version that a store made with a change number.
func ChangeXID(store GUID, change Change) XID { return XID{store, uint64(change), counterBytes} }

// ReadXID reads an XID.
func ReadXID(b []byte) (XID, error) {
	if len(b) < xidMin || len(b) > xidMax {
		return XID{}, fmt.Errorf("read change key: %d bytes: %w", len(b), InvalidParameter)
	}
	x := XID{Replica: WireGUID(b), Size: uint8(len(b) - 16)}
	for _, c := range b[16:] {
		x.Number = x.Number<<8 | uint64(c)
	}
	return x, nil
}

// Append appends the XID as it stands in properties.
func (x XID) Append(dst []byte) []byte {
	replica := x.Replica.Wire()
	dst = append(dst, replica[:]...)
	for i := int(x.Size) - 1; i >= 0; i-- {
		dst = append(dst, byte(x.Number>>(8*i)))
	}
	return dst
}

// Bytes is Append to nothing.
func (x XID) Bytes() []byte { return x.Append(make([]byte, 0, xidMax)) }

// Compare orders versions by replica and then by number, as they stand in lists.
func (x XID) Compare(o XID) int {
	a, b := x.Replica.Wire(), o.Replica.Wire()
	return cmp.Or(bytes.Compare(a[:], b[:]), cmp.Compare(x.Number, o.Number), cmp.Compare(x.Size, o.Size))
}

// Predecessors are the versions that an object's present version came from, it
// among them: PidTagPredecessorChangeList, [MS-OXCFXICS] 2.2.2.3. They are in
// order, one for each replica.
type Predecessors []XID

// ReadPredecessors reads a list in any order; of several versions of one
// replica the last counts.
func ReadPredecessors(b []byte) (Predecessors, error) {
	var out Predecessors
	for len(b) > 0 {
		n := int(b[0])
		if n >= len(b) || len(out) >= MaxPredecessors {
			return nil, fmt.Errorf("read predecessor change list: version of %d bytes, %d left, behind %d: %w", n, len(b)-1, len(out), InvalidParameter)
		}
		x, err := ReadXID(b[1 : 1+n])
		if err != nil {
			return nil, fmt.Errorf("read predecessor change list: %w", err)
		}
		out, b = append(out, x), b[1+n:]
	}
	return out.normal(), nil
}

// normal puts a list in order, in place.
func (l Predecessors) normal() Predecessors {
	slices.SortFunc(l, XID.Compare)
	n := 0
	for i := range l {
		if i+1 == len(l) || l[i+1].Replica != l[i].Replica {
			l[n] = l[i]
			n++
		}
	}
	return l[:n]
}

// Bytes is the list as it stands in properties.
func (l Predecessors) Bytes() []byte {
	out := make([]byte, 0, len(l)*(1+xidMax))
	for _, x := range l {
		out = x.Append(append(out, 16+x.Size))
	}
	return out
}

// Has says whether a version, or a later one of the same replica, is in the list.
func (l Predecessors) Has(x XID) bool {
	return slices.ContainsFunc(l, func(o XID) bool { return o.Replica == x.Replica && o.Number >= x.Number })
}

// Includes says whether all of the other list's versions are in this one:
// whose list includes that of another version came from it or is it,
// [MS-OXCFXICS] 3.1.5.6.
func (l Predecessors) Includes(o Predecessors) bool {
	for _, x := range o {
		for len(l) > 0 && l[0].Replica != x.Replica && l[0].Compare(x) < 0 {
			l = l[1:]
		}
		if len(l) == 0 || l[0].Replica != x.Replica || l[0].Number < x.Number {
			return false
		}
	}
	return true
}

// Merge is a list with the versions of both.
func (l Predecessors) Merge(o ...XID) Predecessors {
	return append(slices.Clone(l), o...).normal()
}
