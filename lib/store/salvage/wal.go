// SPDX-License-Identifier: AGPL-3.0-or-later

package salvage

import (
	"encoding/binary"
	"os"
)

// Measures of the log, 4.1.
const (
	walHeader   = 32
	frameHeader = 24
	walMagic    = 0x377f0682 // the last bit: big endian checksums
)

// openWAL finds the pages of the transactions in the log that were committed
// and whose checksums are right; what follows is not used, as by SQLite.
func (s *File) openWAL(path string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	s.wal = f
	var head [walHeader]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return
	}
	magic := binary.BigEndian.Uint32(head[:])
	if magic&^1 != walMagic || binary.BigEndian.Uint32(head[8:]) != pageSize {
		return
	}
	sum := walSum{big: magic&1 == 1}
	sum.add(head[:24])
	if !sum.is(head[24:]) {
		return
	}
	pending := map[uint32]int64{}
	frame := make([]byte, frameHeader+pageSize)
	for at := int64(walHeader); ; at += frameHeader + pageSize {
		if _, err := f.ReadAt(frame, at); err != nil {
			return
		}
		sum.add(frame[:8])
		sum.add(frame[frameHeader:])
		if string(frame[8:16]) != string(head[16:24]) || !sum.is(frame[16:24]) {
			return
		}
		pending[binary.BigEndian.Uint32(frame)] = at + frameHeader
		size := binary.BigEndian.Uint32(frame[4:])
		if size == 0 {
			continue
		}
		for n, off := range pending { // the commit of a transaction
			s.inWAL[n] = off
		}
		clear(pending)
		s.pages = max(s.pages, min(size, 1<<31))
	}
}

// walSum is the checksum of the log, 4.2.
type walSum struct {
	big  bool
	a, b uint32
}

func (s *walSum) add(p []byte) {
	order := binary.ByteOrder(binary.LittleEndian)
	if s.big {
		order = binary.BigEndian
	}
	for ; len(p) >= 8; p = p[8:] {
		s.a += order.Uint32(p) + s.b
		s.b += order.Uint32(p[4:]) + s.a
	}
}

func (s *walSum) is(p []byte) bool {
	return binary.BigEndian.Uint32(p) == s.a && binary.BigEndian.Uint32(p[4:]) == s.b
}
