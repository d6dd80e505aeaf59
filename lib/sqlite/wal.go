// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Measures of a WAL file (sqlite.org/walformat.html).
const (
	walHeader = 32
	walFrame  = 24 + PageSize
)

// WAL keeps a database's WAL file allocated ahead of what is written: a commit
// that overwrites allocated blocks reaches the disk in a fraction of the time
// that one takes which makes the file longer. The bytes ahead are zero, which
// SQLite takes for the end of the log, as it does stale ones.
//
// The process holds no locks on the WAL file itself, so that opening and
// closing it does no harm. A WAL belongs to the one who writes the database; Sync
// alone may run beside.
type WAL struct {
	path string
	size int64 // of the file, as far as it was made by us
	step int64

	mu sync.Mutex
	f  *os.File // nil until it is needed; guarded by mu
}

// Growth of the file in bytes: it doubles from one to the other.
const (
	minStep = 256 << 10
	maxStep = 1 << 20
)

// NewWAL is for the WAL file of the database of that path.
func NewWAL(path string) *WAL { return &WAL{path: path + "-wal", step: minStep} }

// Reset forgets what was allocated: the file was emptied or is gone.
func (w *WAL) Reset() {
	w.size, w.step = 0, minStep
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.f != nil {
		_ = w.f.Close()
		w.f = nil
	}
}

// file is the open file; it stays open until Reset.
func (w *WAL) file() (*os.File, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.f == nil {
		f, err := os.OpenFile(w.path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		w.f = f
	}
	return w.f, nil
}

// Sync returns when all commits from before are on disk. Where the file is gone
// meanwhile, they are: whoever removed it has copied them into the database.
func (w *WAL) Sync() error {
	f, err := w.file()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sync log: %w", osError(err))
	}
	raw, err := f.SyscallConn()
	if err == nil {
		cerr := raw.Control(func(fd uintptr) { err = unix.Fdatasync(int(fd)) })
		if errors.Is(cerr, os.ErrClosed) {
			return nil // it was emptied
		}
	}
	if err != nil {
		return fmt.Errorf("sync log: %w", osError(err))
	}
	return nil
}

// Reserve sees to it that frames up to a number fit into the file. It is a
// help only: where it fails, the file grows as it is written.
func (w *WAL) Reserve(frames int64) error {
	need := walHeader + frames*walFrame
	if need <= w.size {
		return nil
	}
	f, err := w.file()
	if err != nil {
		return fmt.Errorf("reserve log: %w", err)
	}
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("reserve log: %w", err)
	}
	from := st.Size()
	to := max(need, w.size+w.step, from)
	if to > from {
		if err := writeZeros(f, from, to); err != nil {
			_ = f.Truncate(from) // the room is needed for what is to be written
			return fmt.Errorf("reserve log: %w", err)
		}
	}
	w.size = to
	w.step = min(2*w.step, maxStep)
	return nil
}

func writeZeros(f *os.File, from, to int64) error {
	zeros := make([]byte, min(to-from, 64<<10))
	for from < to {
		n, err := f.WriteAt(zeros[:min(to-from, int64(len(zeros)))], from)
		if err != nil {
			return err
		}
		from += int64(n)
	}
	return nil
}

// Frames is how many frames of the WAL are in use. It copies nothing.
func (c *Conn) Frames() (int64, error) {
	n, err := c.handle.frames()
	if err != nil {
		return 0, fmt.Errorf("look at log of %s: %w", c.path, classify(err))
	}
	return n, nil
}
