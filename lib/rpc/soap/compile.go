// SPDX-License-Identifier: AGPL-3.0-or-later

package soap

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/wire"
)

var (
	typeTime        = reflect.TypeFor[time.Time]()
	typeGUID        = reflect.TypeFor[mapi.GUID]()
	typeTag         = reflect.TypeFor[mapi.PropTag]()
	typeCode        = reflect.TypeFor[mapi.Code]()
	typeValue       = reflect.TypeFor[mapi.Value]()
	typeProps       = reflect.TypeFor[mapi.Props]()
	typeBag         = reflect.TypeFor[wire.Bag]()
	typeRestriction = reflect.TypeFor[mapi.Restriction]()
	typeFault       = reflect.TypeFor[faultElement]()
)

// Type writes and reads values of one Go type.
type Type struct {
	goType reflect.Type
	part   part
}

// part is the compiled form of a type. Put appends an element of the name; get
// reads the element that is open into v, to its end.
type part struct {
	put func(dst []byte, name string, v reflect.Value) []byte
	get func(r *reader, start xml.StartElement, v reflect.Value)
}

// Compile prepares a type. It panics where the contract uses a type that has
// no form in XML, which a test finds.
func Compile(t reflect.Type) *Type { return &Type{goType: t, part: compile(t)} }

// GoType is the type that is written and read.
func (t *Type) GoType() reflect.Type { return t.goType }

// Append appends the value that ptr, a *T, points to as an element.
func (t *Type) Append(dst []byte, name string, ptr any) []byte {
	return t.part.put(dst, name, reflect.ValueOf(ptr).Elem())
}

func compile(t reflect.Type) part {
	switch t {
	case typeTime:
		return word(formatTime, parseTime)
	case typeGUID:
		return word(formatGUID, parseGUID)
	case typeTag:
		return word(formatTag, parseTag)
	case typeCode:
		return word(formatCode, parseUint)
	case typeValue:
		return part{putValue, getValue}
	case typeProps:
		return part{putProps, getProps}
	case typeBag:
		return part{putBag, getBag}
	case typeRestriction:
		return part{putRestriction, getRestriction}
	}
	switch t.Kind() {
	case reflect.Bool:
		return word(func(v reflect.Value) string { return strconv.FormatBool(v.Bool()) }, parseBool)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return word(func(v reflect.Value) string { return strconv.FormatUint(v.Uint(), 10) }, parseUint)
	case reflect.Int, reflect.Int32, reflect.Int64:
		return word(func(v reflect.Value) string { return strconv.FormatInt(v.Int(), 10) }, parseInt)
	case reflect.String:
		return part{
			func(dst []byte, name string, v reflect.Value) []byte { return appendString(dst, name, v.String()) },
			func(r *reader, start xml.StartElement, v reflect.Value) { v.SetString(string(r.anyText(start))) },
		}
	case reflect.Array:
		return word(func(v reflect.Value) string { return hex.EncodeToString(v.Bytes()) }, parseHex)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return part{putBytes, getBytes}
		}
	case reflect.Struct:
		return compileStruct(t)
	}
	panic(fmt.Sprintf("soap: type %s has no form in XML", t))
}

// word is the form of a value that is one word.
func word(format func(reflect.Value) string, parse func(string, reflect.Value) error) part {
	return part{
		put: func(dst []byte, name string, v reflect.Value) []byte {
			dst = appendOpen(dst, name)
			dst = append(dst, format(v)...)
			return appendClose(dst, name)
		},
		get: func(r *reader, start xml.StartElement, v reflect.Value) {
			text := r.word()
			if r.err != nil {
				return
			}
			if err := parse(text, v); err != nil {
				r.fail("read %s: %v", start.Name.Local, err)
			}
		},
	}
}

func putBytes(dst []byte, name string, v reflect.Value) []byte {
	dst = appendOpen(dst, name)
	dst = base64.StdEncoding.AppendEncode(dst, v.Bytes())
	return appendClose(dst, name)
}

