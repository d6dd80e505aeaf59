// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

// Sizes of the buffers of a connection at work.
const (
	inputSize   = 16 << 10  // what one read takes
	outputFlush = 64 << 10  // output beyond this is written at the next row
	copyBelow   = 40 << 10  // shorter pieces go with what comes behind them, in one write
	keepSize    = 160 << 10 // buffers grown beyond this are not kept
	maxWrite    = 256 << 10 // a piece of output that Timeouts.Write is for
	firstRead   = 128       // what a waiting connection reads into
)

// workspace are the buffers of a connection at work. A waiting connection has
// none: see Conn.waitInput.
type workspace struct {
	in    []byte // fixed size
	start int    // in[start:end] was read and not yet used
	end   int
	full  bool   // the last read filled its buffer
	cmd   []byte // the command at hand
	out   []byte // output not yet written
}

func newWorkspace() *workspace {
	return &workspace{in: make([]byte, inputSize), cmd: make([]byte, 0, 512), out: make([]byte, 0, 4<<10)}
}

// reset makes the workspace fit for another connection.
func (ws *workspace) reset() {
	ws.start, ws.end, ws.full = 0, 0, false
	ws.cmd, ws.out = shrink(ws.cmd), shrink(ws.out)
}

func shrink(b []byte) []byte {
	if cap(b) > keepSize {
		return nil
	}
	return b[:0]
}
