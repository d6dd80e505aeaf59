// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Replay writes to a WAL file what a redo log has of it. The database must not be
// open.
type Replay struct {
	f    *os.File // nil: there is nothing to write to
	salt []byte
}

// NewReplay is for the WAL file of the database of that path.
func NewReplay(path string) (*Replay, error) {
	f, err := os.OpenFile(path+"-wal", os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return &Replay{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("restore log: %w", osError(err))
	}
	var header [walHeader]byte
	if _, err := f.ReadAt(header[:], 0); err == io.EOF { // it is too short
		return &Replay{}, f.Close()
	} else if err != nil {
		return nil, fmt.Errorf("restore log: %w", osError(errors.Join(err, f.Close())))
	}
	return &Replay{f: f, salt: header[walSaltAt : walSaltAt+saltSize]}, nil
}

// ErrFrames says that what the redo log has is no frames: nothing more can be restored
// of that WAL.
var ErrFrames = errors.New("frames in the redo log are malformed")

// Write writes what Redo was given, in the order in which it was, unless it is of a log
// that has begun anew since: all of it was in the database then. SQLite has the
// header of a new one on the disk before it writes frames, and each has its
// own salts.
func (r *Replay) Write(data []byte) error {
	d, err := newFrameDecoder(data)
	if err != nil {
		return fmt.Errorf("restore log: %w", err)
	}
	if r.f == nil || !bytes.Equal(d.salt(), r.salt) {
		return nil
	}
	old := func(page []byte, at int64) error {
		_, err := r.f.ReadAt(page, at+walFrameHeader)
		return err
	}
	var frame [walFrame]byte
	for ; ; d.at += walFrame {
		more, err := d.next(&frame, old)
		if err == nil && more {
			if _, err = r.f.WriteAt(frame[:], d.at); err != nil {
				err = osError(err)
			}
		}
		if errors.Is(err, io.EOF) { // it is an older copy of the file
			return r.GiveUp()
		}
		if err != nil {
			return fmt.Errorf("restore log at %d: %w", d.at, err)
		}
		if !more {
			return nil
		}
	}
}

// GiveUp has nothing more written: it would not go with what is there.
func (r *Replay) GiveUp() error {
	err := r.Close()
	r.f = nil
	return err
}

// Close brings the file to the disk.
func (r *Replay) Close() error {
	if r.f == nil {
		return nil
	}
	if err := errors.Join(r.f.Sync(), r.f.Close()); err != nil {
		return fmt.Errorf("restore log: %w", osError(err))
	}
	return nil
}
