// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A connection's frames travel by two pipes, which the server makes and passes with
// its answer to the upgrade (unix(7), SCM_RIGHTS): a socket wakes its writer, too, each
// time that the other end has read, and so either process once more for each call.

// answerPipe is the size in bytes that the pipe for answers is to have; a frame with a
// tail goes into it at once.
const answerPipe = 256 << 10

// pipeConn is a connection whose bytes go by pipes.
type pipeConn struct {
	net.Conn // the socket that it was made on: the server counts it, the client has closed it
	r, w     *os.File
}

// Read implements net.Conn.
func (c *pipeConn) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	return n, closedError(err)
}

// Write implements net.Conn.
func (c *pipeConn) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	return n, closedError(err)
}

// writeAll writes two strings one behind the other.
func (c *pipeConn) writeAll(parts [2][]byte) error {
	raw, err := c.w.SyscallConn()
	if err != nil {
		return closedError(err)
	}
	list := parts[:]
	var failed error
	err = raw.Write(func(fd uintptr) (done bool) {
		for len(list) > 0 {
			n, err := unix.Writev(int(fd), list)
			switch {
			case err == unix.EAGAIN:
				return false
			case err == unix.EINTR:
				continue
			case err != nil:
				failed = os.NewSyscallError("writev", err)
				return true
			}
			for len(list) > 0 && n >= len(list[0]) {
				n -= len(list[0])
				list = list[1:]
			}
			if n > 0 {
				list[0] = list[0][n:]
			}
		}
		return true
	})
	return closedError(errors.Join(err, failed))
}

// closedError gives the end of our own making the name that it has with sockets.
func closedError(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return net.ErrClosed
	}
	return err
}

// Close implements net.Conn.
func (c *pipeConn) Close() error {
	_ = c.Conn.Close() // which may be closed
	return errors.Join(c.r.Close(), c.w.Close())
}

// SetDeadline implements net.Conn.
func (c *pipeConn) SetDeadline(t time.Time) error {
	return errors.Join(c.r.SetReadDeadline(t), c.w.SetWriteDeadline(t))
}

// SetReadDeadline implements net.Conn.
func (c *pipeConn) SetReadDeadline(t time.Time) error { return c.r.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn.
func (c *pipeConn) SetWriteDeadline(t time.Time) error { return c.w.SetWriteDeadline(t) }

// SyscallConn implements syscall.Conn for what is read.
func (c *pipeConn) SyscallConn() (syscall.RawConn, error) { return c.r.SyscallConn() }

// newPipes makes a connection by pipes, and gives the two ends that are the client's.
func newPipes(socket net.Conn) (c *pipeConn, client [2]int, err error) {
	var requests, answers [2]int
	if err := unix.Pipe2(requests[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, client, os.NewSyscallError("pipe2", err)
	}
	if err := unix.Pipe2(answers[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		closeAll(requests)
		return nil, client, os.NewSyscallError("pipe2", err)
	}
	_, _ = unix.FcntlInt(uintptr(answers[1]), unix.F_SETPIPE_SZ, answerPipe) // where the user may have no more it is slower
	return &pipeConn{socket, pipeFile(requests[0]), pipeFile(answers[1])}, [2]int{answers[0], requests[1]}, nil
}

func pipeFile(fd int) *os.File { return os.NewFile(uintptr(fd), "pipe") }

func closeAll(fds [2]int) {
	_ = unix.Close(fds[0])
	_ = unix.Close(fds[1])
}

// passPipes writes a text to a socket, and with it the client's ends, which it closes here.
func passPipes(socket *net.UnixConn, text string, client [2]int) error {
	defer closeAll(client)
	_, _, err := socket.WriteMsgUnix([]byte(text), unix.UnixRights(client[:]...), nil)
	return err
}

// rightsReader reads from a socket and keeps the files that come along.
type rightsReader struct {
	conn *net.UnixConn
	fds  []int
}

// Read implements io.Reader.
func (r *rightsReader) Read(p []byte) (int, error) {
	oob := make([]byte, unix.CmsgSpace(2*4))
	n, oobn, _, _, err := r.conn.ReadMsgUnix(p, oob)
	n = max(n, 0) // it is -1 behind an error
	if oobn <= 0 {
		return n, err
	}
	messages, perr := unix.ParseSocketControlMessage(oob[:oobn])
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		r.fds, perr = append(r.fds, fds...), errors.Join(perr, err)
	}
	return n, errors.Join(err, perr)
}

// link speaks frames by the pipes where those came, in place of the socket, else by that, of
// which ahead is what was read.
func (r *rightsReader) link(ahead io.Reader) (*link, error) {
	switch len(r.fds) {
	case 0:
		return newLink(r.conn, ahead, maxAnswer), nil
	case 2:
		c := &pipeConn{r.conn, pipeFile(r.fds[0]), pipeFile(r.fds[1])}
		r.fds = nil
		_ = r.conn.Close()
		return newLink(c, nil, maxAnswer), nil
	}
	return nil, fmt.Errorf("server passes %d files", len(r.fds))
}

// drop closes what nobody took.
func (r *rightsReader) drop() {
	for _, fd := range r.fds {
		_ = unix.Close(fd)
	}
	r.fds = nil
}
