// SPDX-License-Identifier: AGPL-3.0-or-later

package lines

import "net"

// Sizes are those of the buffers of a connection at work, in octets.
type Sizes struct {
	Input  int // what one read takes
	Flush  int // output beyond this is written at the next chance
	Direct int // pieces of output from this size on are written without being copied
	Keep   int // buffers grown beyond this are not kept
}

const (
	maxWrite   = 256 << 10 // a piece of output that Timeouts.Write is for
	firstRead  = 128       // what a waiting connection reads into
	lineSize   = 512       // of a new line buffer
	outputSize = 4 << 10   // of a new output buffer
)

// buffers are those of a connection at work. A waiting connection has none: see
// [Conn.Wait].
type buffers struct {
	in    []byte // fixed size
	start int    // in[start:end] was read and not yet used
	end   int
	used  int    // in[:used] has been read into
	full  bool   // the last read filled its buffer
	line  []byte // of ReadLine
	out   []byte // output not yet written

	// both and parts are for writing two slices at once without an allocation.
	both  net.Buffers
	parts [2][]byte
}

func newBuffers(s *Sizes) *buffers {
	return &buffers{in: make([]byte, s.Input), line: make([]byte, 0, lineSize), out: make([]byte, 0, outputSize)}
}

// took notes that n octets were read into in, of which none was left.
func (b *buffers) took(n int) {
	b.start, b.end = 0, n
	b.used = max(b.used, n)
}

// reset makes the buffers fit for another connection. There may have been
// passwords in them.
func (b *buffers) reset(s *Sizes) {
	clear(b.in[:b.used])
	clear(b.line[:cap(b.line)])
	b.start, b.end, b.used, b.full = 0, 0, 0, false
	b.line, b.out = shrink(b.line, s.Keep), shrink(b.out, s.Keep)
}

func shrink(b []byte, keep int) []byte {
	if cap(b) > keep {
		return nil
	}
	return b[:0]
}
