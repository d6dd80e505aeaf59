// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"encoding/binary"
	"fmt"

	"twiga/lib/mapi"
)

// BagVersion is the first byte of every bag of this form.
const BagVersion = 1

// MaxBag is the largest bag that is read, in bytes.
const MaxBag = 16 << 20

// Bag is an encoded property bag:
//
//	byte     version (1)
//	repeated, in rising order of the property id:
//	uint32   tag, little endian
//	...      the value: fixed-size types as they are, little endian; a
//	         variable type as uvarint length and bytes; a multi-value as
//	         uvarint length in bytes and its elements packed the same way
//
// The empty (nil) bag holds no property. Reads are zero-copy: a Value points
// into the bag. A bag that came from outside is to be checked once with
// Check; reads of a damaged bag end early and never fail otherwise.
type Bag []byte

// AppendBag appends the encoding of the properties, which are in order.
func AppendBag(dst []byte, props mapi.Props) []byte {
	dst = append(dst, BagVersion)
	for _, p := range props {
		dst = AppendProp(dst, p.Tag, p.Value)
	}
	return dst
}

// AppendProp appends one property to a bag under construction. Tags must come
// in rising order of their ids. The tag takes the value's type; a value that
// was never set is left out.
func AppendProp(dst []byte, t mapi.PropTag, v mapi.Value) []byte {
	if v.IsZero() {
		return dst
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(t.WithType(v.Type())))
	return AppendValue(dst, v)
}

// AppendValue appends a value without its type.
func AppendValue(dst []byte, v mapi.Value) []byte {
	t := v.Type()
	if t.IsMulti() || t.IsVariable() {
		dst = binary.AppendUvarint(dst, uint64(len(v.Bytes())))
		return append(dst, v.Bytes()...)
	}
	switch t.FixedSize() {
	case 1:
		return append(dst, byte(v.Num()))
	case 2:
		return binary.LittleEndian.AppendUint16(dst, uint16(v.Num()))
	case 4:
		return binary.LittleEndian.AppendUint32(dst, uint32(v.Num()))
	case 8:
		return binary.LittleEndian.AppendUint64(dst, v.Num())
	case 16:
		return append(dst, v.Bytes()...)
	}
	return dst // PtypNull
}

// TakeValue reads a value of the type; ok is false where the bytes end early
// or the type is unknown.
func TakeValue(t mapi.PropType, b []byte) (v mapi.Value, rest []byte, ok bool) {
	if !t.Known() {
		return mapi.Value{}, nil, false
	}
	if t.IsMulti() || t.IsVariable() {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(len(b)-used) {
			return mapi.Value{}, nil, false
		}
		end := used + int(n)
		return mapi.Raw(t, 0, b[used:end:end]), b[end:], true
	}
	size := t.FixedSize()
	if len(b) < size {
		return mapi.Value{}, nil, false
	}
	switch size {
	case 1:
		return mapi.Raw(t, uint64(b[0]), nil), b[1:], true
	case 2:
		return mapi.Raw(t, uint64(binary.LittleEndian.Uint16(b)), nil), b[2:], true
	case 4:
		return mapi.Raw(t, uint64(binary.LittleEndian.Uint32(b)), nil), b[4:], true
	case 8:
		return mapi.Raw(t, binary.LittleEndian.Uint64(b), nil), b[8:], true
	case 16:
		return mapi.Raw(t, 0, b[:16:16]), b[16:], true
	}
	return mapi.Raw(t, 0, nil), b, true // PtypNull
}

// take cuts the first property off the bytes behind the version.
func take(b []byte) (t mapi.PropTag, v mapi.Value, rest []byte, ok bool) {
	if len(b) < 4 {
		return 0, mapi.Value{}, nil, false
	}
	t = mapi.PropTag(binary.LittleEndian.Uint32(b))
	v, rest, ok = TakeValue(t.Type(), b[4:])
	return t, v, rest, ok
}

// Get is the value of the tag; false where it is missing or, unless the tag
// has PtypUnspecified, of another type. It reads up to the tag's place.
func (b Bag) Get(want mapi.PropTag) (mapi.Value, bool) {
	if len(b) == 0 || b[0] != BagVersion {
		return mapi.Value{}, false
	}
	for rest := []byte(b[1:]); len(rest) > 0; {
		t, v, next, ok := take(rest)
		if !ok || t.ID() > want.ID() {
			break
		}
		if t.ID() == want.ID() {
			return v, want.Type() == mapi.PtypUnspecified || t == want
		}
		rest = next
	}
	return mapi.Value{}, false
}

// All are the properties in order.
func (b Bag) All(yield func(mapi.PropTag, mapi.Value) bool) {
	if len(b) == 0 || b[0] != BagVersion {
		return
	}
	for rest := []byte(b[1:]); len(rest) > 0; {
		t, v, next, ok := take(rest)
		if !ok || !yield(t, v) {
			return
		}
		rest = next
	}
}

// usualProps is how many properties there is room for at first: a mail has about as many.
const usualProps = 20

// Props are the properties as a list whose values point into the bag.
func (b Bag) Props() mapi.Props {
	var out mapi.Props
	for t, v := range b.All {
		if out == nil {
			out = make(mapi.Props, 0, usualProps)
		}
		out = append(out, mapi.Prop{Tag: t, Value: v})
	}
	return out
}

// Int is the value of a number property, 0 where it is missing.
func (b Bag) Int(t mapi.PropTag) int64 {
	v, _ := b.Get(t)
	return v.Int()
}

// Text is the text of a string property, "" where it is missing.
func (b Bag) Text(t mapi.PropTag) string {
	v, _ := b.Get(t)
	return v.Text()
}

// Bytes is the data of a binary property, nil where it is missing.
func (b Bag) Bytes(t mapi.PropTag) []byte {
	v, _ := b.Get(t)
	return v.Bytes()
}

// Check says what is wrong with a bag that came from outside.
func (b Bag) Check() error {
	if len(b) == 0 {
		return nil
	}
	if len(b) > MaxBag {
		return fmt.Errorf("read property bag: %d bytes: %w", len(b), mapi.TooBig)
	}
	if b[0] != BagVersion {
		return fmt.Errorf("read property bag: version %d: %w", b[0], mapi.Version)
	}
	last := -1
	for rest := []byte(b[1:]); len(rest) > 0; {
		t, v, next, ok := take(rest)
		if !ok {
			return fmt.Errorf("read property bag: cut short or unknown type at byte %d: %w", len(b)-len(rest), mapi.InvalidParameter)
		}
		if int(t.ID()) <= last {
			return fmt.Errorf("read property bag: %s out of order: %w", t, mapi.InvalidParameter)
		}
		if err := checkElements(t, v); err != nil {
			return err
		}
		last, rest = int(t.ID()), next
	}
	return nil
}

// checkElements says whether the elements of a multi-value fill it exactly.
func checkElements(t mapi.PropTag, v mapi.Value) error {
	if !t.Type().IsMulti() || elementsFill(t.Type(), v.Bytes()) {
		return nil
	}
	return fmt.Errorf("read property bag: bad elements in %s: %w", t, mapi.InvalidParameter)
}

func elementsFill(t mapi.PropType, b []byte) bool {
	if size := t.FixedSize(); size > 0 {
		return len(b)%size == 0
	}
	for len(b) > 0 {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(len(b)-used) {
			return false
		}
		b = b[used+int(n):]
	}
	return true
}
