// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// String is the value as Format gives it.
func (v Value) String() string { return Format(v) }

// Format is a value's text form for people: numbers in decimal (currency with
// four decimals), true and false, times as RFC 3339 in UTC, GUIDs as usual,
// strings as they are, byte strings in hexadecimal digits, result codes by name; a
// multi-value is a JSON array of its elements' text forms. ParseValue is its
// inverse.
func Format(v Value) string {
	if v.typ.IsMulti() {
		list := []string{}
		for e := range v.Elements {
			list = append(list, Format(e))
		}
		text, _ := json.Marshal(list) // strings never fail
		return string(text)
	}
	switch v.typ {
	case PtypUnspecified, PtypNull:
		return ""
	case PtypFloating32:
		return strconv.FormatFloat(v.Float(), 'g', -1, 32)
	case PtypFloating64, PtypFloatTime:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case PtypCurrency:
		return formatCurrency(v.Int())
	case PtypErrorCode:
		return v.Code().Name()
	case PtypBoolean:
		return strconv.FormatBool(v.Bool())
	case PtypTime:
		return v.Time().Format(time.RFC3339Nano)
	case PtypGUID:
		return v.GUID().String()
	case PtypString, PtypString8:
		return v.Text()
	case PtypInteger16, PtypInteger32, PtypInteger64:
		return strconv.FormatInt(v.Int(), 10)
	}
	return hex.EncodeToString(v.data)
}

func formatCurrency(n int64) string {
	sign, u := "", uint64(n)
	if n < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%04d", sign, u/10000, u%10000)
}

// ParseValue reads a value of the type from its text form.
func ParseValue(t PropType, text string) (Value, error) {
	if !t.Known() {
		return Value{}, fmt.Errorf("parse value: %s: %w", t, TypeNoSupport)
	}
	v, err := parseValue(t, text)
	if err != nil {
		return Value{}, fmt.Errorf("parse %s %.40q: %w: %w", t, text, BadValue, err)
	}
	return v, nil
}

func parseValue(t PropType, text string) (Value, error) {
	if t.IsMulti() {
		return parseList(t.Single(), text)
	}
	switch t {
	case PtypNull:
		return Null(), nil
	case PtypInteger16, PtypInteger32, PtypInteger64:
		n, err := strconv.ParseInt(text, 10, 8*t.FixedSize())
		return Value{typ: t, num: uint64(n) & (1<<(8*t.FixedSize()) - 1)}, err
	case PtypFloating32:
		f, err := strconv.ParseFloat(text, 32)
		return Float32(float32(f)), err
	case PtypFloating64:
		f, err := strconv.ParseFloat(text, 64)
		return Float64(f), err
	case PtypFloatTime:
		f, err := strconv.ParseFloat(text, 64)
		return FloatTime(f), err
	case PtypCurrency:
		return parseCurrency(text)
	case PtypErrorCode:
		c, ok := ParseCode(text)
		if !ok {
			return Value{}, fmt.Errorf("unknown result code")
		}
		return ErrorCode(c), nil
	case PtypBoolean:
		b, err := strconv.ParseBool(text)
		return Bool(b), err
	case PtypTime:
		at, err := time.Parse(time.RFC3339Nano, text)
		return Time(at), err
	case PtypGUID:
		g, err := ParseGUID(text)
		return Guid(g), err
	case PtypString, PtypString8:
		return Value{typ: t, data: []byte(text)}, nil
	}
	data, err := hex.DecodeString(text)
	return Value{typ: t, data: data}, err
}

func parseList(t PropType, text string) (Value, error) {
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return Value{}, err
	}
	elements := make([]Value, len(list))
	for i, s := range list {
		var err error
		if elements[i], err = parseValue(t, s); err != nil {
			return Value{}, err
		}
	}
	return Multi(t, elements...), nil
}

func parseCurrency(text string) (Value, error) {
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > 4 || strings.ContainsAny(part, "+-") {
		return Value{}, fmt.Errorf("at most four decimals wanted")
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", 4-len(part)), 10, 64)
	return Currency(n), err
}

// MarshalJSON is the value for JSON: numbers and booleans as such, a
// multi-value as an array, null for no value, all others as the string that
// Format gives.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.typ.IsMulti() {
		list := []Value{}
		for e := range v.Elements {
			list = append(list, e)
		}
		return json.Marshal(list)
	}
	switch v.typ {
	case PtypUnspecified, PtypNull:
		return []byte("null"), nil
	case PtypInteger16, PtypInteger32, PtypInteger64, PtypBoolean:
		return []byte(Format(v)), nil
	}
	return json.Marshal(Format(v))
}
