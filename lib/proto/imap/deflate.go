// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/klauspost/compress/flate"
)

// Sizes of the compression layer. What a client that waits costs is the text of
// its last commands: the window into which more of them may refer.
const (
	inflateRaw  = 2 << 10 // octets of a read while the client sends
	inflateTail = 1 << 10 // octets of an unfinished block that are cheap to inflate again
	maxBlock    = 1 << 20 // octets of a block
	deflateDict = 8 << 10 // octets of output that the next may refer to
)

// errBlock ends the connection of a client whose blocks have no end.
var errBlock = errors.New("compressed block is too long")

// errDrained reports that everything that the client sent was read.
var errDrained = errors.New("nothing more to inflate")

// deflated is the compression of RFC 4978 on a connection.
//
// A reader of flate fails for good on its first error and takes 40 KiB. So it
// is given an error wherever the input that there is ends, is thrown away, and
// is made anew from the end of the last whole block when more input comes. It
// may so wait for input as any connection does, interrupted or parked, wherever
// in a block the client's flush has left it.
type deflated struct {
	under io.ReadWriter
	// more reads on in the middle of a long block, if input is on its way:
	// os.ErrDeadlineExceeded tells that it is not.
	more func([]byte) (int, error)

	inflate io.Reader // nil while nothing is being read
	raw     []byte    // input that is there
	buf     []byte    // of raw; nil while parked
	window  []byte    // what was inflated up to the end of the last whole block
	bits    uint8     // bits of the first octet of tail that belong to that block
	tail    []byte    // input behind it
	decoded int64     // octets that this inflate gave up to the end of that block
	given   int64     // octets that this inflate gave
	told    int64     // octets behind that block that any inflate gave
	skip    int64     // of them, those that this one has still to give again

	dict []byte // output that the next may refer to; nil while parked
	out  []byte // scratch; nil while parked

	flushed bool // the last whole block is where compression may end: a flush, or the last
	ending  bool // input is compressed up to there only; see awaitEnd
	plain   bool // input is not compressed any more
	cleaned bool // nor does the rest of what was stand before it
	last    bool // the next output is the last that is compressed
	open    bool // output is not compressed any more
}

// Read implements io.Reader.
func (d *deflated) Read(p []byte) (int, error) {
	if d.ending && !d.plain {
		if err := d.awaitEnd(); err != nil {
			return 0, err
		}
	}
	if d.plain {
		return d.readPlain(p)
	}
	return d.readInflated(p)
}

func (d *deflated) readInflated(p []byte) (int, error) {
	for {
		if d.inflate == nil {
			if err := d.begin(); err != nil {
				return 0, err
			}
		}
		n, err := d.inflate.Read(p)
		d.given += int64(n)
		if drop := min(int64(n), d.skip); drop > 0 {
			n = copy(p, p[drop:n])
			d.skip -= drop
		}
		if errors.Is(err, errDrained) {
			if d.end(); d.ended() {
				return n, nil
			}
			err = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// begin waits for input and makes a reader for it.
func (d *deflated) begin() error {
	if len(d.raw) == 0 {
		if d.buf == nil {
			d.buf = make([]byte, inflateRaw)
		}
		n, err := d.under.Read(d.buf)
		if d.raw = d.buf[:n]; n == 0 {
			return err
		}
	}
	if len(d.tail) > 0 {
		d.raw = append(slices.Clone(d.tail), d.raw...)
	}
	d.tail, d.decoded, d.given, d.skip = d.tail[:0], 0, 0, d.told
	d.inflate = flate.NewReaderOpts((*deflateSource)(d), flate.WithPartialBlock(), flate.WithEobCallback(d.blockEnded),
		flate.WithResumeFrom(flate.InflateCheckpoint{BitOffset: d.bits, Window: d.window}))
	return nil
}

// end throws the reader away, which has read everything.
func (d *deflated) end() {
	d.told = max(d.told, d.given-d.decoded)
	d.inflate = nil
}

// blockEnded remembers where a block ended.
func (d *deflated) blockEnded(at flate.InflateCheckpoint) {
	d.window = append(d.window[:0], at.Window...)
	empty := at.UncompressedOffset == d.decoded
	d.bits, d.decoded = at.BitOffset, at.UncompressedOffset
	d.told, d.flushed = 0, at.Final || empty && d.bits == 0
	if d.bits == 0 || at.Final {
		d.tail = d.tail[:0]
	} else if n := len(d.tail); n > 0 {
		d.tail = append(d.tail[:0], d.tail[n-1])
	}
}

// deflateSource is what an inflate reads from.
type deflateSource deflated

func (s *deflateSource) fill() error {
	switch {
	case (*deflated)(s).ended():
		return errDrained
	case len(s.raw) > 0:
		return nil
	}
	if len(s.tail) <= inflateTail {
		return errDrained
	}
	n, err := s.more(s.buf)
	switch s.raw = s.buf[:n]; {
	case n > 0:
		return nil
	case err == nil || errors.Is(err, os.ErrDeadlineExceeded):
		return errDrained
	}
	return err
}

// ReadByte implements io.ByteReader.
func (s *deflateSource) ReadByte() (byte, error) {
	if err := s.fill(); err != nil {
		return 0, err
	}
	if len(s.tail) >= maxBlock {
		return 0, errBlock
	}
	c := s.raw[0]
	s.raw, s.tail = s.raw[1:], append(s.tail, c)
	return c, nil
}

// Read implements io.Reader.
func (s *deflateSource) Read(p []byte) (int, error) {
	if err := s.fill(); err != nil {
		return 0, err
	}
	if len(s.tail) >= maxBlock {
		return 0, errBlock
	}
	n := copy(p, s.raw)
	s.raw, s.tail = s.raw[n:], append(s.tail, p[:n]...)
	return n, nil
}

// Write implements io.Writer. Everything is with the client when it returns.
func (d *deflated) Write(p []byte) (int, error) {
	if d.open {
		return d.under.Write(p)
	}
	d.out, d.open = d.out[:0], d.last
	err := flate.StatelessDeflate((*appender)(&d.out), p, d.last, d.dict)
	if err != nil {
		return 0, fmt.Errorf("compress output: %w", err)
	}
	if _, err := d.under.Write(d.out); err != nil {
		return 0, err
	}
	if len(p) >= deflateDict {
		d.dict = append(d.dict[:0], p[len(p)-deflateDict:]...)
		return len(p), nil
	}
	if over := len(d.dict) + len(p) - deflateDict; over > 0 {
		d.dict = slices.Delete(d.dict, 0, over)
	}
	d.dict = append(d.dict, p...)
	return len(p), nil
}

// park gives up the memory that a waiting connection has no need of: output may
// always begin without a dictionary.
func (d *deflated) park() {
	d.dict, d.out = nil, nil
	if len(d.raw) == 0 {
		d.raw, d.buf = nil, nil
	}
	d.window = slices.Clip(slices.Clone(d.window))
}

// appender is a writer into a slice.
type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}
