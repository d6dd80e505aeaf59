// SPDX-License-Identifier: AGPL-3.0-or-later

package recipe

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrDamaged is what is wrong with a recipe that cannot be read.
var ErrDamaged = errors.New("recipe is damaged")

// cursor reads numbers and byte strings; bad is set where they end early.
type cursor struct {
	b   []byte
	at  int
	bad bool
}

func (c *cursor) uvarint(limit uint64) int64 {
	n, used := binary.Uvarint(c.b[c.at:])
	if used <= 0 || n > limit {
		c.bad = true
		return 0
	}
	c.at += used
	return int64(n)
}

func (c *cursor) bytes(n int) []byte {
	if n < 0 || n > len(c.b)-c.at {
		c.bad = true
		return nil
	}
	c.at += n
	return c.b[c.at-n : c.at]
}

func (c *cursor) byte() byte {
	if b := c.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// Decode reads a recipe into r, whose memory it recycles. r points into b.
func (r *Recipe) Decode(b []byte) error {
	c := cursor{b: b}
	if v := c.byte(); v != version {
		return fmt.Errorf("decode recipe: version %d: %w", v, ErrDamaged)
	}
	r.data, r.segments, r.units = b, r.segments[:0], r.units[:0]
	r.Size = c.uvarint(maxSize)
	total, inline := r.decodeSegments(&c)
	if c.bad || total != r.Size {
		return fmt.Errorf("decode recipe: segments of %d bytes, content of %d: %w", total, r.Size, ErrDamaged)
	}
	if units := r.decodeUnits(&c); c.bad || units != inline {
		return fmt.Errorf("decode recipe: units of %d bytes, inline %d: %w", units, inline, ErrDamaged)
	}
	return nil
}

func (r *Recipe) decodeSegments(c *cursor) (total, inline int64) {
	for n := c.uvarint(maxSegments); n > 0 && !c.bad; n-- {
		s := segment{kind: c.byte(), start: total}
		switch s.kind {
		case kindInline:
			s.offset = inline
		case kindBlob:
			copy(s.id[:], c.bytes(len(s.id)))
			s.width = uint16(c.uvarint(1<<16 - 4))
			s.lf = c.byte() == 1
			c.bad = c.bad || s.width%4 != 0
		case kindSlice:
			copy(s.id[:], c.bytes(len(s.id)))
			s.offset = c.uvarint(maxSize)
		default:
			c.bad = true
		}
		s.size = c.uvarint(maxSize)
		total += s.size
		if s.kind == kindInline {
			inline += s.size
		}
		c.bad = c.bad || total > maxSize
		r.segments = append(r.segments, s)
	}
	return total, inline
}

func (r *Recipe) decodeUnits(c *cursor) (inline int64) {
	for n := c.uvarint(maxSegments); n > 0 && !c.bad; n-- {
		u := unit{start: inline, size: c.uvarint(unitSize)}
		u.stored = -int(c.uvarint(2 * unitSize))
		if u.stored == 0 {
			u.stored = int(u.size)
		}
		inline += u.size
		r.units = append(r.units, u)
	}
	for i := range r.units {
		u := &r.units[i]
		u.at = c.at
		c.bytes(max(u.stored, -u.stored))
	}
	return inline
}
