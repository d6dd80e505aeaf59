// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import (
	"encoding/binary"
	"time"
)

// Int16s is a PtypMultipleInteger16 value.
func Int16s(list ...int16) Value { return pack(PtypInteger16, list, Int16) }

// Int32s is a PtypMultipleInteger32 value.
func Int32s(list ...int32) Value { return pack(PtypInteger32, list, Int32) }

// Int64s is a PtypMultipleInteger64 value.
func Int64s(list ...int64) Value { return pack(PtypInteger64, list, Int64) }

// Float32s is a PtypMultipleFloating32 value.
func Float32s(list ...float32) Value { return pack(PtypFloating32, list, Float32) }

// Float64s is a PtypMultipleFloating64 value.
func Float64s(list ...float64) Value { return pack(PtypFloating64, list, Float64) }

// Currencies is a PtypMultipleCurrency value in 1/10000 units.
func Currencies(list ...int64) Value { return pack(PtypCurrency, list, Currency) }

// FloatTimes is a PtypMultipleFloatTime value in days since 1899-12-30.
func FloatTimes(list ...float64) Value { return pack(PtypFloatTime, list, FloatTime) }

// Times is a PtypMultipleTime value; its unit is 100 ns.
func Times(list ...time.Time) Value { return pack(PtypTime, list, Time) }

// Guids is a PtypMultipleGUID value.
func Guids(list ...GUID) Value { return pack(PtypGUID, list, Guid) }

// Strings is a PtypMultipleString value.
func Strings(list ...string) Value { return pack(PtypString, list, String) }

// String8s is a PtypMultipleString8 value.
func String8s(list ...[]byte) Value { return pack(PtypString8, list, String8) }

// Binaries is a PtypMultipleBinary value.
func Binaries(list ...[]byte) Value { return pack(PtypBinary, list, Binary) }

func pack[T any](t PropType, list []T, single func(T) Value) Value {
	out := Value{typ: t | MultiFlag, data: []byte{}}
	for _, e := range list {
		out.data = single(e).appendElement(out.data)
	}
	return out
}

// Multi packs values of one single type to a multi-value; the zero Value
// where the types differ or the type has no multi-value form. It wants the
// type, since a list may be empty.
func Multi(t PropType, elements ...Value) Value {
	out := Value{typ: t | MultiFlag, data: []byte{}}
	if !out.typ.Known() {
		return Value{}
	}
	for _, e := range elements {
		if e.typ != t.Single() {
			return Value{}
		}
		out.data = e.appendElement(out.data)
	}
	return out
}

func (v Value) appendElement(dst []byte) []byte {
	switch v.typ.FixedSize() {
	case 1:
		return append(dst, byte(v.num))
	case 2:
		return binary.LittleEndian.AppendUint16(dst, uint16(v.num))
	case 4:
		return binary.LittleEndian.AppendUint32(dst, uint32(v.num))
	case 8:
		return binary.LittleEndian.AppendUint64(dst, v.num)
	case 16:
		return append(dst, v.data...)
	}
	dst = binary.AppendUvarint(dst, uint64(len(v.data)))
	return append(dst, v.data...)
}

// Elements are the elements of a multi-value, in order; a single value is its
// only element.
func (v Value) Elements(yield func(Value) bool) {
	if !v.typ.IsMulti() {
		if !v.IsZero() {
			yield(v)
		}
		return
	}
	t, rest := v.typ.Single(), v.data
	for len(rest) > 0 {
		var e Value
		if e, rest = takeElement(t, rest); e.IsZero() || !yield(e) {
			return
		}
	}
}

// Len is the number of elements of a multi-value; 1 for a single value and 0
// for one that was never set.
func (v Value) Len() int {
	if !v.typ.IsMulti() {
		if v.IsZero() {
			return 0
		}
		return 1
	}
	if size := v.typ.FixedSize(); size > 0 {
		return len(v.data) / size
	}
	n := 0
	for range v.Elements {
		n++
	}
	return n
}

// Texts are the elements of a multi-value string.
func (v Value) Texts() []string {
	var out []string
	for e := range v.Elements {
		out = append(out, e.Text())
	}
	return out
}

// Ints are the elements of a multi-value number, as Int gives them.
func (v Value) Ints() []int64 {
	var out []int64
	for e := range v.Elements {
		out = append(out, e.Int())
	}
	return out
}

// Blobs are the elements of a multi-value byte string, not copied.
func (v Value) Blobs() [][]byte {
	var out [][]byte
	for e := range v.Elements {
		out = append(out, e.Bytes())
	}
	return out
}

// takeElement cuts one packed element off; the zero value where the bytes end early.
func takeElement(t PropType, b []byte) (Value, []byte) {
	if size := t.FixedSize(); size > 0 {
		if len(b) < size {
			return Value{}, nil
		}
		return fixedElement(t, b[:size:size]), b[size:]
	}
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return Value{}, nil
	}
	end := used + int(n)
	return Value{typ: t, data: b[used:end:end]}, b[end:]
}

func fixedElement(t PropType, b []byte) Value {
	switch len(b) {
	case 1:
		return Value{typ: t, num: uint64(b[0])}
	case 2:
		return Value{typ: t, num: uint64(binary.LittleEndian.Uint16(b))}
	case 4:
		return Value{typ: t, num: uint64(binary.LittleEndian.Uint32(b))}
	case 8:
		return Value{typ: t, num: binary.LittleEndian.Uint64(b)}
	}
	return Value{typ: t, data: b}
}
