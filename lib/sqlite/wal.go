// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"fmt"
	"os"
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
// closing it does no harm. A WAL belongs to the one who writes the database.
type WAL struct {
	path string
	size int64 // of the file, as far as it was made by us
	step int64
}

// Growth of the file in bytes: it doubles from one to the other.
const (
	minStep = 256 << 10
	maxStep = 1 << 20
)

// NewWAL is for the WAL file of the database of that path.
func NewWAL(path string) *WAL { return &WAL{path: path + "-wal", step: minStep} }

// Reset forgets what was allocated: the file was emptied.
func (w *WAL) Reset() { w.size, w.step = 0, minStep }

// Reserve sees to it that frames up to a number fit into the file. It is a
// help only: where it fails, the file grows as it is written.
func (w *WAL) Reserve(frames int64) error {
	need := walHeader + frames*walFrame
	if need <= w.size {
		return nil
	}
	f, err := os.OpenFile(w.path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("reserve log: %w", err)
	}
	defer f.Close()
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
	var n int64
	err := c.Row(func(r *Rows) { n = r.Int(1) }, "PRAGMA wal_checkpoint(NOOP)")
	if err != nil {
		return 0, fmt.Errorf("look at log of %s: %w", c.path, err)
	}
	return max(n, 0), nil
}
