// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"encoding/binary"
	"fmt"

	"twiga/lib/mapi"
)

// taker cuts encoded parts off the front of a buffer. After the first failure
// err says what was wrong and all parts are zero.
type taker struct {
	what string // what is being read, for errors
	rest []byte
	err  error
}

func (t *taker) fail(code mapi.Code, format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf("read %s: %s: %w", t.what, fmt.Sprintf(format, args...), code)
	}
	t.rest = nil
}

// bytes takes n bytes, nil where there are not so many.
func (t *taker) bytes(n uint64) []byte {
	if n > uint64(len(t.rest)) {
		t.fail(mapi.InvalidParameter, "cut short")
		return nil
	}
	out := t.rest[:n:n]
	t.rest = t.rest[n:]
	return out
}

func (t *taker) byte() byte {
	if b := t.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (t *taker) uint32() uint32 {
	if b := t.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (t *taker) uvarint() uint64 {
	n, used := binary.Uvarint(t.rest)
	if used <= 0 {
		t.fail(mapi.InvalidParameter, "bad number")
		return 0
	}
	t.rest = t.rest[used:]
	return n
}

// count takes the length of a list whose elements have at least size bytes each.
func (t *taker) count(limit, size int) int {
	n := t.uvarint()
	if n > uint64(limit) {
		t.fail(mapi.TooBig, "%d elements, at most %d", n, limit)
		return 0
	}
	if n > uint64(len(t.rest)/size) {
		t.fail(mapi.InvalidParameter, "%d elements in %d bytes", n, len(t.rest))
		return 0
	}
	return int(n)
}

func (t *taker) tag() mapi.PropTag { return mapi.PropTag(t.uint32()) }

// value takes a type and a value of it.
func (t *taker) value() mapi.Value {
	b := t.bytes(2)
	if b == nil {
		return mapi.Value{}
	}
	typ := mapi.PropType(binary.LittleEndian.Uint16(b))
	if typ == mapi.PtypUnspecified {
		return mapi.Value{}
	}
	v, rest, ok := TakeValue(typ, t.rest)
	if !ok || typ.IsMulti() && !elementsFill(typ, v.Bytes()) {
		t.fail(mapi.InvalidParameter, "bad %s value", typ)
		return mapi.Value{}
	}
	t.rest = rest
	return v
}

// version takes the first byte of an encoding.
func (t *taker) version(want byte) {
	if v := t.byte(); t.err == nil && v != want {
		t.fail(mapi.Version, "version %d", v)
	}
}

// end fails unless all bytes were taken.
func (t *taker) end() {
	if t.err == nil && len(t.rest) > 0 {
		t.fail(mapi.InvalidParameter, "%d bytes too many", len(t.rest))
	}
}

// appendTyped appends a value behind its type.
func appendTyped(dst []byte, v mapi.Value) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, uint16(v.Type()))
	return AppendValue(dst, v)
}
