// SPDX-License-Identifier: AGPL-3.0-or-later

package match

import (
	"bytes"
	"encoding/binary"
	"math"

	"twiga/lib/mapi"
)

// MaxSortText is how many bytes of a string or byte string count in a sort order.
const MaxSortText = 512

// Sorter compares objects by a sort order, [MS-OXCDATA] 2.13. Objects without
// the property come first, or last where the key is descending. Strings are
// compared without case and diacritics, or as a locale does, numbers by value, a
// multi-value by its first element. A Sorter is for one goroutine.
type Sorter struct {
	order mapi.SortOrder
	shape *folder
	local *collation // nil: by code point
	a, b  []byte
}

// NewSorter is a sorter for the order.
func NewSorter(order mapi.SortOrder) *Sorter {
	return &Sorter{order: order, shape: newFolder(mapi.IgnoreCase | mapi.IgnoreNonSpace)}
}

// Compare is -1, 0 or +1 as a comes before b, with it or after it. To sort
// many objects, make each one's Key once.
func (s *Sorter) Compare(a, b Source) int {
	for _, k := range s.order {
		s.a, s.b = s.appendKey(s.a[:0], k, a), s.appendKey(s.b[:0], k, b)
		if c := bytes.Compare(s.a, s.b); c != 0 {
			return c
		}
	}
	return 0
}

// Less says whether a comes before b.
func (s *Sorter) Less(a, b Source) bool { return s.Compare(a, b) < 0 }

// NewLocaleSorter is a sorter that has strings in the order of a locale (BCP 47),
// "" is none. InvalidParameter: no locale.
func NewLocaleSorter(order mapi.SortOrder, locale string) (*Sorter, error) {
	s := NewSorter(order)
	if locale == "" {
		return s, nil
	}
	var err error
	s.local, err = newCollation(locale)
	return s, err
}

// Key appends the object's sort key: objects are in order as their keys are by
// bytes.Compare.
func (s *Sorter) Key(dst []byte, of Source) []byte {
	for _, k := range s.order {
		dst = s.appendKey(dst, k, of)
	}
	return dst
}

// The first byte of a column's key: the class of value, so that values of
// different classes have an order too.
const (
	keyMissing = iota
	keyNumber
	keyFloat
	keyTime
	keyGUID
	keyText
	keyBytes
)

// ColumnKey appends the key of one column: what Key makes of a list of them is
// one behind the other, and none is the beginning of another.
func (s *Sorter) ColumnKey(dst []byte, column int, of Source) []byte {
	return s.appendKey(dst, s.order[column], of)
}

func (s *Sorter) appendKey(dst []byte, k mapi.SortKey, of Source) []byte {
	begin := len(dst)
	v, ok := get(of, k.Tag)
	if ok {
		v, ok = first(v)
	}
	if !ok {
		dst = append(dst, keyMissing)
	} else {
		dst = s.appendValue(dst, v)
	}
	if k.Descending {
		for i := range dst[begin:] {
			dst[begin+i] ^= 0xff
		}
	}
	return dst
}

// first is a single value itself and the first element of a multi-value.
func first(v mapi.Value) (mapi.Value, bool) {
	for e := range v.Elements {
		return e, true
	}
	return mapi.Value{}, false
}

func (s *Sorter) appendValue(dst []byte, v mapi.Value) []byte {
	switch v.Type() {
	case mapi.PtypInteger16, mapi.PtypInteger32, mapi.PtypInteger64, mapi.PtypCurrency, mapi.PtypBoolean, mapi.PtypErrorCode:
		return binary.BigEndian.AppendUint64(append(dst, keyNumber), uint64(v.Int())^1<<63)
	case mapi.PtypFloating32, mapi.PtypFloating64, mapi.PtypFloatTime:
		return binary.BigEndian.AppendUint64(append(dst, keyFloat), floatKey(v.Float()))
	case mapi.PtypTime:
		return binary.BigEndian.AppendUint64(append(dst, keyTime), v.Num())
	case mapi.PtypGUID:
		return append(append(dst, keyGUID), v.Bytes()...)
	case mapi.PtypString, mapi.PtypString8:
		if s.local != nil {
			return appendEscaped(append(dst, keyText), s.local.key(v.Bytes()))
		}
		return appendEscaped(append(dst, keyText), clip(s.shape.fold(v.Bytes())))
	case mapi.PtypNull:
		return append(dst, keyMissing)
	}
	return appendEscaped(append(dst, keyBytes), clip(v.Bytes()))
}

// floatKey is a number whose order is that of the floating-point numbers.
func floatKey(f float64) uint64 {
	bits := math.Float64bits(f + 0) // -0 is 0
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

// appendEscaped appends bytes so that no key is the beginning of another: a
// null becomes null 0xff, and null null ends.
func appendEscaped(dst, text []byte) []byte {
	for _, c := range text {
		if dst = append(dst, c); c == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 0)
}

func clip(text []byte) []byte { return text[:min(len(text), MaxSortText)] }
