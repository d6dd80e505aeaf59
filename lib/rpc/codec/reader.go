// SPDX-License-Identifier: AGPL-3.0-or-later

package codec

import (
	"encoding/binary"
	"fmt"

	"twiga/lib/mapi"
)

// reader cuts values off bytes. After the first error all values are zero.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(why string) {
	if r.err == nil {
		r.wrap(fmt.Errorf("%s: %w", why, mapi.InvalidParameter))
	}
}

func (r *reader) wrap(err error) {
	r.err, r.rest = err, nil
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail("cut short")
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) uint() uint64 {
	if len(r.rest) > 0 && r.rest[0] < 0x80 {
		b := r.rest[0]
		r.rest = r.rest[1:]
		return uint64(b)
	}
	n, used := binary.Uvarint(r.rest)
	if used <= 0 {
		r.fail("bad number")
		return 0
	}
	r.rest = r.rest[used:]
	return n
}

func (r *reader) int() int64 {
	n := r.uint()
	return int64(n>>1) ^ -int64(n&1)
}

// flag reads a byte that is 0 or 1.
func (r *reader) flag() bool {
	b := r.byte()
	if b > 1 {
		r.fail("bad boolean")
	}
	return b == 1
}

// bytes reads n bytes, which point into the input.
func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.fail("cut short")
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

// counted reads a uvarint length and as many bytes.
func (r *reader) counted() []byte { return r.bytes(r.uint()) }

// sized reads a uint32 length and as many bytes.
func (r *reader) sized() []byte {
	b := r.bytes(4)
	if r.err != nil {
		return nil
	}
	return r.bytes(uint64(binary.LittleEndian.Uint32(b)))
}
