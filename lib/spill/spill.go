// SPDX-License-Identifier: AGPL-3.0-or-later

// Package spill is a byte buffer that moves to an unlinked temporary file
// beyond a limit, so that a large message is never whole on the heap.
//
// A Buffer is written once from start to end, then finished, then read as one
// slice of bytes: the memory itself while it is small, a read-only mapping of
// the file otherwise. The file has no name, so that nothing is left behind by
// a crash.
package spill

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// DefaultLimit is how many bytes a buffer keeps in memory when its pool is
// made with no limit.
const DefaultLimit = 256 << 10

// minLimit keeps the write size to the file reasonable.
const minLimit = 4 << 10

var (
	errClosed   = errors.New("buffer is closed")
	errFinished = errors.New("buffer is finished")
)

// Pool hands out buffers that share a directory, a limit and recycled memory.
// It is safe for concurrent use.
type Pool struct {
	dir    string
	limit  int
	memory sync.Pool
}

// NewPool returns a pool whose buffers keep limit bytes in memory (DefaultLimit
// if zero) and put longer content into dir (os.TempDir if empty). The directory
// should lie on a disk, not on a file system that is memory itself.
func NewPool(dir string, limit int) *Pool {
	if dir == "" {
		dir = os.TempDir()
	}
	if limit == 0 {
		limit = DefaultLimit
	}
	limit = max(limit, minLimit)
	p := &Pool{dir: dir, limit: limit}
	p.memory.New = func() any {
		b := make([]byte, 0, limit)
		return &b
	}
	return p
}

// Get returns an empty buffer, to be closed by the caller.
func (p *Pool) Get() *Buffer { return &Buffer{pool: p} }

// Buffer collects bytes. It is not safe for concurrent use.
type Buffer struct {
	pool     *Pool
	memory   *[]byte // what is not in the file yet; nil before the first byte
	file     *os.File
	flushed  int64
	mapped   []byte
	err      error // the first failure, which every later call repeats
	finished bool
}

// Write appends b. An error of the file system (a full disk, say) is returned
// by the Write that meets it and by every call after it.
func (b *Buffer) Write(p []byte) (int, error) {
	if err := b.writable(); err != nil {
		return 0, err
	}
	n := 0
	for len(p) > 0 {
		mem := *b.memory
		k := min(len(p), cap(mem)-len(mem))
		*b.memory = append(mem, p[:k]...)
		n, p = n+k, p[k:]
		if len(p) > 0 {
			if err := b.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// ReadFrom appends what r gives until its end. It returns the first error of
// either side; the two are told apart by IsWriteError.
func (b *Buffer) ReadFrom(r io.Reader) (int64, error) {
	if err := b.writable(); err != nil {
		return 0, err
	}
	var n int64
	for {
		mem := *b.memory
		if len(mem) == cap(mem) {
			if err := b.flush(); err != nil {
				return n, err
			}
			mem = *b.memory
		}
		k, err := r.Read(mem[len(mem):cap(mem)])
		*b.memory = mem[:len(mem)+k]
		n += int64(k)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// WriteError is a failure to put bytes into the temporary file, in contrast to
// a failure of the reader that ReadFrom reads.
type WriteError struct{ Err error }

// Error tells what failed.
func (e *WriteError) Error() string { return "write spill file: " + e.Err.Error() }

// Unwrap gives the cause, such as unix.ENOSPC.
func (e *WriteError) Unwrap() error { return e.Err }

// IsWriteError tells whether err came from the temporary file.
func IsWriteError(err error) bool {
	var w *WriteError
	return errors.As(err, &w)
}

// Finish ends writing and returns the whole content, which is valid until
// Close. It must not be modified: changing mapped memory is a fault.
func (b *Buffer) Finish() ([]byte, error) {
	if b.finished && b.err == nil {
		return b.Bytes(), nil
	}
	if b.err != nil {
		return nil, b.err
	}
	b.finished = true
	if b.file == nil {
		return b.Bytes(), nil
	}
	if err := b.flush(); err != nil {
		return nil, err
	}
	b.release()
	m, err := unix.Mmap(int(b.file.Fd()), 0, int(b.flushed), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, b.fail(fmt.Errorf("map spill file: %w", err))
	}
	b.mapped = m
	return m, nil
}

// Bytes returns the content of a finished buffer, and nil before Finish.
func (b *Buffer) Bytes() []byte {
	switch {
	case !b.finished:
		return nil
	case b.mapped != nil:
		return b.mapped
	case b.memory != nil:
		return *b.memory
	}
	return nil
}

// Size is the number of bytes written so far.
func (b *Buffer) Size() int64 {
	if b.memory == nil {
		return b.flushed
	}
	return b.flushed + int64(len(*b.memory))
}

// Spilled tells whether the content went beyond the limit, into a file.
func (b *Buffer) Spilled() bool { return b.file != nil }

// Close gives memory, mapping and file back. The slice from Finish is invalid
// afterwards. Closing twice is harmless.
func (b *Buffer) Close() error {
	var err error
	if b.mapped != nil {
		err = unix.Munmap(b.mapped)
		b.mapped = nil
	}
	if b.file != nil {
		err = errors.Join(err, b.file.Close())
		b.file = nil
	}
	b.release()
	b.flushed = 0
	b.err = errClosed
	if err != nil {
		return fmt.Errorf("close spill file: %w", err)
	}
	return nil
}

func (b *Buffer) writable() error {
	if b.err != nil {
		return b.err
	}
	if b.finished {
		return errFinished
	}
	if b.memory == nil {
		b.memory = b.pool.memory.Get().(*[]byte)
		*b.memory = (*b.memory)[:0]
	}
	return nil
}

// flush moves the memory's bytes to the file.
func (b *Buffer) flush() error {
	if b.file == nil {
		f, err := openUnlinked(b.pool.dir)
		if err != nil {
			return b.fail(&WriteError{err})
		}
		b.file = f
	}
	n, err := b.file.Write(*b.memory)
	b.flushed += int64(n)
	if err != nil {
		return b.fail(&WriteError{err})
	}
	*b.memory = (*b.memory)[:0]
	return nil
}

func (b *Buffer) fail(err error) error {
	b.err = err
	return err
}

func (b *Buffer) release() {
	if b.memory != nil {
		b.pool.memory.Put(b.memory)
		b.memory = nil
	}
}

// openUnlinked creates a file without a name in dir, or, where the file system
// cannot, one whose name is removed at once.
func openUnlinked(dir string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err == nil {
		return os.NewFile(uintptr(fd), dir), nil
	}
	if !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.EISDIR) && !errors.Is(err, unix.ENOENT) {
		return nil, &os.PathError{Op: "create", Path: dir, Err: err}
	}
	f, err := os.CreateTemp(dir, "spill-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
