// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"twiga/lib/mapi"
	"twiga/lib/mapi/mapitest"
)

var moment = time.Date(2026, 3, 29, 1, 2, 3, 400, time.UTC)

func TestFormat(t *testing.T) {
	guid, _ := mapi.ParseGUID("00062008-0000-0000-c000-000000000046")
	for name, row := range map[string]struct {
		value      mapi.Value
		text, json string
	}{
		"nothing":        {mapi.Null(), "", "null"},
		"integer16":      {mapi.Int16(-7), "-7", "-7"},
		"integer32":      {mapi.Int32(math.MinInt32), "-2147483648", "-2147483648"},
		"integer64":      {mapi.Int64(math.MinInt64), "-9223372036854775808", "-9223372036854775808"},
		"floating32":     {mapi.Float32(0.1), "0.1", `"0.1"`},
		"floating64":     {mapi.Float64(1e300), "1e+300", `"1e+300"`},
		"currency":       {mapi.Currency(-12345), "-1.2345", `"-1.2345"`},
		"small debt":     {mapi.Currency(-5), "-0.0005", `"-0.0005"`},
		"least currency": {mapi.Currency(math.MinInt64), "-922337203685477.5808", `"-922337203685477.5808"`},
		"boolean":        {mapi.Bool(true), "true", "true"},
		"result code":    {mapi.ErrorCode(mapi.NotFound), "NotFound", `"NotFound"`},
		"foreign code":   {mapi.ErrorCode(0x1234), "0x00001234", `"0x00001234"`},
		"time":           {mapi.Time(moment), "2026-03-29T01:02:03.0000004Z", `"2026-03-29T01:02:03.0000004Z"`},
		"guid":           {mapi.Guid(guid), "00062008-0000-0000-c000-000000000046", `"00062008-0000-0000-c000-000000000046"`},
		"string":         {mapi.String("Grüße"), "Grüße", `"Grüße"`},
		"binary":         {mapi.Binary([]byte{0, 255}), "00ff", `"00ff"`},
		"strings":        {mapi.Strings("a", `b"`, ""), `["a","b\"",""]`, `["a","b\"",""]`},
		"numbers":        {mapi.Int32s(1, -1), `["1","-1"]`, "[1,-1]"},
		"empty list":     {mapi.Int64s(), "[]", "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := mapi.Format(row.value); got != row.text {
				t.Errorf("text %s, want %s", got, row.text)
			}
			data, err := json.Marshal(row.value)
			if err != nil || string(data) != row.json {
				t.Errorf("JSON %s (%v), want %s", data, err, row.json)
			}
			back, err := mapi.ParseValue(row.value.Type(), row.text)
			if err != nil || !back.Equal(row.value) {
				t.Errorf("parsed as %s (%v)", back, err)
			}
		})
	}
}

