// SPDX-License-Identifier: AGPL-3.0-or-later

// Package recipe encodes how content is kept, and composes it again: stretches
// of inline bytes, compressed in units, and of blobs as they are or in base64
// lines.
package recipe

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"twiga/lib/base64lines"
	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Limits and measures of a recipe.
const (
	version     = 1
	unitSize    = 128 << 10 // inline bytes compressed together
	maxHead     = 64 << 10  // a message's header gets a unit of its own up to this
	maxSegments = 1 << 20
	maxSize     = 1 << 40 // bytes of content
	minCompress = 128     // bytes of a unit below which compressing is not tried
)

// The kinds of segment on disk.
const (
	kindInline = 0 // of the next bytes of the inline stream
	kindBlob   = 1 // a whole blob, as it is or in base64 lines
	kindSlice  = 2 // a stretch of a blob as it is
)

// A recipe at rest, all numbers uvarint unless noted:
//
//	byte  version (1)
//	      size of the content
//	      number of segments, then each:
//	        kind 0: length
//	        kind 1: 32 bytes id, line width (0 = as it is), byte 1 = LF, length
//	        kind 2: 32 bytes id, offset, length
//	      number of units, then each: length, stored length (0 = stored as it is)
//	      the units' bytes; zstd frames where stored length > 0
//
// Units together are the inline stream.

// segment is one stretch of content.
type segment struct {
	kind   byte
	lf     bool
	width  uint16
	id     blob.ID
	start  int64 // in the content
	size   int64 // in the content
	offset int64 // in the inline stream or, of a slice, in the blob
}

func (s *segment) end() int64 { return s.start + s.size }

func (s *segment) layout() base64lines.Layout {
	return base64lines.Layout{Line: int(s.width), CRLF: !s.lf}
}

// unit is a run of the inline stream that is compressed together.
type unit struct {
	start, size int64 // in the inline stream
	at, stored  int   // in the recipe's bytes; compressed where stored < 0: then -stored bytes
}

// Recipe is a decoded recipe; it points into the bytes that it was decoded from.
type Recipe struct {
	Size     int64 // of the content
	segments []segment
	units    []unit
	data     []byte
}

// Blobs are the ids of the blobs that the recipe refers to.
func (r *Recipe) Blobs(yield func(blob.ID) bool) {
	for i := range r.segments {
		if r.segments[i].kind != kindInline && !yield(r.segments[i].id) {
			return
		}
	}
}

// Size is the number of bytes that segments stand for.
func Size(list []object.Segment) int64 {
	var n int64
	for i := range list {
		n += list[i].Size
	}
	return n
}

// Check says whether segments are such as a caller may give.
func Check(list []object.Segment) error {
	if len(list) > maxSegments {
		return fmt.Errorf("read content: %d segments: %w", len(list), mapi.TooBig)
	}
	inline, total := int64(0), int64(0)
	for i := range list {
		s := &list[i]
		total += s.Size
		switch {
		case s.Size < 0 || total > maxSize:
			return fmt.Errorf("read content: segment %d: size %d: %w", i, s.Size, mapi.InvalidParameter)
		case s.Blob == object.BlobID{}:
			inline += s.Size
			if s.Size != int64(len(s.Inline)) || s.Width != 0 {
				return fmt.Errorf("read content: segment %d: %d inline bytes, size %d: %w", i, len(s.Inline), s.Size, mapi.InvalidParameter)
			}
		case s.Width%4 != 0:
			return fmt.Errorf("read content: segment %d: base64 lines of %d: %w", i, s.Width, mapi.InvalidParameter)
		}
	}
	if inline > object.MaxInline {
		return fmt.Errorf("read content: %d inline bytes: %w", inline, mapi.TooBig)
	}
	return nil
}

// Encoder makes recipes.
type Encoder struct {
	Codec *blob.Codec
	// Share, where it is set, keeps what is behind the first unit of an inline
	// stream, when it is of at least ShareMin bytes compressed, as a blob.
	Share    func([]byte) (blob.ID, error)
	ShareMin int
}

// packed is a unit that is ready.
type packed struct {
	raw  int
	data []byte
	zstd bool
}

