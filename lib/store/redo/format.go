// SPDX-License-Identifier: AGPL-3.0-or-later

package redo

import (
	"encoding/binary"
	"hash/crc32"
)

const (
	blockSize     = 4096
	segmentMagic  = "TwRd"
	batchMagic    = "TwRb"
	segmentHeader = 16
	batchHeader   = 24
	recordHeader  = 6
	maxName       = 1 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal writes the checksum of what lies behind it.
func seal(b []byte) { binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[8:], castagnoli)) }

func sealed(b []byte, magic string) bool {
	return string(b[:4]) == magic && binary.LittleEndian.Uint32(b[4:]) == crc32.Checksum(b[8:], castagnoli)
}

// header is the first block of a segment.
func header(epoch uint64) []byte {
	b := make([]byte, blockSize)
	copy(b, segmentMagic)
	binary.LittleEndian.PutUint64(b[8:], epoch)
	seal(b[:segmentHeader])
	return b
}

// epochOf is the epoch of a segment; 0 is none.
func epochOf(segment []byte) uint64 {
	if len(segment) < blockSize || !sealed(segment[:segmentHeader], segmentMagic) {
		return 0
	}
	return binary.LittleEndian.Uint64(segment[8:])
}

// appendRecord appends what was written to a file to the records of a batch.
func appendRecord(b []byte, name string, data []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(name)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = append(b, name...)
	return append(b, data...)
}

// closeBatch fills in the header, for which there is room before the records, and pads.
func closeBatch(b []byte, epoch uint64, number uint32) []byte {
	copy(b, batchMagic)
	binary.LittleEndian.PutUint64(b[8:], epoch)
	binary.LittleEndian.PutUint32(b[16:], number)
	binary.LittleEndian.PutUint32(b[20:], uint32(len(b)-batchHeader))
	seal(b)
	return append(b, make([]byte, padding(len(b)))...)
}

func padding(n int) int { return (blockSize - n%blockSize) % blockSize }

// batch is the records of the batch that a segment has at an offset, and where the
// next begins; nil is the end of the segment.
func batch(segment []byte, at int, epoch uint64, number uint32) (records []byte, next int) {
	if at+batchHeader > len(segment) {
		return nil, 0
	}
	b := segment[at:]
	n := int64(binary.LittleEndian.Uint32(b[20:]))
	if binary.LittleEndian.Uint64(b[8:]) != epoch || binary.LittleEndian.Uint32(b[16:]) != number ||
		n > int64(len(b)-batchHeader) || !sealed(b[:batchHeader+n], batchMagic) {
		return nil, 0
	}
	end := batchHeader + int(n)
	return b[batchHeader:end], at + end + padding(end)
}

// record takes the first record; ok is false where there is none.
func record(b []byte) (name string, data, rest []byte, ok bool) {
	if len(b) < recordHeader {
		return "", nil, nil, false
	}
	names, n := int64(binary.LittleEndian.Uint16(b)), int64(binary.LittleEndian.Uint32(b[2:]))
	b = b[recordHeader:]
	if names > maxName || names+n > int64(len(b)) {
		return "", nil, nil, false
	}
	return string(b[:names]), b[names : names+n], b[names+n:], true
}