func getBytes(r *reader, _ xml.StartElement, v reflect.Value) {
	if b := r.base64(); len(b) > 0 {
		v.SetBytes(b)
	}
}

// field is one field of a struct: how it is written, and how one element of
// its name is read into it.
type field struct {
	name string
	part
	list bool // may come more than once
}

// compileField gives a field its form: a list repeats its element, an optional
// value may be missing.
func compileField(f reflect.StructField) field {
	t := f.Type
	switch {
	case isList(t):
		e := compile(t.Elem())
		return field{f.Name, part{putList(e), getElement(e)}, true}
	case t.Kind() == reflect.Pointer && isList(t.Elem()):
		e := compile(t.Elem().Elem())
		return field{f.Name, part{putOptional(part{put: putItems(e)}), getOptional(t, part{get: getItems(e)})}, false}
	case t.Kind() == reflect.Pointer:
		e := compile(t.Elem())
		return field{f.Name, part{putOptional(e), getOptional(t, e)}, false}
	}
	return field{f.Name, compile(t), false}
}

// isList says whether values of a type are written one by one.
func isList(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 && t != typeProps
}

func putList(e part) func([]byte, string, reflect.Value) []byte {
	return func(dst []byte, name string, v reflect.Value) []byte {
		for i := range v.Len() {
			dst = e.put(dst, name, v.Index(i))
		}
		return dst
	}
}

// getElement reads one element of a list and appends it.
func getElement(e part) func(*reader, xml.StartElement, reflect.Value) {
	return func(r *reader, start xml.StartElement, v reflect.Value) {
		n := v.Len()
		if n == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(n + 1)
		v.Index(n).SetZero()
		e.get(r, start, v.Index(n))
	}
}

func putItems(e part) func([]byte, string, reflect.Value) []byte {
	list := putList(e)
	return func(dst []byte, name string, v reflect.Value) []byte {
		return appendClose(list(appendOpen(dst, name), "Item", v), name)
	}
}

func getItems(e part) func(*reader, xml.StartElement, reflect.Value) {
	element := getElement(e)
	return func(r *reader, _ xml.StartElement, v reflect.Value) {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		for {
			start, more := r.child()
			if !more {
				return
			}
			element(r, start, v)
		}
	}
}

func putOptional(e part) func([]byte, string, reflect.Value) []byte {
	return func(dst []byte, name string, v reflect.Value) []byte {
		if v.IsNil() {
			return dst
		}
		return e.put(dst, name, v.Elem())
	}
}

func getOptional(t reflect.Type, e part) func(*reader, xml.StartElement, reflect.Value) {
	return func(r *reader, start xml.StartElement, v reflect.Value) {
		p := reflect.New(t.Elem())
		e.get(r, start, p.Elem())
		v.Set(p)
	}
}

func compileStruct(t reflect.Type) part {
	fields := make([]field, t.NumField())
	place := map[string]int{}
	for i := range fields {
		fields[i] = compileField(t.Field(i))
		place[fields[i].name] = i
		if t == typeFault { // SOAP's own elements begin small
			place[strings.ToLower(fields[i].name)] = i
		}
	}
	return part{
		put: func(dst []byte, name string, v reflect.Value) []byte {
			dst = appendOpen(dst, name)
			for i := range fields {
				dst = fields[i].put(dst, fields[i].name, v.Field(i))
			}
			return appendClose(dst, name)
		},
		get: func(r *reader, start xml.StartElement, v reflect.Value) {
			seen := make([]bool, len(fields))
			for {
				e, more := r.child()
				if !more {
					return
				}
				i, known := place[e.Name.Local]
				switch {
				case !known:
					r.fail("read %s: unknown element %s", start.Name.Local, e.Name.Local)
				case seen[i] && !fields[i].list:
					r.fail("read %s: element %s comes twice", start.Name.Local, e.Name.Local)
				default:
					seen[i] = true
					fields[i].get(r, e, v.Field(i))
				}
			}
		},
	}
}
