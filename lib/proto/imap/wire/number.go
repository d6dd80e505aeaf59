// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"math"
	"time"
)

// Number consumes a decimal number up to limit.
func (x *Lexer) Number(limit uint64) (uint64, error) {
	v, end, ok := scanUint(x.cmd, x.pos, limit)
	if !ok {
		return 0, x.fail("number")
	}
	x.pos = end
	return v, nil
}

// Uint32 consumes number (RFC 3501 9).
func (x *Lexer) Uint32() (uint32, error) {
	v, err := x.Number(math.MaxUint32)
	return uint32(v), err
}

// NZUint32 consumes nz-number (RFC 3501 9).
func (x *Lexer) NZUint32() (uint32, error) {
	start := x.pos
	v, err := x.Uint32()
	if err == nil && v == 0 {
		x.pos = start
		err = x.fail("number above 0")
	}
	return v, err
}

// ModSeq consumes a mod-sequence value, zero included (RFC 7162 7,
// mod-sequence-valzer: 63 bits).
func (x *Lexer) ModSeq() (uint64, error) { return x.Number(math.MaxInt64) }

// NumSet consumes a sequence set.
func (x *Lexer) NumSet() (NumSet, error) {
	set, n, err := scanNumSet(x.cmd[x.pos:])
	if err != nil {
		x.pos += n
		return nil, x.fail("sequence set")
	}
	x.pos += n
	return set, nil
}

// Date consumes a date, quoted or not.
func (x *Lexer) Date() (time.Time, error) {
	start := x.pos
	b, err := x.AString()
	if err != nil {
		return time.Time{}, err
	}
	t, err := ParseDate(b)
	if err != nil {
		x.pos = start
		return t, x.fail("date")
	}
	return t, nil
}

// DateTime consumes a quoted date-time.
func (x *Lexer) DateTime() (time.Time, error) {
	start := x.pos
	if x.Peek() != '"' {
		return time.Time{}, x.fail("date-time")
	}
	b, err := x.quoted()
	if err != nil {
		return time.Time{}, err
	}
	t, err := ParseDateTime(b)
	if err != nil {
		x.pos = start
		return t, x.fail("date-time")
	}
	return t, nil
}
