// SPDX-License-Identifier: AGPL-3.0-or-later

package dump

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"twiga/lib/mapi/object"
)

// flush is how many bytes are gathered before they are written.
const flush = 96 << 10

// Encoder writes a stream.
type Encoder struct {
	out    func([]byte) error // keeps nothing
	buf    []byte
	end    End
	tables int
}

// NewEncoder begins a stream that goes to out.
func NewEncoder(out func([]byte) error, h Header) (*Encoder, error) {
	e := &Encoder{out: out, buf: append(make([]byte, 0, flush+flush/2), magic...)}
	e.buf = append(e.buf, Version)
	at := e.begin(recordHeader)
	e.buf = append(e.buf, h.Store[:]...)
	for _, n := range []uint64{h.Schema, h.Since, h.Change, h.Folder} {
		e.buf = binary.AppendUvarint(e.buf, n)
	}
	if h.Messages {
		e.buf = append(e.buf, 1)
	} else {
		e.buf = append(e.buf, 0)
	}
	return e, e.finish(at)
}

// begin starts a record and gives where.
func (e *Encoder) begin(kind byte) int {
	at := len(e.buf)
	e.buf = append(e.buf, 0, 0, 0, 0, kind)
	return at
}

// finish ends the record that starts at a place.
func (e *Encoder) finish(at int) error {
	size := len(e.buf) - at - headSize
	if size > maxRecord {
		return fmt.Errorf("write record: %d bytes", size)
	}
	binary.LittleEndian.PutUint32(e.buf[at:], uint32(size))
	e.buf = binary.LittleEndian.AppendUint32(e.buf, crc32.Checksum(e.buf[at:], castagnoli))
	e.end.Records++
	if len(e.buf) < flush {
		return nil
	}
	return e.write()
}

func (e *Encoder) write() error {
	err := e.out(e.buf)
	e.buf = e.buf[:0]
	if cap(e.buf) > 16*flush { // after a large row
		e.buf = nil
	}
	return err
}

// Table announces a table and gives its number.
func (e *Encoder) Table(t Table) (int, error) {
	at := e.begin(recordTable)
	e.text(t.Name)
	e.buf = binary.AppendUvarint(e.buf, uint64(len(t.Columns)))
	for _, c := range t.Columns {
		e.text(c)
	}
	e.tables++
	return e.tables - 1, e.finish(at)
}

func (e *Encoder) text(s string) {
	e.buf = binary.AppendUvarint(e.buf, uint64(len(s)))
	e.buf = append(e.buf, s...)
}

// Row writes a row of a table.
func (e *Encoder) Row(table int, values ...any) error {
	at := e.begin(recordRow)
	e.buf = binary.AppendUvarint(e.buf, uint64(table))
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			e.buf = append(e.buf, valueNull)
		case int64:
			e.buf = binary.AppendVarint(append(e.buf, valueInt), v)
		case string:
			e.buf = append(e.buf, valueText)
			e.text(v)
		case []byte:
			e.buf = binary.AppendUvarint(append(e.buf, valueBytes), uint64(len(v)))
			e.buf = append(e.buf, v...)
		default:
			return fmt.Errorf("write row of table %d: value %T", table, v)
		}
	}
	e.end.Rows++
	return e.finish(at)
}

// Blobs names contents that the messages need; one may be named twice.
func (e *Encoder) Blobs(list []object.BlobID) error {
	for len(list) > 0 {
		n := min(blobsEach, len(list))
		at := e.begin(recordBlobs)
		for i := range list[:n] {
			e.buf = append(e.buf, list[i][:]...)
		}
		if err := e.finish(at); err != nil {
			return err
		}
		e.end.Blobs += uint64(n)
		list = list[n:]
	}
	return nil
}

// End ends the stream.
func (e *Encoder) End() error {
	end := e.end
	at := e.begin(recordEnd)
	for _, n := range []uint64{end.Records, end.Rows, end.Blobs} {
		e.buf = binary.AppendUvarint(e.buf, n)
	}
	if err := e.finish(at); err != nil {
		return err
	}
	return e.write()
}
