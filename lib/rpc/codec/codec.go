// SPDX-License-Identifier: AGPL-3.0-or-later

// Package codec turns the values of the contract into bytes and back, by
// their Go types.
//
// The encoding has no names and no tags; both sides know the type:
//
//	bool            one byte, 0 or 1
//	unsigned        uvarint (encoding/binary)
//	signed          zigzag uvarint
//	string, []byte  uvarint length and the bytes
//	[n]byte         the bytes
//	time.Time       one byte, 0 for the zero time; else 1, zigzag seconds of
//	                Unix time and uvarint nanoseconds
//	slice           uvarint length and the elements
//	struct          its fields in order
//	pointer         one byte, 0 for nil; else 1 and what it points to
//	mapi.Props      uint32 length, little endian, and a bag (wire)
//	mapi.Restriction  the same with a restriction (wire)
//
// A type is compiled once, by reflection, and then used from many goroutines.
package codec

import (
	"fmt"
	"reflect"

	"twiga/lib/mapi"
)

// Type encodes and decodes values of one Go type.
type Type struct {
	goType  reflect.Type
	enc     encoder
	dec     decoder
	head    encoder // all but the bytes of the last field, where that is a byte slice
	tail    int     // the index of that field; -1 where there is none
	aliases bool
}

type (
	encoder func(dst []byte, v reflect.Value) []byte
	decoder func(r *reader, v reflect.Value)
)

// Of compiles a type. It panics where the contract uses a type that the
// encoding does not have, which a test finds.
func Of[T any]() *Type { return Compile(reflect.TypeFor[T]()) }

// Compile is Of for a type that is known at run time only.
func Compile(t reflect.Type) *Type {
	p := compile(t)
	out := &Type{goType: t, enc: p.enc, dec: p.dec, aliases: p.aliases, tail: -1}
	if t.Kind() != reflect.Struct || t.NumField() == 0 {
		return out
	}
	if last := t.NumField() - 1; t.Field(last).Type == typeBytes {
		out.tail, out.head = last, headOf(t)
	}
	return out
}

// GoType is the type that is encoded.
func (t *Type) GoType() reflect.Type { return t.goType }

// Aliases says whether decoded values point into the bytes that they were
// read from.
func (t *Type) Aliases() bool { return t.aliases }

// Append appends the encoding of the value that ptr, a *T, points to.
func (t *Type) Append(dst []byte, ptr any) []byte {
	return t.enc(dst, reflect.ValueOf(ptr).Elem())
}

// AppendHead is Append but for the bytes of the struct's last field, a byte
// slice: it gives them back, for the caller to write behind dst. Types that do
// not end so have no tail.
func (t *Type) AppendHead(dst []byte, ptr any) (head, tail []byte) {
	v := reflect.ValueOf(ptr).Elem()
	if t.tail < 0 {
		return t.enc(dst, v), nil
	}
	return t.head(dst, v), v.Field(t.tail).Bytes()
}

// Decode reads one value from the front of src into *ptr and gives what is
// left. Errors are mapi.InvalidParameter, TooBig or TooComplex.
func (t *Type) Decode(src []byte, ptr any) (rest []byte, err error) {
	r := reader{rest: src}
	t.dec(&r, reflect.ValueOf(ptr).Elem())
	if r.err != nil {
		return nil, fmt.Errorf("decode %s: %w", t.goType.Name(), r.err)
	}
	return r.rest, nil
}

// DecodeAll is Decode for bytes that hold just one value.
func (t *Type) DecodeAll(src []byte, ptr any) error {
	rest, err := t.Decode(src, ptr)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("decode %s: %d bytes too many: %w", t.goType.Name(), len(rest), mapi.InvalidParameter)
	}
	return nil
}
