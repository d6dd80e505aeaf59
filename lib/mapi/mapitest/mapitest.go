// SPDX-License-Identifier: AGPL-3.0-or-later

// Package mapitest draws MAPI values for property tests.
package mapitest

import (
	"time"

	"pgregory.net/rapid"

	"twiga/lib/mapi"
)

// Value draws a value of any type that can be kept.
func Value() *rapid.Generator[mapi.Value] {
	return rapid.Custom(func(t *rapid.T) mapi.Value {
		typ := rapid.SampledFrom(types[:]).Draw(t, "type")
		if !typ.IsMulti() {
			return single(t, typ)
		}
		n := rapid.IntRange(0, 5).Draw(t, "elements")
		list := make([]mapi.Value, n)
		for i := range list {
			list[i] = single(t, typ.Single())
		}
		return mapi.Multi(typ.Single(), list...)
	})
}

// types are all types that can be kept, but for a few multi-values that no
// property of [MS-OXPROPS] has.
var types = [...]mapi.PropType{
	mapi.PtypNull, mapi.PtypInteger16, mapi.PtypInteger32, mapi.PtypFloating32, mapi.PtypFloating64, mapi.PtypCurrency,
	mapi.PtypFloatTime, mapi.PtypErrorCode, mapi.PtypBoolean, mapi.PtypObject, mapi.PtypInteger64, mapi.PtypString8,
	mapi.PtypString, mapi.PtypTime, mapi.PtypGUID, mapi.PtypServerID, mapi.PtypRestriction, mapi.PtypRuleAction, mapi.PtypBinary,
	mapi.PtypMultipleInteger16, mapi.PtypMultipleInteger32, mapi.PtypMultipleFloating32, mapi.PtypMultipleFloating64,
	mapi.PtypMultipleCurrency, mapi.PtypMultipleFloatTime, mapi.PtypMultipleInteger64, mapi.PtypMultipleString8,
	mapi.PtypMultipleString, mapi.PtypMultipleTime, mapi.PtypMultipleGUID, mapi.PtypMultipleBinary,
}

func single(t *rapid.T, typ mapi.PropType) mapi.Value {
	switch typ {
	case mapi.PtypNull:
		return mapi.Null()
	case mapi.PtypInteger16:
		return mapi.Int16(rapid.Int16().Draw(t, "number"))
	case mapi.PtypInteger32:
		return mapi.Int32(rapid.Int32().Draw(t, "number"))
	case mapi.PtypInteger64:
		return mapi.Int64(rapid.Int64().Draw(t, "number"))
	case mapi.PtypFloating32:
		return mapi.Float32(rapid.Float32().Draw(t, "number"))
	case mapi.PtypFloating64:
		return mapi.Float64(rapid.Float64().Draw(t, "number"))
	case mapi.PtypFloatTime:
		return mapi.FloatTime(rapid.Float64().Draw(t, "number"))
	case mapi.PtypCurrency:
		return mapi.Currency(rapid.Int64().Draw(t, "number"))
	case mapi.PtypErrorCode:
		return mapi.ErrorCode(mapi.Code(rapid.Uint32().Draw(t, "code")))
	case mapi.PtypBoolean:
		return mapi.Bool(rapid.Bool().Draw(t, "truth"))
	case mapi.PtypTime:
		return mapi.Time(time.Unix(rapid.Int64Range(-11644473600, 1<<36).Draw(t, "seconds"), 100*rapid.Int64Range(0, 9999999).Draw(t, "ticks")))
	case mapi.PtypGUID:
		return mapi.Guid(mapi.GUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "guid")))
	case mapi.PtypString, mapi.PtypString8:
		return mapi.Raw(typ, 0, []byte(rapid.String().Draw(t, "text")))
	}
	return mapi.Raw(typ, 0, rapid.SliceOf(rapid.Byte()).Draw(t, "data"))
}

// Props draws properties with ids below 16, so that lists have ids in common.
func Props() *rapid.Generator[mapi.Props] {
	return rapid.Custom(func(t *rapid.T) mapi.Props {
		var p mapi.Props
		for range rapid.IntRange(0, 8).Draw(t, "properties") {
			id := rapid.Uint16Range(1, 15).Draw(t, "id")
			p.Set(mapi.NewTag(id, mapi.PtypUnspecified), Value().Draw(t, "value"))
		}
		return p
	})
}

// Restriction draws a restriction of at most depth levels.
func Restriction(depth int) *rapid.Generator[mapi.Restriction] {
	return rapid.Custom(func(t *rapid.T) mapi.Restriction {
		kinds := 6
		if depth > 1 {
			kinds = 12
		}
		tagOf := func(label string) mapi.PropTag {
			return mapi.NewTag(rapid.Uint16Range(1, 15).Draw(t, label), rapid.SampledFrom(types[:]).Draw(t, label+" type"))
		}
		op := func() mapi.RelOp { return mapi.RelOp(rapid.IntRange(0, 5).Draw(t, "op")) }
		part := func() mapi.Restriction { return Restriction(depth-1).Draw(t, "part") }
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			how := mapi.FuzzyLevel(rapid.IntRange(0, 2).Draw(t, "how")) | mapi.FuzzyLevel(rapid.IntRange(0, 7).Draw(t, "modifiers"))<<16
			return mapi.Content{Tag: tagOf("tag"), Match: how, Value: mapi.String(rapid.String().Draw(t, "text"))}
		case 1:
			return mapi.Property{Op: op(), Tag: tagOf("tag"), Value: Value().Draw(t, "value")}
		case 2:
			return mapi.Compare{Op: op(), A: tagOf("a"), B: tagOf("b")}
		case 3:
			return mapi.Bitmask{Tag: tagOf("tag"), Mask: rapid.Uint32().Draw(t, "mask"), NonZero: rapid.Bool().Draw(t, "nonzero")}
		case 4:
			return mapi.Size{Op: op(), Tag: tagOf("tag"), Size: rapid.Uint32().Draw(t, "size")}
		case 5:
			return mapi.Exist{Tag: tagOf("tag")}
		case 6:
			return mapi.And(parts(t, depth))
		case 7:
			return mapi.Or(parts(t, depth))
		case 8:
			return mapi.Not{Of: part()}
		case 9:
			return mapi.Sub{Of: 0x0e12000d, Part: part()}
		case 10:
			return mapi.Comment{Props: Props().Draw(t, "comment"), Of: part()}
		}
		return mapi.Count{N: rapid.Uint32().Draw(t, "n"), Of: part()}
	})
}

func parts(t *rapid.T, depth int) []mapi.Restriction {
	return rapid.SliceOfN(Restriction(depth-1), 0, 4).Draw(t, "parts")
}
