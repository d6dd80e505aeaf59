// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import "fmt"

// PropType is the type of a property's value, [MS-OXCDATA] 2.11.1.
type PropType uint16

// The property types of [MS-OXCDATA] 2.11.1.
const (
	PtypUnspecified PropType = 0x0000
	PtypNull        PropType = 0x0001
	PtypInteger16   PropType = 0x0002
	PtypInteger32   PropType = 0x0003
	PtypFloating32  PropType = 0x0004
	PtypFloating64  PropType = 0x0005
	PtypCurrency    PropType = 0x0006 // int64, 1/10000 units
	PtypFloatTime   PropType = 0x0007 // float64, days since 1899-12-30
	PtypErrorCode   PropType = 0x000a
	PtypBoolean     PropType = 0x000b
	PtypObject      PropType = 0x000d // an embedded object; the value is opaque bytes
	PtypInteger64   PropType = 0x0014
	PtypString8     PropType = 0x001e // bytes in the code page of the object
	PtypString      PropType = 0x001f // kept as UTF-8
	PtypTime        PropType = 0x0040 // 100 ns since 1601-01-01 UTC
	PtypGUID        PropType = 0x0048
	PtypServerID    PropType = 0x00fb
	PtypRestriction PropType = 0x00fd // encoded as in wire
	PtypRuleAction  PropType = 0x00fe
	PtypBinary      PropType = 0x0102

	// MultiFlag marks a type with many values of the type it is added to.
	MultiFlag PropType = 0x1000

	PtypMultipleInteger16  = MultiFlag | PtypInteger16
	PtypMultipleInteger32  = MultiFlag | PtypInteger32
	PtypMultipleFloating32 = MultiFlag | PtypFloating32
	PtypMultipleFloating64 = MultiFlag | PtypFloating64
	PtypMultipleCurrency   = MultiFlag | PtypCurrency
	PtypMultipleFloatTime  = MultiFlag | PtypFloatTime
	PtypMultipleInteger64  = MultiFlag | PtypInteger64
	PtypMultipleString8    = MultiFlag | PtypString8
	PtypMultipleString     = MultiFlag | PtypString
	PtypMultipleTime       = MultiFlag | PtypTime
	PtypMultipleGUID       = MultiFlag | PtypGUID
	PtypMultipleBinary     = MultiFlag | PtypBinary
)

var typeNames = map[PropType]string{
	PtypUnspecified: "unspecified", PtypNull: "null", PtypInteger16: "integer16", PtypInteger32: "integer32",
	PtypFloating32: "floating32", PtypFloating64: "floating64", PtypCurrency: "currency", PtypFloatTime: "floattime",
	PtypErrorCode: "errorcode", PtypBoolean: "boolean", PtypObject: "object", PtypInteger64: "integer64",
	PtypString8: "string8", PtypString: "string", PtypTime: "time", PtypGUID: "guid", PtypServerID: "serverid",
	PtypRestriction: "restriction", PtypRuleAction: "ruleaction", PtypBinary: "binary",
}

// IsMulti says whether values of the type are lists.
func (t PropType) IsMulti() bool { return t&MultiFlag != 0 }

// Single is the type of one element of a multi-value type, else the type itself.
func (t PropType) Single() PropType { return t &^ MultiFlag }

// FixedSize is the number of bytes of one element, 0 where it varies, and -1
// for a type that this package does not know.
func (t PropType) FixedSize() int {
	switch t.Single() {
	case PtypNull:
		return 0
	case PtypBoolean:
		return 1
	case PtypInteger16:
		return 2
	case PtypInteger32, PtypFloating32, PtypErrorCode:
		return 4
	case PtypFloating64, PtypCurrency, PtypFloatTime, PtypInteger64, PtypTime:
		return 8
	case PtypGUID:
		return 16
	case PtypString8, PtypString, PtypBinary, PtypServerID, PtypRestriction, PtypRuleAction, PtypObject:
		return 0
	}
	return -1
}

// IsVariable says whether one element of the type is a counted byte string.
func (t PropType) IsVariable() bool { return t.FixedSize() == 0 && t.Single() != PtypNull }

// Known says whether values of the type can be kept.
func (t PropType) Known() bool {
	if t.IsMulti() && (t.Single() == PtypNull || t.Single() == PtypBoolean || t.Single() == PtypErrorCode) {
		return false
	}
	return t.FixedSize() >= 0
}

// String is the type's name, such as "integer32" or "mv-string".
func (t PropType) String() string {
	name, ok := typeNames[t.Single()]
	if !ok {
		return fmt.Sprintf("type 0x%04x", uint16(t))
	}
	if t.IsMulti() {
		return "mv-" + name
	}
	return name
}
