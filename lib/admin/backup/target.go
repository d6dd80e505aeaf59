// SPDX-License-Identifier: AGPL-3.0-or-later

package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// target is where the files of a repository are written.
type target interface {
	// put keeps a file. Its content is durable when it has its name.
	put(name string, write func(io.Writer) error) (File, error)
	has(name string) bool
	// sync makes the names durable.
	sync() error
	close() error
}

// fill writes a file and tells its size and sum.
func fill(f *os.File, name string, write func(io.Writer) error) (File, error) {
	h := sha256.New()
	if err := write(io.MultiWriter(f, h)); err != nil {
		return File{}, err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	return File{Name: name, Size: size, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

// folder is a target on disk. Files are written under other names first, so
// that whatever has its name is whole.
type folder struct {
	path  string
	lock  *os.File
	dirty map[string]bool // folders with new names
}

// openFolder opens or makes a folder to write to, for one process.
func openFolder(path string) (*folder, error) {
	if err := os.MkdirAll(filepath.Join(path, tempName), 0o700); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrBusy
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	f := &folder{path: path, lock: lock, dirty: map[string]bool{filepath.Dir(path): true, path: true}}
	left, err := os.ReadDir(filepath.Join(path, tempName))
	for _, e := range left { // of one that was interrupted
		err = errors.Join(err, os.Remove(filepath.Join(path, tempName, e.Name())))
	}
	if err != nil {
		lock.Close()
		return nil, err
	}
	return f, nil
}

func (f *folder) put(name string, write func(io.Writer) error) (File, error) {
	temp, err := os.CreateTemp(filepath.Join(f.path, tempName), "new-")
	if err != nil {
		return File{}, err
	}
	defer os.Remove(temp.Name())
	out, err := fill(temp, name, write)
	if err == nil {
		err = temp.Sync()
	}
	if cerr := temp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = f.rename(temp.Name(), filepath.Join(f.path, filepath.FromSlash(name)))
	}
	return out, err
}

func (f *folder) rename(from, to string) error {
	dir := filepath.Dir(to)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for d := dir; d != f.path && len(d) > len(f.path); d = filepath.Dir(d) {
		f.dirty[d] = true
	}
	f.dirty[f.path] = true
	return os.Rename(from, to)
}

func (f *folder) has(name string) bool {
	_, err := os.Stat(filepath.Join(f.path, filepath.FromSlash(name)))
	return err == nil
}

func (f *folder) sync() error {
	for dir := range f.dirty {
		d, err := os.Open(dir)
		if err != nil {
			return err
		}
		err = d.Sync()
		d.Close()
		if err != nil {
			return fmt.Errorf("sync %s: %w", dir, err)
		}
		delete(f.dirty, dir)
	}
	return nil
}

func (f *folder) close() error { return errors.Join(f.sync(), f.lock.Close()) }

// stream is a target that is one tar(1) archive.
type stream struct {
	w     *tar.Writer
	names map[string]bool
}

func newStream(w io.Writer) *stream { return &stream{tar.NewWriter(w), map[string]bool{}} }

// put writes a member. Its size comes before it, so that it is kept in a file first.
func (s *stream) put(name string, write func(io.Writer) error) (File, error) {
	temp, err := os.CreateTemp("", "twiga-backup-")
	if err != nil {
		return File{}, err
	}
	defer temp.Close()
	if err := os.Remove(temp.Name()); err != nil {
		return File{}, err
	}
	out, err := fill(temp, name, write)
	if err == nil {
		_, err = temp.Seek(0, io.SeekStart)
	}
	if err == nil {
		err = s.w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: out.Size, ModTime: time.Now()})
	}
	if err == nil {
		_, err = io.Copy(s.w, temp)
	}
	s.names[name] = true
	return out, err
}

func (s *stream) has(name string) bool { return s.names[name] }
func (s *stream) sync() error          { return s.w.Flush() }
func (s *stream) close() error         { return s.w.Close() }
