// SPDX-License-Identifier: AGPL-3.0-or-later

package recipe

import (
	"context"
	"fmt"
	"io"
	"sort"

	"twiga/lib/base64lines"
	"twiga/lib/blob"
)

// Composer gives the bytes of content, a stretch at a time. It is for one
// goroutine; its buffers serve any number of recipes one after the other.
type Composer struct {
	Codec *blob.Codec
	Blobs blob.Store

	r       *Recipe
	pos     int64
	end     int64
	seg     int
	unit    int // the unit in plain, -1 for none
	plain   []byte
	scratch []byte
	lines   []byte
	full    bool        // dst has no room for a further line
	open    blob.Reader // of openID
	openID  blob.ID
}

// Start sets the stretch to be composed, cut at the content's end, and gives
// its length. A negative length is up to the end.
func (c *Composer) Start(r *Recipe, offset, length int64) int64 {
	c.r, c.unit = r, -1
	c.pos = min(max(offset, 0), r.Size)
	c.end = r.Size
	if length >= 0 && length < r.Size-c.pos {
		c.end = c.pos + length
	}
	c.seg = sort.Search(len(r.segments), func(i int) bool { return r.segments[i].end() > c.pos })
	return c.end - c.pos
}

// Close lets go of an open blob.
func (c *Composer) Close() {
	if c.open != nil {
		c.open.Close()
		c.open, c.openID = nil, blob.ID{}
	}
}

// Done says whether the stretch is at its end.
func (c *Composer) Done() bool { return c.pos >= c.end }

// Next appends the next bytes of the stretch to dst, up to its capacity;
// io.EOF where the stretch is at its end.
func (c *Composer) Next(ctx context.Context, dst []byte) ([]byte, error) {
	if c.pos >= c.end {
		return dst, io.EOF
	}
	c.full = false
	for c.pos < c.end && len(dst) < cap(dst) && !c.full {
		s := &c.r.segments[c.seg]
		if c.pos >= s.end() {
			c.seg++
			continue
		}
		n := min(s.end(), c.end) - c.pos
		n = min(n, int64(cap(dst)-len(dst)))
		out, err := c.add(ctx, dst, s, c.pos-s.start, n)
		if err != nil {
			return dst, err
		}
		c.pos += int64(len(out) - len(dst))
		if len(out) == len(dst) {
			return dst, fmt.Errorf("compose content: segment %d has fewer bytes than it should: %w", c.seg, ErrDamaged)
		}
		dst = out
	}
	return dst, nil
}

// add appends up to n bytes at off of the segment.
func (c *Composer) add(ctx context.Context, dst []byte, s *segment, off, n int64) ([]byte, error) {
	if s.kind == kindInline {
		return c.addInline(dst, s.offset+off, n)
	}
	b, err := c.blob(ctx, s.id)
	if err != nil {
		return dst, err
	}
	if s.kind == kindSlice || s.width == 0 {
		return readInto(b, dst, s.offset+off, n)
	}
	return c.addLines(b, dst, s.layout(), off, n)
}

// addLines appends base64 lines. Where they do not all fit it ends with a
// line, so that the next stretch starts with one.
func (c *Composer) addLines(b blob.Reader, dst []byte, l base64lines.Layout, off, n int64) ([]byte, error) {
	stride := int64(l.Line + len(l.EOL()))
	room := int64(cap(dst) - len(dst))
	fits := off%stride+n+stride <= room
	if !fits && room > 8*stride {
		n = min(n, (off+room-stride)/stride*stride-off%stride-off/stride*stride)
		c.full, fits = true, true
	}
	lo, hi := l.Source(b.Size(), off, n)
	if int64(cap(c.scratch)) < hi-lo {
		c.scratch = make([]byte, hi-lo)
	}
	raw := c.scratch[:hi-lo]
	if m, err := b.ReadAt(raw, lo); m < len(raw) {
		return dst, fmt.Errorf("compose content: %w", err)
	}
	if fits {
		return l.AppendRange(dst, raw, b.Size(), off, n), nil
	}
	c.lines = l.AppendRange(c.lines[:0], raw, b.Size(), off, n)
	return append(dst, c.lines...), nil
}

func readInto(b blob.Reader, dst []byte, off, n int64) ([]byte, error) {
	at := len(dst)
	m, err := b.ReadAt(dst[at:at+int(n)], off)
	if int64(m) < n {
		return dst, fmt.Errorf("compose content: %w", err)
	}
	return dst[:at+m], nil
}

// addInline appends bytes of the inline stream, of one unit.
func (c *Composer) addInline(dst []byte, off, n int64) ([]byte, error) {
	units := c.r.units
	i := sort.Search(len(units), func(i int) bool { return units[i].start+units[i].size > off })
	if i == len(units) {
		return dst, fmt.Errorf("compose content: inline byte %d: %w", off, ErrDamaged)
	}
	u := &units[i]
	n = min(n, u.start+u.size-off)
	if u.stored >= 0 {
		at := u.at + int(off-u.start)
		return append(dst, c.r.data[at:at+int(n)]...), nil
	}
	packed := c.r.data[u.at : u.at-u.stored]
	if off == u.start && n == u.size && c.unit != i {
		return c.unpackInto(dst, packed, u)
	}
	if c.unit != i {
		var err error
		c.unit = -1
		if c.plain, err = c.Codec.Decompress(c.plain[:0], packed, int(u.size)); err != nil || int64(len(c.plain)) != u.size {
			return dst, fmt.Errorf("compose content: unit %d: %w", i, ErrDamaged)
		}
		c.unit = i
	}
	return append(dst, c.plain[off-u.start:off-u.start+n]...), nil
}

// unpackInto decompresses a whole unit straight into the output.
func (c *Composer) unpackInto(dst, packed []byte, u *unit) ([]byte, error) {
	out, err := c.Codec.Decompress(dst, packed, int(u.size))
	if err != nil || int64(len(out)-len(dst)) != u.size {
		return dst, fmt.Errorf("compose content: unit at %d: %w", u.start, ErrDamaged)
	}
	return out, nil
}

// blob is the open blob of the id; the last one stays open.
func (c *Composer) blob(ctx context.Context, id blob.ID) (blob.Reader, error) {
	if c.open != nil && c.openID == id {
		return c.open, nil
	}
	c.Close()
	b, err := c.Blobs.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	c.open, c.openID = b, id
	return b, nil
}

// Bytes composes a stretch whole; for small ones.
func (c *Composer) Bytes(ctx context.Context, r *Recipe, offset, length int64) ([]byte, error) {
	n := c.Start(r, offset, length)
	out := make([]byte, 0, n)
	for int64(len(out)) < n {
		var err error
		if out, err = c.Next(ctx, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}