// Encode appends the recipe of segments that Check accepts.
func (e *Encoder) Encode(dst []byte, list []object.Segment) ([]byte, error) {
	stream := inlineStream(list)
	head := headSize(list, stream)
	units := e.pack(stream, head)
	shared, cut := blob.ID{}, int64(len(stream))
	if e.Share != nil && storedSize(units[min(1, len(units)):]) >= e.ShareMin {
		id, err := e.Share(stream[head:])
		if err != nil {
			return nil, err
		}
		shared, cut, units = id, int64(head), units[:min(1, head)]
	}
	dst = append(dst, version)
	dst = binary.AppendUvarint(dst, uint64(Size(list)))
	dst = appendSegments(dst, list, shared, cut)
	dst = binary.AppendUvarint(dst, uint64(len(units)))
	for _, u := range units {
		dst = binary.AppendUvarint(dst, uint64(u.raw))
		stored := 0
		if u.zstd {
			stored = len(u.data)
		}
		dst = binary.AppendUvarint(dst, uint64(stored))
	}
	for _, u := range units {
		dst = append(dst, u.data...)
	}
	return dst, nil
}

func inlineStream(list []object.Segment) []byte {
	if len(list) == 1 {
		return list[0].Inline
	}
	n := 0
	for i := range list {
		n += len(list[i].Inline)
	}
	stream := make([]byte, 0, n)
	for i := range list {
		stream = append(stream, list[i].Inline...)
	}
	return stream
}

// headSize is where the message's header ends, so that it can be read without
// what follows; 0 where there is none to be seen.
func headSize(list []object.Segment, stream []byte) int {
	if len(list) == 0 {
		return 0
	}
	first := stream[:min(len(list[0].Inline), maxHead)]
	if i := bytes.Index(first, []byte("\r\n\r\n")); i >= 0 {
		return i + 4
	}
	if i := bytes.Index(first, []byte("\n\n")); i >= 0 {
		return i + 2
	}
	return 0
}

// pack cuts the inline stream into units: the header, then unitSize each.
func (e *Encoder) pack(stream []byte, head int) []packed {
	var units []packed
	for len(stream) > 0 {
		n := min(unitSize, len(stream))
		if len(units) == 0 && head > 0 {
			n = head
		}
		u := packed{raw: n, data: stream[:n]}
		if n >= minCompress {
			if z := e.Codec.Compress(nil, stream[:n]); len(z) < n-n/16 {
				u.data, u.zstd = z, true
			}
		}
		units = append(units, u)
		stream = stream[n:]
	}
	return units
}

func storedSize(units []packed) int {
	n := 0
	for _, u := range units {
		n += len(u.data)
	}
	return n
}

// appendSegments writes the segment list. Inline bytes from cut on, counted in
// the inline stream, are in the shared blob.
func appendSegments(dst []byte, list []object.Segment, shared blob.ID, cut int64) []byte {
	var out []segment
	at := int64(0)
	for i := range list {
		s := &list[i]
		if s.Blob != (object.BlobID{}) {
			out = append(out, segment{kind: kindBlob, id: blob.ID(s.Blob), width: s.Width, lf: s.LF, size: s.Size})
			continue
		}
		own := min(s.Size, max(0, cut-at))
		if own > 0 {
			out = addInline(out, own)
		}
		if own < s.Size {
			out = append(out, segment{kind: kindSlice, id: shared, offset: at + own - cut, size: s.Size - own})
		}
		at += s.Size
	}
	dst = binary.AppendUvarint(dst, uint64(len(out)))
	for i := range out {
		dst = appendSegment(dst, &out[i])
	}
	return dst
}

// addInline joins inline segments that follow each other.
func addInline(out []segment, n int64) []segment {
	if last := len(out) - 1; last >= 0 && out[last].kind == kindInline {
		out[last].size += n
		return out
	}
	return append(out, segment{kind: kindInline, size: n})
}

func appendSegment(dst []byte, s *segment) []byte {
	dst = append(dst, s.kind)
	switch s.kind {
	case kindBlob:
		dst = append(dst, s.id[:]...)
		dst = binary.AppendUvarint(dst, uint64(s.width))
		lf := byte(0)
		if s.lf {
			lf = 1
		}
		dst = append(dst, lf)
	case kindSlice:
		dst = append(dst, s.id[:]...)
		dst = binary.AppendUvarint(dst, uint64(s.offset))
	}
	return binary.AppendUvarint(dst, uint64(s.size))
}

// EncodedSize is how many bytes a segment of a blob of that size stands for.
func EncodedSize(s *object.Segment, blobSize int64) int64 {
	if s.Width == 0 {
		return blobSize
	}
	return base64lines.Layout{Line: int(s.Width), CRLF: !s.LF}.EncodedLen(blobSize)
}
