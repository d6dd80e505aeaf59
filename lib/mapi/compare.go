// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import (
	"bytes"
	"cmp"
)

// Equal says whether both values have the same type and the same value.
func (v Value) Equal(w Value) bool {
	return v.typ == w.typ && v.num == w.num && bytes.Equal(v.data, w.data)
}

// Compare orders two values: -1, 0 or +1 as v comes before w, with it or after
// it. Numbers of all types compare with each other, so do strings of both
// types, byte by byte (match compares without case); a multi-value is ordered
// by its elements. Values that have nothing in common are ordered by class:
// null, numbers, times, GUIDs, strings, byte strings.
func (v Value) Compare(w Value) int {
	if v.typ.IsMulti() || w.typ.IsMulti() {
		return compareLists(v, w)
	}
	a, b := v.class(), w.class()
	if a != b {
		return cmp.Compare(a, b)
	}
	switch a {
	case classNumber:
		if v.isFloat() || w.isFloat() {
			return cmp.Compare(v.Float(), w.Float())
		}
		return cmp.Compare(v.Int(), w.Int())
	case classTime:
		return cmp.Compare(v.num, w.num)
	}
	return bytes.Compare(v.data, w.data)
}

// The classes of types whose values compare with each other, in their order.
const (
	classNone = iota
	classNumber
	classTime
	classGUID
	classText
	classBytes
)

// class is the class of a value or of its elements.
func (v Value) class() int {
	switch v.typ.Single() {
	case PtypInteger16, PtypInteger32, PtypInteger64, PtypFloating32, PtypFloating64, PtypCurrency,
		PtypFloatTime, PtypErrorCode, PtypBoolean:
		return classNumber
	case PtypTime:
		return classTime
	case PtypGUID:
		return classGUID
	case PtypString, PtypString8:
		return classText
	case PtypUnspecified, PtypNull:
		return classNone
	}
	return classBytes
}

// Comparable says whether the values (or their elements) are of classes that
// have an order between them: numbers with numbers, strings with strings.
func (v Value) Comparable(w Value) bool { return v.class() == w.class() }

// IsText says whether the value is a string, or a multi-value of strings.
func (v Value) IsText() bool { return v.class() == classText }

// IsNumber says whether the value is one number or boolean, not a time.
func (v Value) IsNumber() bool { return v.class() == classNumber && !v.typ.IsMulti() }

func (v Value) isFloat() bool {
	return v.typ == PtypFloating32 || v.typ == PtypFloating64 || v.typ == PtypFloatTime
}

// compareLists compares element by element; of two lists with the same
// beginning the shorter comes first. A single value is a list of one.
func compareLists(v, w Value) int {
	for {
		a, restA, okA := v.cut()
		b, restB, okB := w.cut()
		if !okA || !okB {
			return boolInt(okA) - boolInt(okB)
		}
		if c := a.Compare(b); c != 0 {
			return c
		}
		v, w = restA, restB
	}
}

// cut takes the first element of a multi-value off; a single value is its only one.
func (v Value) cut() (first, rest Value, ok bool) {
	if !v.typ.IsMulti() {
		return v, Value{}, !v.IsZero()
	}
	first, data := takeElement(v.typ.Single(), v.data)
	return first, Value{typ: v.typ, data: data}, !first.IsZero()
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Size is the number of bytes of the value as it is kept: strings in UTF-8
// without a null, a multi-value packed.
func (v Value) Size() int {
	if v.typ.IsMulti() || v.typ.IsVariable() {
		return len(v.data)
	}
	return max(v.typ.FixedSize(), 0)
}
