// SPDX-License-Identifier: AGPL-3.0-or-later

package codec

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"time"

	"twiga/lib/mapi"
)

var (
	typeBytes       = reflect.TypeFor[[]byte]()
	typeTime        = reflect.TypeFor[time.Time]()
	typeProps       = reflect.TypeFor[mapi.Props]()
	typeRestriction = reflect.TypeFor[mapi.Restriction]()
)

// firstGrowth is how many elements of a list get room before any was read.
const firstGrowth = 1024

// part is the compiled form of a type within another.
type part struct {
	enc     encoder
	dec     decoder
	min     uint64 // the least number of bytes of a value
	aliases bool
}

func compile(t reflect.Type) part {
	switch t {
	case typeTime:
		return part{appendTime, takeTime, 1, false}
	case typeProps:
		return part{appendProps, takeProps, 4, true}
	case typeRestriction:
		return part{appendRestriction, takeRestriction, 4, true}
	}
	switch t.Kind() {
	case reflect.Bool:
		return part{appendBool, func(r *reader, v reflect.Value) { v.SetBool(r.flag()) }, 1, false}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return part{appendUint, takeUint(t), 1, false}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return part{appendInt, takeInt(t), 1, false}
	case reflect.String:
		return part{appendString, func(r *reader, v reflect.Value) { v.SetString(string(r.counted())) }, 1, false}
	case reflect.Array:
		return compileArray(t)
	case reflect.Slice:
		return compileSlice(t)
	case reflect.Struct:
		return compileStruct(t)
	case reflect.Pointer:
		return compilePointer(t)
	}
	panic(fmt.Sprintf("codec: type %s has no encoding", t))
}

func appendBool(dst []byte, v reflect.Value) []byte {
	if v.Bool() {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func appendUint(dst []byte, v reflect.Value) []byte { return binary.AppendUvarint(dst, v.Uint()) }

func appendInt(dst []byte, v reflect.Value) []byte { return binary.AppendVarint(dst, v.Int()) }

func appendString(dst []byte, v reflect.Value) []byte {
	s := v.String()
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func takeUint(t reflect.Type) decoder {
	bits := t.Bits()
	return func(r *reader, v reflect.Value) {
		n := r.uint()
		if n>>1>>(bits-1) != 0 {
			r.fail("number too large")
			return
		}
		v.SetUint(n)
	}
}

func takeInt(t reflect.Type) decoder {
	bits := t.Bits()
	return func(r *reader, v reflect.Value) {
		n := r.int()
		if n>>(bits-1) != n>>63 {
			r.fail("number too large")
			return
		}
		v.SetInt(n)
	}
}

func compileArray(t reflect.Type) part {
	if t.Elem().Kind() != reflect.Uint8 {
		panic(fmt.Sprintf("codec: type %s has no encoding", t))
	}
	n := uint64(t.Len())
	return part{
		enc: func(dst []byte, v reflect.Value) []byte { return append(dst, v.Bytes()...) },
		dec: func(r *reader, v reflect.Value) { copy(v.Bytes(), r.bytes(n)) },
		min: n,
	}
}

func compileSlice(t reflect.Type) part {
	if t.Elem().Kind() == reflect.Uint8 {
		return part{appendBytes, takeBytes, 1, true}
	}
	e := compile(t.Elem())
	if e.min == 0 {
		panic(fmt.Sprintf("codec: elements of %s take no bytes", t))
	}
	return part{
		enc: func(dst []byte, v reflect.Value) []byte {
			n := v.Len()
			dst = binary.AppendUvarint(dst, uint64(n))
			for i := range n {
				dst = e.enc(dst, v.Index(i))
			}
			return dst
		},
		dec:     takeList(e),
		min:     1,
		aliases: e.aliases,
	}
}

// takeList reads a list. Its length is believed as far as the bytes reach, and
// room for it is made as elements arrive.
func takeList(e part) decoder {
	return func(r *reader, v reflect.Value) {
		v.SetZero()
		n := r.uint()
		if n > uint64(len(r.rest))/e.min {
			r.fail("list too long")
			return
		}
		for i := range int(n) {
			if i == v.Cap() {
				v.Grow(min(int(n)-i, max(i, firstGrowth)))
			}
			v.SetLen(i + 1)
			e.dec(r, v.Index(i))
			if r.err != nil {
				return
			}
		}
	}
}

func appendBytes(dst []byte, v reflect.Value) []byte {
	b := v.Bytes()
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

func takeBytes(r *reader, v reflect.Value) {
	b := r.counted()
	if len(b) == 0 {
		b = nil
	}
	v.SetBytes(b)
}

func compileStruct(t reflect.Type) part {
	fields := make([]part, t.NumField())
	out := part{}
	for i := range fields {
		if !t.Field(i).IsExported() {
			panic(fmt.Sprintf("codec: field %s.%s is not exported", t, t.Field(i).Name))
		}
		fields[i] = compile(t.Field(i).Type)
		out.min += fields[i].min
		out.aliases = out.aliases || fields[i].aliases
	}
	out.enc = func(dst []byte, v reflect.Value) []byte {
		for i := range fields {
			dst = fields[i].enc(dst, v.Field(i))
		}
		return dst
	}
	out.dec = func(r *reader, v reflect.Value) {
		for i := range fields {
			fields[i].dec(r, v.Field(i))
		}
	}
	return out
}

// headOf encodes a struct up to the length of its last field, a byte slice.
func headOf(t reflect.Type) encoder {
	last := t.NumField() - 1
	fields := make([]part, last)
	for i := range fields {
		fields[i] = compile(t.Field(i).Type)
	}
	return func(dst []byte, v reflect.Value) []byte {
		for i := range fields {
			dst = fields[i].enc(dst, v.Field(i))
		}
		return binary.AppendUvarint(dst, uint64(v.Field(last).Len()))
	}
}

func compilePointer(t reflect.Type) part {
	e := compile(t.Elem())
	return part{
		enc: func(dst []byte, v reflect.Value) []byte {
			if v.IsNil() {
				return append(dst, 0)
			}
			return e.enc(append(dst, 1), v.Elem())
		},
		dec: func(r *reader, v reflect.Value) {
			v.SetZero()
			if !r.flag() {
				return
			}
			p := reflect.New(t.Elem())
			e.dec(r, p.Elem())
			v.Set(p)
		},
		min:     1,
		aliases: e.aliases,
	}
}
