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
	walFrame  = walFrameHeader + PageSize
)

// WAL keeps a database's WAL file allocated ahead of what is written: a commit
// that overwrites allocated blocks reaches the disk in a fraction of the time
// that one takes which makes the file longer. The bytes ahead are zero, which
// SQLite takes for the end of the log, as it does stale ones.
//
// Where it has a redo log, small commits wait for that and not for the file: many
// databases share its syncs.
//
// The process holds no locks on the WAL file itself, so that opening and
// closing it does no harm. A WAL belongs to the one who writes the database; Sync
// alone may run beside.
type WAL struct {
	path string
	redo Redo
	size int64 // of the file, as far as it was made by us
	step int64

	enc     frameEncoder // for redo
	pending Waiter       // for the commit that is under way; nil is none

	mu sync.Mutex
	f  *os.File // nil until it is needed; guarded by mu
}

// Redo is a log on the disk of what the disk may not have yet of WAL files.
type Redo interface {
	// Append takes what Replay needs to write a commit to the file again, for whose way
	// to the disk the writer waits. The log asks the WAL to Sync before it forgets it. It
	// keeps no data.
	Append(w *WAL, data []byte) (Waiter, error)
}

// Waiter waits until something is on the disk.
type Waiter interface{ Wait() error }

// maxRedo is the size in bytes from which a commit is brought to the disk by its own
// file: the redo log would only write it once more.
const maxRedo = 256 << 10

// Growth of the file in bytes: it doubles from one to the other.
const (
	minStep = 256 << 10
	maxStep = 1 << 20
)

// NewWAL is for the WAL file of the database of that path. redo may be nil.
func NewWAL(path string, redo Redo) *WAL { return &WAL{path: path + "-wal", redo: redo, step: minStep} }

// Reset forgets what was allocated: the file was emptied or is gone.
func (w *WAL) Reset() {
	w.size, w.step = 0, minStep
	w.enc = frameEncoder{}
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
		f, err := os.OpenFile(w.path, os.O_RDWR, 0)
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
	for {
		err := w.syncFile()
		if !errors.Is(err, os.ErrClosed) { // else it is used anew
			return err
		}
	}
}

func (w *WAL) syncFile() error {
	f, err := w.file()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sync log: %w", osError(err))
	}
	raw, err := f.SyscallConn()
	if err == nil {
		if cerr := raw.Control(func(fd uintptr) { err = unix.Fdatasync(int(fd)) }); cerr != nil {
			return cerr
		}
	}
	if err != nil {
		return fmt.Errorf("sync log: %w", osError(err))
	}
	return nil
}

// errNotRedone says that a commit has to be brought to the disk by its own file.
var errNotRedone = errors.New("not for the redo log")

// logCommit gives the frames between two offsets to the redo log. data may be nil: they are
// in the file then.
func (w *WAL) logCommit(from, end int64, data []byte) error {
	if w.redo == nil || end-from > maxRedo {
		return errNotRedone
	}
	if data == nil {
		f, err := w.file()
		if err != nil {
			return err
		}
		data = make([]byte, end-from)
		if _, err := f.ReadAt(data, from); err != nil {
			return err
		}
	}
	out, err := w.enc.encode(from, data)
	if err == nil {
		w.pending, err = w.redo.Append(w, out)
	}
	if err != nil {
		w.pending = nil
		w.enc.forget()
	}
	return err
}

// committed waits for a commit that the redo log was given.
func (w *WAL) committed() error {
	p := w.pending
	if w.pending = nil; p == nil || p.Wait() == nil {
		return nil
	}
	w.enc.forget()
	return w.Sync()
}

// undone is for a commit that came to nothing, and says whether the redo log has it
// all the same.
func (w *WAL) undone() (logged bool) {
	logged = w.pending != nil
	w.pending = nil
	w.enc.forget()
	return logged
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