func TestParseValueErrors(t *testing.T) {
	for name, row := range map[string]struct {
		typ  mapi.PropType
		text string
		want mapi.Code
	}{
		"number out of range": {mapi.PtypInteger16, "32768", mapi.BadValue},
		"no number":           {mapi.PtypInteger32, "x", mapi.BadValue},
		"five decimals":       {mapi.PtypCurrency, "1.23456", mapi.BadValue},
		"sign within":         {mapi.PtypCurrency, "1.-5", mapi.BadValue},
		"odd digits":          {mapi.PtypBinary, "abc", mapi.BadValue},
		"no list":             {mapi.PtypMultipleString, "a", mapi.BadValue},
		"unknown code":        {mapi.PtypErrorCode, "Nothing", mapi.BadValue},
		"unknown type":        {0x1234, "1", mapi.TypeNoSupport},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := mapi.ParseValue(row.typ, row.text); !errors.Is(err, row.want) {
				t.Errorf("error %v, want %v", err, row.want)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	ordered := map[string][]mapi.Value{
		"numbers of many types": {mapi.Int64(math.MinInt64), mapi.Int16(-1), mapi.Bool(false), mapi.Float64(0.5), mapi.Int32(1), mapi.Currency(20000)},
		"times":                 {mapi.Time(time.Time{}), mapi.Time(moment), mapi.Raw(mapi.PtypTime, math.MaxUint64, nil)},
		"strings":               {mapi.String(""), mapi.String8([]byte("B")), mapi.String("a"), mapi.String("aa")},
		"lists":                 {mapi.Int32s(), mapi.Int32s(1), mapi.Int32s(1, 2), mapi.Int32s(2)},
		"list and single":       {mapi.Strings("a"), mapi.String("b"), mapi.Strings("b", "")},
		"classes": {mapi.Null(), mapi.Int32(9), mapi.Time(moment), mapi.Guid(mapi.GUID{}), mapi.String(""),
			mapi.Binary(nil)},
	}
	for name, list := range ordered {
		t.Run(name, func(t *testing.T) {
			for i, a := range list {
				for j, b := range list {
					if got, want := a.Compare(b), cmpInt(i, j); got != want {
						t.Errorf("%v and %v: %d, want %d", a, b, got, want)
					}
				}
			}
		})
	}
}

func cmpInt(i, j int) int {
	switch {
	case i < j:
		return -1
	case i > j:
		return 1
	}
	return 0
}

func TestMulti(t *testing.T) {
	one, two := mapi.NewGUID(), mapi.NewGUID()
	for name, row := range map[string]struct {
		value mapi.Value
		typ   mapi.PropType
		want  []mapi.Value
	}{
		"integer16":  {mapi.Int16s(1, -1), mapi.PtypMultipleInteger16, []mapi.Value{mapi.Int16(1), mapi.Int16(-1)}},
		"integer32":  {mapi.Int32s(1), mapi.PtypMultipleInteger32, []mapi.Value{mapi.Int32(1)}},
		"integer64":  {mapi.Int64s(1), mapi.PtypMultipleInteger64, []mapi.Value{mapi.Int64(1)}},
		"floating32": {mapi.Float32s(1.5), mapi.PtypMultipleFloating32, []mapi.Value{mapi.Float32(1.5)}},
		"floating64": {mapi.Float64s(1.5), mapi.PtypMultipleFloating64, []mapi.Value{mapi.Float64(1.5)}},
		"currency":   {mapi.Currencies(7), mapi.PtypMultipleCurrency, []mapi.Value{mapi.Currency(7)}},
		"floattime":  {mapi.FloatTimes(7), mapi.PtypMultipleFloatTime, []mapi.Value{mapi.FloatTime(7)}},
		"time":       {mapi.Times(moment), mapi.PtypMultipleTime, []mapi.Value{mapi.Time(moment)}},
		"guid":       {mapi.Guids(one, two), mapi.PtypMultipleGUID, []mapi.Value{mapi.Guid(one), mapi.Guid(two)}},
		"string":     {mapi.Strings("", "x"), mapi.PtypMultipleString, []mapi.Value{mapi.String(""), mapi.String("x")}},
		"string8":    {mapi.String8s([]byte("x")), mapi.PtypMultipleString8, []mapi.Value{mapi.String8([]byte("x"))}},
		"binary":     {mapi.Binaries(nil, []byte{1}), mapi.PtypMultipleBinary, []mapi.Value{mapi.Binary(nil), mapi.Binary([]byte{1})}},
		"none":       {mapi.Strings(), mapi.PtypMultipleString, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := slices.Collect(row.value.Elements)
			if row.value.Type() != row.typ || !slices.EqualFunc(got, row.want, mapi.Value.Equal) || row.value.Len() != len(row.want) {
				t.Errorf("%s %v, %d elements", row.value.Type(), got, row.value.Len())
			}
			if again := mapi.Multi(row.typ.Single(), row.want...); !again.Equal(row.value) {
				t.Errorf("Multi gives %v", again)
			}
		})
	}
	if v := mapi.Multi(mapi.PtypBoolean, mapi.Bool(true)); !v.IsZero() {
		t.Error("there is a multi-value of booleans")
	}
	if v := mapi.Multi(mapi.PtypString, mapi.Int32(1)); !v.IsZero() {
		t.Error("a multi-value has an element of another type")
	}
}

func TestCodes(t *testing.T) {
	for name, row := range map[string]struct {
		err  error
		code mapi.Code
		as   string
	}{
		"none":      {nil, 0, "0x00000000"},
		"plain":     {mapi.NotFound, 0x8004010f, "NotFound"},
		"wrapped":   {fmt.Errorf("read folder 0x1f: %w", mapi.NoAccess), 0x80070005, "NoAccess"},
		"cancelled": {fmt.Errorf("save: %w", context.Canceled), 0x80040501, "Cancel"},
		"late":      {context.DeadlineExceeded, 0x80040401, "Timeout"},
		"foreign":   {errors.New("x"), 0x80004005, "GeneralFailure"},
		"unknown":   {mapi.Code(7), 7, "0x00000007"},
	} {
		t.Run(name, func(t *testing.T) {
			code := mapi.CodeOf(row.err)
			if code != row.code || code.Name() != row.as {
				t.Errorf("code %s, want %s", code.Name(), row.as)
			}
			if back, ok := mapi.ParseCode(row.as); !ok || back != row.code {
				t.Errorf("parsed as %v", back)
			}
		})
	}
}

func TestName(t *testing.T) {
	set, _ := mapi.ParseGUID("{00020329-0000-0000-C000-000000000046}")
	for name, row := range map[string]struct {
		text string
		want mapi.Name
		ok   bool
	}{
		"number":     {"{00020329-0000-0000-c000-000000000046}:0x00008102", mapi.Name{Set: set, LID: 0x8102}, true},
		"string":     {"{00020329-0000-0000-c000-000000000046}:urn:a:b", mapi.Name{Set: set, Text: "urn:a:b"}, true},
		"empty":      {"{00020329-0000-0000-c000-000000000046}:", mapi.Name{}, false},
		"no set":     {"Keywords", mapi.Name{}, false},
		"bad number": {"{00020329-0000-0000-c000-000000000046}:0xg", mapi.Name{}, false},
		"bad set":    {"{1}:x", mapi.Name{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := mapi.ParseName(row.text)
			if (err == nil) != row.ok || got != row.want {
				t.Errorf("%v, %v", got, err)
			}
			if row.ok && got.String() != row.text {
				t.Errorf("string %s", got)
			}
		})
	}
	if (mapi.Name{Set: set, Text: "KeyWords"}).Key() != (mapi.Name{Set: set, Text: "keywords"}).Key() {
		t.Error("names differ by case")
	}
}

func TestGUIDWire(t *testing.T) {
	g, _ := mapi.ParseGUID("00112233-4455-6677-8899-aabbccddeeff")
	wire := g.Wire()
	if fmt.Sprintf("%x", wire) != "33221100554477668899aabbccddeeff" || mapi.WireGUID(wire[:]) != g {
		t.Errorf("%x", wire)
	}
	if !mapi.WireGUID(wire[:15]).IsZero() {
		t.Error("15 bytes are a GUID")
	}
}

func TestFormatRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := mapitest.Value().Draw(t, "value")
		back, err := mapi.ParseValue(v.Type(), mapi.Format(v))
		if err != nil || !back.Equal(v) {
			t.Fatalf("%s %s: back %s, %v", v.Type(), v, back, err)
		}
		if _, err := json.Marshal(v); err != nil {
			t.Fatal(err)
		}
	})
}

func TestCompareIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := mapitest.Value().Draw(t, "a"), mapitest.Value().Draw(t, "b"), mapitest.Value().Draw(t, "c")
		if a.Compare(b) != -b.Compare(a) || a.Compare(a) != 0 {
			t.Fatalf("%v and %v", a, b)
		}
		if a.Type() == b.Type() && b.Type() == c.Type() && a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatalf("%v, %v and %v", a, b, c)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(uint16(mapi.PtypMultipleString), `["a"]`)
	f.Add(uint16(mapi.PtypCurrency), "-0.0001")
	f.Add(uint16(mapi.PtypTime), "2026-03-29T01:02:03.0000004Z")
	f.Add(uint16(0), "{00020329-0000-0000-c000-000000000046}:0x00008102")
	f.Fuzz(func(t *testing.T, typ uint16, text string) {
		if v, err := mapi.ParseValue(mapi.PropType(typ), text); err == nil && v.Type() != mapi.PropType(typ) {
			t.Errorf("%q gives %s", text, v.Type())
		}
		if n, err := mapi.ParseName(text); err == nil {
			if back, err := mapi.ParseName(n.String()); err != nil || back != n {
				t.Errorf("%q: %s comes back as %s, %v", text, n, back, err)
			}
		}
	})
}
