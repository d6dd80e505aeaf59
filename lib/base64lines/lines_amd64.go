// SPDX-License-Identifier: AGPL-3.0-or-later

package base64lines

import "golang.org/x/sys/cpu"

// What encodeLinesAVX2 reads behind the last of its lines, and writes there
// before it is written again.
const (
	readsBehind  = 16
	writesBehind = 16
)

// encodeLinesAVX2 encodes full lines with their ends, 24 bytes at a time: the
// bits are put into place by multiplications, the characters found by adding
// what their kind is shifted by. It reads and writes somewhat beyond the lines.
//
//go:noescape
func encodeLinesAVX2(dst, src *byte, lines, lineBytes, line, eol int)

// encodeLines encodes full lines with their ends, as many as it can, and gives
// their number. src has one byte more at least than the lines do.
func (l Layout) encodeLines(dst, src []byte) int {
	lb, stride := l.LineBytes(), l.Line+int(l.eolLen())
	lines := min((len(src)-readsBehind)/lb, (len(dst)-writesBehind)/stride)
	if lines <= 0 || !cpu.X86.HasAVX2 {
		return 0
	}
	encodeLinesAVX2(&dst[0], &src[0], lines, lb, l.Line, int(l.eolLen()))
	return lines
}
