// SPDX-License-Identifier: AGPL-3.0-or-later

package salvage

import (
	"encoding/binary"
	"math"
)

// treePage is a page of a tree, 1.6.
type treePage struct {
	b     []byte
	kind  byte
	right uint32 // the last child of an interior page
	cells []int  // where the cells are
}

// parsePage reads a page's header. Cells that point outside are left out; a
// page with none that fits is no page of a tree.
func parsePage(b []byte, first bool) (treePage, bool) {
	at := 0
	if first {
		at = headerSize
	}
	p := treePage{b: b, kind: b[at]}
	size := 8
	switch p.kind {
	case interiorIndex, interiorTable:
		p.right, size = binary.BigEndian.Uint32(b[at+8:]), 12
	case leafIndex, leafTable:
	default:
		return p, false
	}
	n := int(binary.BigEndian.Uint16(b[at+3:]))
	from := at + size
	if n > (pageSize-from)/2 {
		return p, false
	}
	for i := range n {
		cell := int(binary.BigEndian.Uint16(b[from+2*i:]))
		if cell >= from+2*n && cell <= pageSize-4 {
			p.cells = append(p.cells, cell)
		}
	}
	return p, true
}

// child is the page that a cell of an interior page leads to, 0 on leaves.
func (p *treePage) child(at int) uint32 {
	if p.kind == leafIndex || p.kind == leafTable {
		return 0
	}
	return binary.BigEndian.Uint32(p.b[at:])
}

// cell reads the row of a cell; not those of a table's interior pages, which
// have none.
func (s *File) cell(p treePage, at int) (Row, bool) {
	r := Row{Keyed: p.kind != leafTable}
	rest := p.b[at:]
	switch p.kind {
	case interiorTable:
		return r, false
	case interiorIndex:
		rest = rest[4:]
	}
	size, rest, ok := varint(rest)
	if !ok || size < 0 || size > maxPayload || size > int64(s.pages)*pageSize {
		return r, false
	}
	if !r.Keyed {
		if r.ID, rest, ok = varint(rest); !ok {
			return r, false
		}
	}
	payload, ok := s.payload(rest, int(size), r.Keyed)
	if !ok {
		return r, false
	}
	r.Columns, ok = record(payload)
	return r, ok
}

// payload puts together what lies on the page and on overflow pages, 1.6 and 1.7.
func (s *File) payload(rest []byte, size int, index bool) ([]byte, bool) {
	most := pageSize - 35
	if index {
		most = (pageSize-12)*64/255 - 23
	}
	local := size
	if size > most {
		least := (pageSize-12)*32/255 - 23
		if local = least + (size-least)%(pageSize-4); local > most {
			local = least
		}
	}
	if local == size {
		if size > len(rest) {
			return nil, false
		}
		return rest[:size], true
	}
	if local+4 > len(rest) {
		return nil, false
	}
	out := append(make([]byte, 0, size), rest[:local]...)
	next := binary.BigEndian.Uint32(rest[local:])
	for len(out) < size {
		b := s.page(next)
		if b == nil {
			return nil, false
		}
		out = append(out, b[4:min(pageSize, 4+size-len(out))]...)
		next = binary.BigEndian.Uint32(b)
	}
	return out, true
}

// varint reads a number of 1 to 9 bytes, 1.6.
func varint(b []byte) (int64, []byte, bool) {
	var n uint64
	for i := range min(8, len(b)) {
		n = n<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return int64(n), b[i+1:], true
		}
	}
	if len(b) < 9 {
		return 0, nil, false
	}
	return int64(n<<8 | uint64(b[8])), b[9:], true
}

// record reads a record, 2.1.
func record(b []byte) ([]any, bool) {
	size, rest, ok := varint(b)
	used := int64(len(b) - len(rest))
	if !ok || size < used || size > int64(len(b)) {
		return nil, false
	}
	types, body := b[used:size], b[size:]
	var out []any
	for len(types) > 0 {
		var kind int64
		if kind, types, ok = varint(types); !ok {
			return nil, false
		}
		v, n := value(kind, body)
		if n < 0 {
			return nil, false
		}
		out, body = append(out, v), body[n:]
	}
	return out, len(body) == 0
}

// value reads a value of a serial type and tells its length, -1 for what is none.
func value(kind int64, b []byte) (any, int) {
	lengths := [...]int{0, 1, 2, 3, 4, 6, 8, 8, 0, 0}
	switch {
	case kind < 0 || kind == 10 || kind == 11:
		return nil, -1
	case kind >= 12:
		n := (kind - 12) / 2
		if n > int64(len(b)) {
			return nil, -1
		}
		if kind%2 == 1 {
			return string(b[:n]), int(n)
		}
		return append([]byte{}, b[:n]...), int(n)
	}
	n := lengths[kind]
	if n > len(b) {
		return nil, -1
	}
	switch kind {
	case 0:
		return nil, 0
	case 7:
		return math.Float64frombits(binary.BigEndian.Uint64(b)), n
	case 8, 9:
		return kind - 8, 0
	}
	out := int64(int8(b[0]))
	for _, c := range b[1:n] {
		out = out<<8 | int64(c)
	}
	return out, n
}
