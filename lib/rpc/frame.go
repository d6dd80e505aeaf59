// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"twiga/lib/mapi"
)

// A frame is eight bytes and a payload:
//
//	uint32  length of the payload, little endian
//	byte    type
//	byte    flags
//	uint16  number of the operation, little endian (calls only)
//
// From the client: call (a call header and the request), data (bytes of an
// upload, the last flagged), cancel (stop the stream that is under way),
// subscribe and unsubscribe (on a connection for events), leave (ids of
// sessions that end, between calls; it is not answered). From the server:
// result (the response, or items of a stream, the last flagged), failure
// (uint32 code, then the text; of a watch behind its uvarint), event (uvarint subscription, then an event, as
// often as fits), bye (the connection ends; a call that was not answered was
// not begun), stamps (where the versions of watched mailboxes are, see Versions).
type frameType byte

const (
	frameCall        frameType = 1
	frameData        frameType = 2
	frameCancel      frameType = 3
	frameSubscribe   frameType = 4
	frameUnsubscribe frameType = 5
	frameLeave       frameType = 6
	frameResult      frameType = 16
	frameFailure     frameType = 17
	frameEvent       frameType = 18
	frameBye         frameType = 19
	frameStamps      frameType = 20
)

// flagLast marks the last frame of a result or of an upload.
const flagLast = 1

// Limits of the framing.
const (
	frameHeader = 8
	readBuffer  = 64 << 10 // frames up to this size are read in place
	batchSize   = 32 << 10 // items are gathered up to this size
	firstBatch  = 4 << 10  // the same of the first frame of a stream; each has twice as much as the one before
	tailSize    = 32 << 10 // longer byte strings are written from where they are
	uploadFrame = 60 << 10 // bytes of an upload in one frame
	keepBuffer  = 1 << 20  // larger buffers are not kept between calls
)

// frame is one frame that was read. Its payload is valid until the next read.
type frame struct {
	typ     frameType
	flags   byte
	op      uint16
	payload []byte
}

// link reads and writes the frames of a connection. One goroutine reads and
// one writes.
type link struct {
	conn net.Conn
	max  int // the longest payload that is read

	in   *bufio.Reader
	skip int    // bytes of the last frame that are still in the buffer
	big  []byte // room for payloads beyond the buffer

	out   []byte // the frame being built, with its header, behind those that go with it
	start int    // where it begins
	parts [2][]byte
}

// newLink speaks frames on a connection. Rest is what was read ahead of them.
func newLink(conn net.Conn, rest io.Reader, limit int) *link {
	if rest == nil {
		rest = conn
	}
	return &link{conn: conn, max: limit, in: bufio.NewReaderSize(rest, readBuffer)}
}

// read waits for the next frame. After its first byte the rest has to come
// within stall (0: no bound). The error is io.EOF where the connection ended
// between frames.
func (l *link) read(stall time.Duration) (frame, error) {
	if _, err := l.in.Discard(l.skip); err != nil {
		return frame{}, err
	}
	l.skip = 0
	if cap(l.big) > keepBuffer {
		l.big = nil
	}
	if stall > 0 {
		if _, err := l.in.Peek(1); err != nil {
			return frame{}, err
		}
		if l.in.Buffered() < frameHeader || l.in.Buffered() < frameHeader+l.peekLength() {
			if err := l.conn.SetReadDeadline(time.Now().Add(stall)); err != nil {
				return frame{}, err
			}
			defer func() { _ = l.conn.SetReadDeadline(time.Time{}) }()
		}
	}
	h, err := l.in.Peek(frameHeader)
	if err != nil {
		if len(h) > 0 && err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return frame{}, err
	}
	f := frame{typ: frameType(h[4]), flags: h[5], op: binary.LittleEndian.Uint16(h[6:])}
	n := l.peekLength()
	if n > l.max {
		return frame{}, fmt.Errorf("read frame: %d bytes: %w", n, mapi.TooBig)
	}
	f.payload, err = l.payload(n)
	return f, err
}

