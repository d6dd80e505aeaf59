// SPDX-License-Identifier: AGPL-3.0-or-later

package dump

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"twiga/lib/mapi/object"
)

// Decoder reads a stream.
type Decoder struct {
	Header Header
	Tables []Table

	r    *bufio.Reader
	buf  bytes.Buffer
	done bool
	seen End
}

// NewDecoder reads the beginning of a stream. ErrDamaged, ErrVersion.
func NewDecoder(r io.Reader) (*Decoder, error) {
	d := &Decoder{r: bufio.NewReaderSize(r, 64<<10)}
	var start [len(magic) + 1]byte
	if _, err := io.ReadFull(d.r, start[:]); err != nil {
		return nil, short(err)
	}
	if string(start[:len(magic)]) != magic {
		return nil, fmt.Errorf("read dump: it is none: %w", ErrDamaged)
	}
	if start[len(magic)] != Version {
		return nil, fmt.Errorf("read dump: version %d: %w", start[len(magic)], ErrVersion)
	}
	kind, payload, err := d.record()
	if err != nil {
		return nil, err
	}
	c := cursor{b: payload}
	copy(d.Header.Store[:], c.bytes(uint64(len(d.Header.Store))))
	d.Header.Schema, d.Header.Since, d.Header.Change, d.Header.Folder = c.uvarint(), c.uvarint(), c.uvarint(), c.uvarint()
	d.Header.Messages = c.byte() == 1
	if kind != recordHeader || c.bad {
		return nil, fmt.Errorf("read dump: no header: %w", ErrDamaged)
	}
	return d, nil
}

// short tells a stream that ends early from one that cannot be read.
func short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("read dump: it ends early: %w", ErrDamaged)
	}
	return fmt.Errorf("read dump: %w", err)
}

// record reads the next record. Its memory grows with what comes and not with
// what is announced.
func (d *Decoder) record() (byte, []byte, error) {
	var head [headSize]byte
	if _, err := io.ReadFull(d.r, head[:]); err != nil {
		return 0, nil, short(err)
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size > maxRecord {
		return 0, nil, fmt.Errorf("read dump: record of %d bytes: %w", size, ErrDamaged)
	}
	d.buf.Reset()
	if _, err := io.CopyN(&d.buf, d.r, int64(size)+4); err != nil {
		return 0, nil, short(err)
	}
	payload, sum := d.buf.Bytes()[:size], d.buf.Bytes()[size:]
	if crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, payload) != binary.LittleEndian.Uint32(sum) {
		return 0, nil, fmt.Errorf("read dump: record %d differs from its checksum: %w", d.seen.Records, ErrDamaged)
	}
	d.seen.Records++
	return head[4], payload, nil
}

// Next gives the next Row or Blobs, and io.EOF behind the end. A row's bytes
// are the caller's.
func (d *Decoder) Next() (any, error) {
	for {
		if d.done {
			return nil, io.EOF
		}
		kind, payload, err := d.record()
		if err != nil {
			return nil, err
		}
		c := cursor{b: payload}
		var out any
		switch kind {
		case recordTable:
			d.table(&c)
		case recordRow:
			out = d.row(&c)
		case recordBlobs:
			out = d.blobs(&c)
		case recordEnd:
			if err := d.end(&c); err != nil {
				return nil, err
			}
		default:
			c.bad = true
		}
		if c.bad {
			return nil, fmt.Errorf("read dump: record %d of type %d: %w", d.seen.Records-1, kind, ErrDamaged)
		}
		if out != nil {
			return out, nil
		}
	}
}

func (d *Decoder) table(c *cursor) {
	t := Table{Name: c.text(maxName)}
	for n := c.uvarint(); n > 0 && !c.bad; n-- {
		t.Columns = append(t.Columns, c.text(maxName))
		c.bad = c.bad || len(t.Columns) > maxColumns
	}
	d.Tables = append(d.Tables, t)
	c.bad = c.bad || len(d.Tables) > maxTables || len(c.b) > 0
}

func (d *Decoder) row(c *cursor) Row {
	n := c.uvarint()
	if n >= uint64(len(d.Tables)) {
		c.bad = true
		return Row{}
	}
	r := Row{Table: int(n), Values: make([]any, len(d.Tables[n].Columns))}
	for i := range r.Values {
		r.Values[i] = c.value()
	}
	d.seen.Rows++
	c.bad = c.bad || len(c.b) > 0
	return r
}

func (d *Decoder) blobs(c *cursor) Blobs {
	out := make(Blobs, len(c.b)/len(object.BlobID{}))
	for i := range out {
		copy(out[i][:], c.bytes(uint64(len(object.BlobID{}))))
	}
	d.seen.Blobs += uint64(len(out))
	c.bad = len(c.b) > 0
	return out
}

// end compares what was counted with what came, and sees to it that nothing follows.
func (d *Decoder) end(c *cursor) error {
	seen := d.seen
	seen.Records--
	want := End{Records: c.uvarint(), Rows: c.uvarint(), Blobs: c.uvarint()}
	if c.bad || want != seen {
		return fmt.Errorf("read dump: %d records, %d rows, %d blobs; there should be %d, %d, %d: %w",
			seen.Records, seen.Rows, seen.Blobs, want.Records, want.Rows, want.Blobs, ErrDamaged)
	}
	if _, err := d.r.ReadByte(); err == nil {
		return fmt.Errorf("read dump: something follows its end: %w", ErrDamaged)
	} else if err != io.EOF {
		return fmt.Errorf("read dump: %w", err)
	}
	d.done = true
	return nil
}

// cursor takes numbers and bytes off a payload; bad is set where it ends early.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) uvarint() uint64 {
	n, used := binary.Uvarint(c.b)
	if used <= 0 {
		c.bad, c.b = true, nil
		return 0
	}
	c.b = c.b[used:]
	return n
}

func (c *cursor) varint() int64 {
	n, used := binary.Varint(c.b)
	if used <= 0 {
		c.bad, c.b = true, nil
		return 0
	}
	c.b = c.b[used:]
	return n
}

func (c *cursor) bytes(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.bad, c.b = true, nil
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) byte() byte {
	if b := c.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) text(limit int) string {
	n := c.uvarint()
	if n > uint64(limit) {
		c.bad = true
		return ""
	}
	return string(c.bytes(n))
}

func (c *cursor) value() any {
	switch c.byte() {
	case valueNull:
		return nil
	case valueInt:
		return c.varint()
	case valueText:
		return c.text(maxRecord)
	case valueBytes:
		return append([]byte{}, c.bytes(c.uvarint())...)
	}
	c.bad = true
	return nil
}
