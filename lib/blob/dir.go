// SPDX-License-Identifier: AGPL-3.0-or-later

package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// DefaultGrace is how long an unreferenced blob stays.
const DefaultGrace = 24 * time.Hour

// tempPrefix begins the names of files that are being written.
const tempPrefix = "new-"

// Dir is a Store in a folder: blobs/xx/yyyy… where xxyyyy… is the id. All of
// its files are private (0600).
type Dir struct {
	path   string
	grace  time.Duration
	opened time.Time // what was touched since is trusted, see sound
	codec  *Codec
	files  fileCache

	mu    sync.RWMutex // Touch reads under it, Sweep removes under it
	syncs [256]dirSync // of the folders xx

	flightMu sync.Mutex
	flights  map[ID]*flight // guarded by flightMu
}

// Options are settings of a Dir.
type Options struct {
	Grace     time.Duration // 0 is DefaultGrace
	OpenFiles int           // how many files stay open for reading; 0 is 64
}

// OpenDir opens or makes the folder.
func OpenDir(path string, o Options) (*Dir, error) {
	if o.Grace == 0 {
		o.Grace = DefaultGrace
	}
	if o.OpenFiles == 0 {
		o.OpenFiles = 64
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("open blobs: %w", diskError(err))
	}
	d := &Dir{path: path, grace: o.Grace, opened: time.Now(), codec: &Codec{}, flights: map[ID]*flight{}}
	d.files.limit = o.OpenFiles
	if err := d.removeTemp(); err != nil {
		return nil, err
	}
	return d, d.settle()
}

// settle brings to the disk what a process that crashed had written: from now
// on whatever has a name is durable.
func (d *Dir) settle() error {
	f, err := os.Open(d.path)
	if err != nil {
		return fmt.Errorf("open blobs: %w", diskError(err))
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return fmt.Errorf("open blobs: bring to the disk: %w", diskError(err))
	}
	return nil
}

// Close closes the files that are open for reading.
func (d *Dir) Close() error {
	d.files.clear()
	return nil
}

// removeTemp takes away what a crash left half written.
func (d *Dir) removeTemp() error {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return fmt.Errorf("open blobs: %w", diskError(err))
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			_ = os.Remove(filepath.Join(d.path, e.Name()))
		}
	}
	return nil
}

func (d *Dir) folder(id ID) string { return filepath.Join(d.path, id.String()[:2]) }

func (d *Dir) file(id ID) string {
	name := id.String()
	return filepath.Join(d.path, name[:2], name[2:])
}

// diskError gives the errors of the file system their names here.
func diskError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}

// Touch implements Store. It writes only where the grace time has partly run
// or the blob was not yet touched since the folder was opened.
func (d *Dir) Touch(ctx context.Context, id ID) (int64, error) {
	err := d.landed(id)
	var size int64
	if err == nil {
		size, err = d.touch(ctx, id)
	}
	if err != nil {
		return 0, fmt.Errorf("touch blob %s: %w", id, err)
	}
	return size, nil
}

// touch is Touch without regard to who is writing the blob.
func (d *Dir) touch(ctx context.Context, id ID) (int64, error) {
	st, err := os.Stat(d.file(id))
	if err != nil {
		return 0, diskError(err)
	}
	trusted := !st.ModTime().Before(d.opened) && st.ModTime().Nanosecond() != 0
	if !trusted {
		if err := d.sound(ctx, id); err != nil {
			return 0, err
		}
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	r, err := d.files.open(d, id)
	if err != nil {
		return 0, missing(err)
	}
	defer r.Close()
	now := time.Now()
	if !trusted || now.Sub(st.ModTime()) > d.grace/4 {
		if err := os.Chtimes(d.file(id), now, now); err != nil {
			return 0, diskError(err) // it may be swept meanwhile
		}
	}
	return r.Size(), nil
}

// sound reads a blob that an earlier process wrote before anything new refers
// to it: a crash of the machine may have left any content under its name.
// ErrNotFound: it is damaged; whoever has the content may put it anew.
func (d *Dir) sound(ctx context.Context, id ID) error { return missing(d.Verify(ctx, id)) }

// missing makes a damaged blob one that is not there.
func missing(err error) error {
	if errors.Is(err, ErrDamaged) {
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}

// Open implements Store.
func (d *Dir) Open(_ context.Context, id ID) (Reader, error) {
	r, err := d.files.open(d, id)
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", id, err)
	}
	return r, nil
}

// dirSync lets many writers of one folder share an fsync of it: a sync serves
// all who asked before it began.
type dirSync struct {
	mu   sync.Mutex
	cond *sync.Cond
	// The fields below are guarded by mu.
	asked, done uint64
	failed      uint64 // who asked up to here may have been failed, by err
	running     bool
	made        bool // the folder exists
	err         error
}

func (s *dirSync) sync(path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cond == nil {
		s.cond = sync.NewCond(&s.mu)
	}
	s.asked++
	want := s.asked
	for s.done < want {
		if s.running {
			s.cond.Wait()
			continue
		}
		s.running = true
		covers := s.asked
		s.mu.Unlock()
		err := syncFolder(path)
		s.mu.Lock()
		s.running, s.done = false, covers
		if err != nil {
			s.failed, s.err = covers, err
		}
		s.cond.Broadcast()
	}
	if want <= s.failed {
		return s.err
	}
	return nil
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// makeFolder makes the folder xx, durably, once.
func (d *Dir) makeFolder(id ID) error {
	s := &d.syncs[id[0]]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made {
		return nil
	}
	err := os.Mkdir(d.folder(id), 0o700)
	if err == nil {
		if err = syncFolder(d.path); err != nil {
			_ = os.Remove(d.folder(id)) // or the next one would take it for durable
		}
	} else if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	s.made = err == nil
	return err
}
