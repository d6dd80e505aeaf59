// SPDX-License-Identifier: AGPL-3.0-or-later

package blob

import (
	"encoding/binary"
	"fmt"
)

// A blob's file: 24 bytes of header, then the content as it is, or in
// compressed chunks.
//
//	4 bytes  "TwB1"
//	1 byte   flags: 1 = compressed chunks
//	3 bytes  zero
//	8 bytes  size of the content, little endian
//	8 bytes  size of the file, little endian
//
// A chunk stands for chunkSize bytes of content, the last for the rest:
//
//	4 bytes  length of what follows, little endian; the top bit says that it
//	         is the content as it is, else it is one zstd frame
const (
	headerSize     = 24
	magic          = "TwB1"
	flagCompressed = 1
	chunkSize      = 256 << 10
	chunkRaw       = 1 << 31
)

// header is a decoded file header.
type header struct {
	compressed bool
	size       int64 // of the content
	file       int64 // of the file
}

func (h header) append(dst []byte) []byte {
	dst = append(dst, magic...)
	var flags byte
	if h.compressed {
		flags = flagCompressed
	}
	dst = append(dst, flags, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.size))
	return binary.LittleEndian.AppendUint64(dst, uint64(h.file))
}

func parseHeader(b []byte) (header, error) {
	if len(b) < headerSize || string(b[:4]) != magic {
		return header{}, fmt.Errorf("read header: %w", ErrDamaged)
	}
	h := header{compressed: b[4]&flagCompressed != 0, size: int64(binary.LittleEndian.Uint64(b[8:])), file: int64(binary.LittleEndian.Uint64(b[16:]))}
	if b[4]&^flagCompressed != 0 || h.size < 0 || h.file < headerSize || !h.compressed && h.file != headerSize+h.size {
		return header{}, fmt.Errorf("read header: unknown flags or size: %w", ErrDamaged)
	}
	return h, nil
}
