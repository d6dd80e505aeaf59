// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import (
	"math"
	"time"
)

// Value is one property value of any type of [MS-OXCDATA] 2.11.1; it is not
// changed after it was made. Numbers lie in num; strings, byte strings and
// GUIDs in data, which may point into the buffer the value was read from; a
// multi-value has its elements in data, packed as the encoding in wire has
// them (see Elements).
type Value struct {
	typ  PropType
	num  uint64
	data []byte
}

// Null is the value of type PtypNull.
func Null() Value { return Value{typ: PtypNull} }

// Int16 is a PtypInteger16 value.
func Int16(n int16) Value { return Value{typ: PtypInteger16, num: uint64(uint16(n))} }

// Int32 is a PtypInteger32 value.
func Int32(n int32) Value { return Value{typ: PtypInteger32, num: uint64(uint32(n))} }

// Int64 is a PtypInteger64 value.
func Int64(n int64) Value { return Value{typ: PtypInteger64, num: uint64(n)} }

// Float32 is a PtypFloating32 value.
func Float32(f float32) Value { return Value{typ: PtypFloating32, num: uint64(math.Float32bits(f))} }

// Float64 is a PtypFloating64 value.
func Float64(f float64) Value { return Value{typ: PtypFloating64, num: math.Float64bits(f)} }

// Currency is a PtypCurrency value in 1/10000 units.
func Currency(n int64) Value { return Value{typ: PtypCurrency, num: uint64(n)} }

// FloatTime is a PtypFloatTime value in days since 1899-12-30.
func FloatTime(f float64) Value { return Value{typ: PtypFloatTime, num: math.Float64bits(f)} }

// ErrorCode is a PtypErrorCode value.
func ErrorCode(c Code) Value { return Value{typ: PtypErrorCode, num: uint64(c)} }

// Bool is a PtypBoolean value.
func Bool(b bool) Value {
	if b {
		return Value{typ: PtypBoolean, num: 1}
	}
	return Value{typ: PtypBoolean}
}

// Time is a PtypTime value; its unit is 100 ns.
func Time(t time.Time) Value { return Value{typ: PtypTime, num: FileTime(t)} }

// String is a PtypString value.
func String(s string) Value { return Value{typ: PtypString, data: []byte(s)} }

// String8 is a PtypString8 value: bytes in a code page.
func String8(b []byte) Value { return Value{typ: PtypString8, data: b} }

// Binary is a PtypBinary value; the bytes are not copied.
func Binary(b []byte) Value { return Value{typ: PtypBinary, data: b} }

// Guid is a PtypGUID value.
func Guid(g GUID) Value { return Value{typ: PtypGUID, data: g[:]} }

// Object is a PtypObject value: the embedded object's bytes.
func Object(b []byte) Value { return Value{typ: PtypObject, data: b} }

// ServerID is a PtypServerID value, [MS-OXCDATA] 2.11.1.4.
func ServerID(b []byte) Value { return Value{typ: PtypServerID, data: b} }

// RestrictionData is a PtypRestriction value: a restriction as wire encodes it.
func RestrictionData(b []byte) Value { return Value{typ: PtypRestriction, data: b} }

// RuleAction is a PtypRuleAction value, opaque bytes.
func RuleAction(b []byte) Value { return Value{typ: PtypRuleAction, data: b} }

// Raw is a value of the type from its parts as Num and Bytes give them. It is
// for codecs; the type says which part counts.
func Raw(t PropType, num uint64, data []byte) Value { return Value{typ: t, num: num, data: data} }

// Type is the value's type.
func (v Value) Type() PropType { return v.typ }

// IsZero says whether the value was never set.
func (v Value) IsZero() bool { return v.typ == PtypUnspecified }

// Num is the bits of a number, boolean or time.
func (v Value) Num() uint64 { return v.num }

// Bytes is the data of a string, byte string, GUID or multi-value, not copied.
func (v Value) Bytes() []byte { return v.data }

// Int is the value as a signed number; for Boolean 0 or 1; 0 for other types.
func (v Value) Int() int64 {
	switch v.typ {
	case PtypInteger16:
		return int64(int16(v.num))
	case PtypInteger32:
		return int64(int32(v.num))
	case PtypInteger64, PtypCurrency, PtypBoolean, PtypErrorCode, PtypTime:
		return int64(v.num)
	}
	return 0
}

// Bool is a boolean's value; other numbers are true unless 0.
func (v Value) Bool() bool { return v.num != 0 }

// Float is the value as a floating-point number.
func (v Value) Float() float64 {
	switch v.typ {
	case PtypFloating32:
		return float64(math.Float32frombits(uint32(v.num)))
	case PtypFloating64, PtypFloatTime:
		return math.Float64frombits(v.num)
	}
	return float64(v.Int())
}

// Time is a PtypTime value in UTC, the zero time for other types.
func (v Value) Time() time.Time {
	if v.typ != PtypTime {
		return time.Time{}
	}
	return FromFileTime(v.num)
}

// Text is a string's text; a copy.
func (v Value) Text() string { return string(v.data) }

// Code is the result code of a PtypErrorCode value, 0 for other types.
func (v Value) Code() Code {
	if v.typ != PtypErrorCode {
		return 0
	}
	return Code(v.num)
}

// GUID is a PtypGUID value, the zero GUID for other types.
func (v Value) GUID() GUID {
	var g GUID
	if v.typ == PtypGUID {
		copy(g[:], v.data)
	}
	return g
}

// fileTimeEpoch is 1601-01-01 UTC in seconds of Unix time.
const fileTimeEpoch = -11644473600

// FileTime counts the 100 ns from 1601-01-01 UTC; earlier times give 0.
func FileTime(t time.Time) uint64 {
	seconds := t.Unix() - fileTimeEpoch
	if seconds < 0 {
		return 0
	}
	return uint64(seconds)*1e7 + uint64(t.Nanosecond()/100)
}

// FromFileTime is the inverse of FileTime, in UTC.
func FromFileTime(n uint64) time.Time {
	return time.Unix(int64(n/1e7)+fileTimeEpoch, int64(n%1e7)*100).UTC()
}
