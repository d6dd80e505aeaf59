// SPDX-License-Identifier: AGPL-3.0-or-later

package soap

import (
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

func putProps(dst []byte, name string, v reflect.Value) []byte {
	dst = appendOpen(dst, name)
	for _, p := range v.Interface().(mapi.Props) {
		dst = putProp(dst, p.Tag, p.Value)
	}
	return appendClose(dst, name)
}

func putBag(dst []byte, name string, v reflect.Value) []byte {
	dst = appendOpen(dst, name)
	for t, value := range v.Interface().(wire.Bag).All {
		dst = putProp(dst, t, value)
	}
	return appendClose(dst, name)
}

// putProp appends <P tag="0x0037001f" name="Subject"><V>text</V></P>.
func putProp(dst []byte, t mapi.PropTag, v mapi.Value) []byte {
	attrs := []attribute{{"tag", t.String()}}
	if name := tag.Name(t); name != t.String() {
		attrs = append(attrs, attribute{"name", name})
	}
	return putContent(dst, "P", v, attrs)
}

func putValue(dst []byte, name string, v reflect.Value) []byte {
	value := v.Interface().(mapi.Value)
	return putContent(dst, name, value, []attribute{{"type", fmt.Sprintf("0x%04x", uint16(value.Type()))}})
}

// putContent appends an element that holds a value: V, or one for each of
// several. (Text in the element itself would be mixed content, which the SOAP
// stacks of many languages lose.)
func putContent(dst []byte, name string, v mapi.Value, attrs []attribute) []byte {
	dst = appendString(dst, name, "", attrs...)
	dst = dst[:len(dst)-len(name)-len("</>")]
	if !v.Type().IsMulti() {
		return appendClose(appendString(dst, "V", valueText(v)), name)
	}
	for e := range v.Elements {
		dst = appendString(dst, "V", valueText(e))
	}
	return appendClose(dst, name)
}

// rawTime is the first moment that RFC 3339 has no form for.
var rawTime = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)

// valueText is a single value's text.
func valueText(v mapi.Value) string {
	switch v.Type() {
	case mapi.PtypInteger16, mapi.PtypInteger32, mapi.PtypInteger64, mapi.PtypCurrency:
		return strconv.FormatInt(v.Int(), 10)
	case mapi.PtypFloating32:
		return strconv.FormatFloat(v.Float(), 'g', -1, 32)
	case mapi.PtypFloating64, mapi.PtypFloatTime:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case mapi.PtypErrorCode:
		return fmt.Sprintf("0x%08x", v.Num())
	case mapi.PtypBoolean:
		return strconv.FormatBool(v.Bool())
	case mapi.PtypTime:
		if t := v.Time(); t.Before(rawTime) && mapi.FileTime(t) == v.Num() {
			return t.Format(time.RFC3339Nano)
		}
		return strconv.FormatUint(v.Num(), 10) // 100 ns since 1601-01-01 UTC
	case mapi.PtypGUID:
		return v.GUID().String()
	case mapi.PtypString:
		return string(v.Bytes())
	}
	return base64.StdEncoding.EncodeToString(v.Bytes())
}

func getProps(r *reader, _ xml.StartElement, v reflect.Value) {
	v.Set(reflect.ValueOf(r.props()))
}

func getBag(r *reader, _ xml.StartElement, v reflect.Value) {
	if p := r.props(); len(p) > 0 {
		v.SetBytes(wire.AppendBag(nil, p))
	}
}

// props reads the elements P of the element that is open. They may come in any
// order.
func (r *reader) props() mapi.Props {
	var list, out mapi.Props
	for {
		start, more := r.child()
		if !more {
			break
		}
		if start.Name.Local != "P" {
			r.fail("read properties: unknown element %s", start.Name.Local)
			return nil
		}
		t, ok := tag.Parse(attr(start, "tag"))
		if !ok || !t.Type().Known() {
			r.fail("read properties: bad tag %.40q", attr(start, "tag"))
			return nil
		}
		list = append(list, mapi.Prop{Tag: t, Value: r.value(t.Type())})
	}
	for _, p := range list {
		out.Set(p.Tag, p.Value)
	}
	return out
}

func getValue(r *reader, start xml.StartElement, v reflect.Value) {
	n, err := strconv.ParseUint(attr(start, "type"), 0, 16)
	if t := mapi.PropType(n); err != nil || !t.Known() {
		r.fail("read value: bad type %.20q", attr(start, "type"))
	} else {
		v.Set(reflect.ValueOf(r.value(t)))
	}
}

// value reads the content of the element that is open.
func (r *reader) value(t mapi.PropType) mapi.Value {
	var list []mapi.Value
	for {
		e, more := r.child()
		if !more {
			break
		}
		list = append(list, r.single(e, t.Single()))
	}
	if t.IsMulti() {
		return mapi.Multi(t.Single(), list...)
	}
	if len(list) != 1 {
		r.fail("read value of type %s: %d elements, one wanted", t, len(list))
		return mapi.Raw(t, 0, nil)
	}
	return list[0]
}

// single reads a value that is not one of several.
func (r *reader) single(start xml.StartElement, t mapi.PropType) mapi.Value {
	if t == mapi.PtypString {
		return mapi.Raw(t, 0, r.anyText(start))
	}
	if t.IsVariable() {
		return mapi.Raw(t, 0, r.base64())
	}
	text := r.word()
	if r.err != nil {
		return mapi.Raw(t, 0, nil)
	}
	num, data, err := parseFixed(t, text)
	if err != nil {
		r.fail("read value of type %s: %v", t, err)
	}
	return mapi.Raw(t, num, data)
}

// parseFixed reads the text of a value of fixed size.
func parseFixed(t mapi.PropType, text string) (num uint64, data []byte, err error) {
	var n int64
	var f float64
	switch t {
	case mapi.PtypInteger16:
		n, err = strconv.ParseInt(text, 0, 16)
		return uint64(uint16(n)), nil, err
	case mapi.PtypInteger32:
		n, err = strconv.ParseInt(text, 0, 32)
		return uint64(uint32(n)), nil, err
	case mapi.PtypInteger64, mapi.PtypCurrency:
		n, err = strconv.ParseInt(text, 0, 64)
		return uint64(n), nil, err
	case mapi.PtypFloating32:
		f, err = strconv.ParseFloat(text, 32)
		return uint64(math.Float32bits(float32(f))), nil, err
	case mapi.PtypFloating64, mapi.PtypFloatTime:
		f, err = strconv.ParseFloat(text, 64)
		return math.Float64bits(f), nil, err
	case mapi.PtypErrorCode:
		num, err = strconv.ParseUint(text, 0, 32)
		return num, nil, err
	case mapi.PtypBoolean:
		var b bool
		b, err = strconv.ParseBool(text)
		if b {
			num = 1
		}
		return num, nil, err
	case mapi.PtypTime:
		if num, err = strconv.ParseUint(text, 10, 64); err == nil {
			return num, nil, nil
		}
		var when time.Time
		when, err = time.Parse(time.RFC3339Nano, text)
		return mapi.FileTime(when), nil, err
	case mapi.PtypGUID:
		var g mapi.GUID
		g, err = mapi.ParseGUID(text)
		return 0, g[:], err
	}
	return 0, nil, nil // PtypNull
}
