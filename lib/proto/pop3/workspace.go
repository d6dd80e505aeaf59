// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

// Sizes of the buffers of a connection at work.
const (
	inputSize   = 8 << 10   // what one read takes
	outputFlush = 32 << 10  // output beyond this is written at once
	keepSize    = 64 << 10  // buffers grown beyond this are not kept
	maxWrite    = 256 << 10 // a piece of output that Timeouts.Write is for
	firstRead   = 64        // what a waiting connection reads into
)

// workspace are the buffers of a connection at work. A waiting connection has
// none: see Conn.waitInput.
type workspace struct {
	in    []byte // fixed size
	start int    // in[start:end] was read and not yet used
	end   int
	full  bool   // the last read filled its buffer
	line  []byte // the command at hand
	out   []byte // output not yet written
	wants []Want // of the RETR and TOP commands at hand
}

func newWorkspace() *workspace {
	return &workspace{in: make([]byte, inputSize), line: make([]byte, 0, 256), out: make([]byte, 0, 4<<10)}
}

// reset makes the workspace fit for another connection.
func (ws *workspace) reset() {
	ws.start, ws.end, ws.full = 0, 0, false
	clear(ws.line[:cap(ws.line)]) // it may have held a password
	ws.line, ws.out, ws.wants = shrink(ws.line), shrink(ws.out), ws.wants[:0]
}

func shrink(b []byte) []byte {
	if cap(b) > keepSize {
		return nil
	}
	return b[:0]
}
