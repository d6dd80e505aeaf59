// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// What a redo log has of a WAL are frames one behind the other, each page as what
// differs from one that was there before:
//
//	8 bytes  offset of the first frame in the file, little endian
//	         frames: 24 bytes of header as it is; then, as uvarints, the offset of
//	         the frame that the page is like, which comes before; 0 is none, and
//	         the page follows as it is. Else stretches that differ: how many
//	         bytes there are before one that are the same, its length, its bytes.
//	         A length of 0 is the end.

// walFrameHeader is the size of a frame's header, which begins with the number of the
// page and has the salts of the log from frameSaltAt on
// (sqlite.org/fileformat2.html#the_write_ahead_log).
const (
	walFrameHeader = 24
	frameSaltAt    = 8
	walSaltAt      = 16 // in the header of the file
	saltSize       = 8
)

// pagesKept is of how many pages a WAL keeps the last that was written, for what is
// next written of them.
const pagesKept = 16

// frameEncoder makes frames for the redo log. What it says that a page is like is
// there after the end of the machine: in the file, or in the log before.
type frameEncoder struct {
	salt  [saltSize]byte
	kept  map[uint32]*keptPage // by number
	round uint64
	out   []byte // of the last commit
}

type keptPage struct {
	at    int64 // of its frame in the file
	round uint64
	page  [PageSize]byte
}

// forget gives up what is kept: the log may not have it.
func (e *frameEncoder) forget() { e.kept = nil }

// encode gives what the redo log is to have of the frames from an offset on. It is valid
// until the next call.
func (e *frameEncoder) encode(from int64, frames []byte) ([]byte, error) {
	if len(frames) == 0 || len(frames)%walFrame != 0 || (from-walHeader)%walFrame != 0 {
		return nil, fmt.Errorf("%d bytes at %d are no frames", len(frames), from)
	}
	if salt := frames[frameSaltAt : frameSaltAt+saltSize]; e.kept == nil || !bytes.Equal(salt, e.salt[:]) {
		e.kept = map[uint32]*keptPage{}
		copy(e.salt[:], salt)
	}
	e.round++
	e.out = binary.LittleEndian.AppendUint64(e.out[:0], uint64(from))
	for at := from; len(frames) > 0; at += walFrame {
		e.add(at, frames[:walFrameHeader], frames[walFrameHeader:walFrame])
		frames = frames[walFrame:]
	}
	return e.out, nil
}

func (e *frameEncoder) add(at int64, header, page []byte) {
	e.out = append(e.out, header...)
	number := binary.BigEndian.Uint32(header)
	k := e.kept[number]
	if k != nil {
		e.out = binary.AppendUvarint(e.out, uint64(k.at))
		e.out = appendDifference(e.out, k.page[:], page)
	} else {
		e.out = binary.AppendUvarint(e.out, 0)
		e.out = append(e.out, page...)
		k = e.room()
		e.kept[number] = k
	}
	k.at, k.round = at, e.round
	copy(k.page[:], page)
}

// room gives room for a page, that of the one that was longest not written where
// there are many.
func (e *frameEncoder) room() *keptPage {
	if len(e.kept) < pagesKept {
		return &keptPage{}
	}
	var oldest uint32
	least := ^uint64(0)
	for number, k := range e.kept {
		if k.round < least {
			oldest, least = number, k.round
		}
	}
	k := e.kept[oldest]
	delete(e.kept, oldest)
	return k
}

// word is how many bytes are compared at once, and how many that are the same end a
// stretch that differs.
const word = 8

func same(a, b []byte, at int) bool {
	return binary.LittleEndian.Uint64(a[at:]) == binary.LittleEndian.Uint64(b[at:])
}

// appendDifference appends the stretches of a page that differ from those of an old one.
func appendDifference(out, old, page []byte) []byte {
	last := 0
	for at := 0; at < PageSize; {
		if same(old, page, at) {
			at += word
			continue
		}
		start := at
		for at < PageSize && !same(old, page, at) {
			at += word
		}
		out = binary.AppendUvarint(out, uint64(start-last))
		out = binary.AppendUvarint(out, uint64(at-start))
		out = append(out, page[start:at]...)
		last = at
	}
	return append(out, 0, 0)
}

// frameDecoder reads what frameEncoder made.
type frameDecoder struct {
	at   int64 // of the next frame in the file
	rest []byte
}

func newFrameDecoder(data []byte) (*frameDecoder, error) {
	if len(data) < 8+walFrameHeader {
		return nil, ErrFrames
	}
	at := int64(binary.LittleEndian.Uint64(data))
	if at < walHeader || (at-walHeader)%walFrame != 0 {
		return nil, ErrFrames
	}
	return &frameDecoder{at: at, rest: data[8:]}, nil
}

// salt is that of the log that the frames are of.
func (d *frameDecoder) salt() []byte { return d.rest[frameSaltAt : frameSaltAt+saltSize] }

// next fills in the next frame; false is the end. old reads the page of the frame at an
// offset.
func (d *frameDecoder) next(frame *[walFrame]byte, old func(page []byte, at int64) error) (bool, error) {
	if len(d.rest) == 0 {
		return false, nil
	}
	if len(d.rest) < walFrameHeader {
		return false, ErrFrames
	}
	copy(frame[:], d.rest[:walFrameHeader])
	d.rest = d.rest[walFrameHeader:]
	like, err := d.uvarint()
	if err != nil {
		return false, err
	}
	page := frame[walFrameHeader:]
	if like == 0 {
		if len(d.rest) < PageSize {
			return false, ErrFrames
		}
		copy(page, d.rest)
		d.rest = d.rest[PageSize:]
		return true, nil
	}
	if int64(like) < walHeader || int64(like) >= d.at {
		return false, ErrFrames
	}
	if err := old(page, int64(like)); err != nil {
		return false, err
	}
	return true, d.difference(page)
}

// difference writes the stretches that differ.
func (d *frameDecoder) difference(page []byte) error {
	for at := uint64(0); ; {
		skip, err := d.uvarint()
		if err != nil {
			return err
		}
		n, err := d.uvarint()
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		if skip > PageSize || n > PageSize || at+skip+n > PageSize || n > uint64(len(d.rest)) {
			return ErrFrames
		}
		at += skip
		copy(page[at:], d.rest[:n])
		d.rest = d.rest[n:]
		at += n
	}
}

func (d *frameDecoder) uvarint() (uint64, error) {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		return 0, ErrFrames
	}
	d.rest = d.rest[n:]
	return v, nil
}
