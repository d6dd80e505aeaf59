// SPDX-License-Identifier: AGPL-3.0-or-later

package codec

import (
	"encoding/binary"
	"reflect"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/wire"
)

func appendTime(dst []byte, v reflect.Value) []byte {
	t := *v.Addr().Interface().(*time.Time)
	if t.IsZero() {
		return append(dst, 0)
	}
	dst = binary.AppendVarint(append(dst, 1), t.Unix())
	return binary.AppendUvarint(dst, uint64(t.Nanosecond()))
}

func takeTime(r *reader, v reflect.Value) {
	out := v.Addr().Interface().(*time.Time)
	*out = time.Time{}
	if !r.flag() {
		return
	}
	seconds, nanos := r.int(), r.uint()
	if nanos >= uint64(time.Second) {
		r.fail("bad time")
		return
	}
	*out = time.Unix(seconds, int64(nanos)).UTC()
}

// appendSized appends what put appends, behind its length.
func appendSized(dst []byte, put func([]byte) []byte) []byte {
	at := len(dst)
	dst = put(append(dst, 0, 0, 0, 0))
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

func appendProps(dst []byte, v reflect.Value) []byte {
	p := *v.Addr().Interface().(*mapi.Props)
	if len(p) == 0 {
		return append(dst, 0, 0, 0, 0)
	}
	return appendSized(dst, func(dst []byte) []byte { return wire.AppendBag(dst, p) })
}

func takeProps(r *reader, v reflect.Value) {
	out := v.Addr().Interface().(*mapi.Props)
	*out = nil
	bag := wire.Bag(r.sized())
	if err := bag.Check(); err != nil {
		r.wrap(err)
		return
	}
	*out = bag.Props()
}

func appendRestriction(dst []byte, v reflect.Value) []byte {
	c := *v.Addr().Interface().(*mapi.Restriction)
	if c == nil {
		return append(dst, 0, 0, 0, 0)
	}
	return appendSized(dst, func(dst []byte) []byte { return wire.AppendRestriction(dst, c) })
}

func takeRestriction(r *reader, v reflect.Value) {
	out := v.Addr().Interface().(*mapi.Restriction)
	*out = nil
	b := r.sized()
	if len(b) == 0 {
		return
	}
	c, err := wire.ReadRestriction(b)
	if err != nil {
		r.wrap(err)
		return
	}
	*out = c
}