// peekLength is the length of the payload whose header is in the buffer.
func (l *link) peekLength() int {
	h, _ := l.in.Peek(4)
	return int(binary.LittleEndian.Uint32(h))
}

// payload reads what follows a header: in place where it fits, else into room
// that grows with what arrives.
func (l *link) payload(n int) ([]byte, error) {
	if frameHeader+n <= readBuffer {
		b, err := l.in.Peek(frameHeader + n)
		if err != nil {
			return nil, unexpected(err)
		}
		l.skip = frameHeader + n
		return b[frameHeader:], nil
	}
	if _, err := l.in.Discard(frameHeader); err != nil {
		return nil, err
	}
	l.big = l.big[:0]
	for len(l.big) < n {
		have := len(l.big)
		step := min(n-have, max(readBuffer, have))
		if have+step > cap(l.big) {
			grown := make([]byte, have, max(have+step, min(n, 2*cap(l.big))))
			copy(grown, l.big)
			l.big = grown
		}
		l.big = l.big[:have+step]
		if _, err := io.ReadFull(l.in, l.big[have:]); err != nil {
			return nil, unexpected(err)
		}
	}
	return l.big, nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// begin starts a frame; its payload is appended to l.out.
func (l *link) begin() {
	if cap(l.out) > keepBuffer {
		l.out = nil
	}
	l.out, l.start = append(l.out[:0], 0, 0, 0, 0, 0, 0, 0, 0), 0
}

// follow ends the frame that was begun and begins another, to be sent with it.
func (l *link) follow(typ frameType) error {
	if err := l.head(typ, 0, 0, 0); err != nil {
		return err
	}
	l.start = len(l.out)
	l.out = append(l.out, 0, 0, 0, 0, 0, 0, 0, 0)
	return nil
}

// head fills in the header of the frame that was begun; more is what of its
// payload is not in l.out.
func (l *link) head(typ frameType, flags byte, op uint16, more int) error {
	n := len(l.out) - l.start - frameHeader + more
	if uint64(n) > uint64(^uint32(0)) {
		return fmt.Errorf("write frame: %d bytes: %w", n, mapi.TooBig)
	}
	h := l.out[l.start:]
	binary.LittleEndian.PutUint32(h, uint32(n))
	h[4], h[5] = byte(typ), flags
	binary.LittleEndian.PutUint16(h[6:], op)
	return nil
}

// send writes the frame that was begun, and tail as the end of its payload.
func (l *link) send(typ frameType, flags byte, op uint16, tail []byte) error {
	if err := l.head(typ, flags, op, len(tail)); err != nil {
		return err
	}
	if len(tail) == 0 {
		_, err := l.conn.Write(l.out)
		return err
	}
	if len(tail) < tailSize {
		l.out = append(l.out, tail...)
		_, err := l.conn.Write(l.out)
		return err
	}
	if c, ok := l.conn.(*pipeConn); ok {
		return c.writeAll([2][]byte{l.out, tail})
	}
	l.parts = [2][]byte{l.out, tail}
	buffers := net.Buffers(l.parts[:])
	_, err := buffers.WriteTo(l.conn)
	l.parts = [2][]byte{}
	return err
}

// put sends a frame with the payload.
func (l *link) put(typ frameType, flags byte, payload []byte) error {
	l.begin()
	l.out = append(l.out, payload...)
	return l.send(typ, flags, 0, nil)
}

// appendFailure is the payload of a failure.
func appendFailure(dst []byte, err error) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(mapi.CodeOf(err)))
	return append(dst, err.Error()...)
}

// failureOf is the error that a failure's payload tells.
func failureOf(payload []byte) error {
	if len(payload) < 4 {
		return fmt.Errorf("read failure: cut short: %w", mapi.NetworkError)
	}
	code := mapi.Code(binary.LittleEndian.Uint32(payload))
	if code == 0 {
		code = mapi.GeneralFailure
	}
	return &Failure{Code: code, Text: string(payload[4:])}
}
