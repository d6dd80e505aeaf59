// SPDX-License-Identifier: AGPL-3.0-or-later

package blob

import (
	"bytes"
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
	path     string
	grace    time.Duration
	opened   time.Time // what was touched since is trusted, see sound
	codec    *Codec
	files    fileCache
	log      Log            // may be nil
	root     *os.File       // the folder: by it the system tells of what a disk did not take
	landings sync.WaitGroup // of blobs that the log has not yet
	beside   chan struct{}  // has a token for each of them that no caller waits for

	mu    sync.RWMutex // Touch reads under it, Sweep removes under it
	syncs [256]dirSync // of the folders xx

	flightMu sync.Mutex
	flights  map[ID]*flight // guarded by flightMu
	settled  bool           // guarded by flightMu
}

// Options are settings of a Dir.
type Options struct {
	Grace     time.Duration // 0 is DefaultGrace
	OpenFiles int           // how many files stay open for reading; 0 is 64
	Log       Log           // where small blobs are durable first; nil: each waits for its own file
}

const (
	maxLogged   = 128 << 10 // bytes of a file for which the log is asked
	maxLandings = 256       // that are under way beside callers: where the log fails, each syncs its file
)

// Log has the files of small blobs on the disk before these are there themselves:
// Sync brings those there whenever it likes, and a start Restores them.
type Log interface {
	// Append takes a file that has its name by now, and keeps no bytes of it. It is
	// durable when wait returns. After an error the file has to be brought to the disk
	// itself.
	Append(id ID, file []byte) (wait func() error, err error)
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
	d := &Dir{path: path, grace: o.Grace, codec: &Codec{}, log: o.Log,
		beside: make(chan struct{}, maxLandings), flights: map[ID]*flight{}}
	d.files.limit = o.OpenFiles
	if err := d.removeTemp(); err != nil {
		return nil, err
	}
	d.makeFolders()
	var err error
	if d.root, err = os.Open(path); err != nil {
		return nil, fmt.Errorf("open blobs: %w", diskError(err))
	}
	d.opened = d.afterPuts(time.Now())
	if err := d.Sync(); err != nil { // what a process that crashed had written
		return nil, errors.Join(fmt.Errorf("open blobs: %w", err), d.root.Close())
	}
	return d, nil
}

// afterPuts is now, or a time behind all that was put before, where the clock was set
// back meanwhile: a machine without one of its own starts with the time that it noted
// last. Each name that was given is a change of its folder.
func (d *Dir) afterPuts(now time.Time) time.Time {
	for first := range len(d.syncs) {
		if st, err := os.Stat(d.folder(ID{byte(first)})); err == nil && !st.ModTime().Before(now) {
			now = st.ModTime().Add(1)
		}
	}
	return now
}

// Sync brings all that has a name to the disk, by one call for the file system.
func (d *Dir) Sync() error {
	if err := unix.Syncfs(int(d.root.Fd())); err != nil {
		return fmt.Errorf("bring blobs to the disk: %w", diskError(err))
	}
	return nil
}

// Restore writes a file that the log has. It is durable behind a Sync.
func (d *Dir) Restore(id ID, file []byte) error {
	err := d.makeFolder(id)
	if err == nil && !d.rewrite(id, file) {
		w := &fileWriter{d: d, out: file}
		err = w.place(id)
		w.discard()
	}
	if err != nil {
		return fmt.Errorf("restore blob %s: %w", id, diskError(err))
	}
	return nil
}

// rewrite writes the bytes of a file that is there and has them already. It takes no
// room, for which a full disk would keep a whole store from its start; to leave it
// alone would be to believe what a disk may not have taken.
func (d *Dir) rewrite(id ID, file []byte) (done bool) {
	f, err := os.OpenFile(d.file(id), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	has := make([]byte, len(file)+1)
	if n, _ := f.ReadAt(has, 0); !bytes.Equal(has[:n], file) {
		return false
	}
	_, err = f.WriteAt(file, 0)
	return err == nil
}

// Settle waits for what is on its way into the log. What is put from now on is not
// given to it, and waits for its own file.
func (d *Dir) Settle() {
	d.flightMu.Lock()
	d.settled = true
	d.flightMu.Unlock()
	d.landings.Wait()
}

// beginLanding says whether the log may be asked. The landing is to be ended then.
func (d *Dir) beginLanding() bool {
	d.flightMu.Lock()
	defer d.flightMu.Unlock()
	if d.log == nil || d.settled {
		return false
	}
	d.landings.Add(1)
	return true
}

// CloseFiles closes the files that are open for readers to come.
func (d *Dir) CloseFiles() { d.files.clear() }

// Close lets go of the folder, behind a Settle.
func (d *Dir) Close() error {
	d.Settle()
	d.CloseFiles()
	return d.root.Close()
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
	if err == nil {
		err = d.landed(id) // it may have got its name in between
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

// makeFolders makes the folders of all blobs ahead of the sync that the opening
// ends with: one by one, each of the first some hundred blobs would wait for the
// disk once more. Where that is full, those that are put later wait.
func (d *Dir) makeFolders() {
	for first := range d.syncs {
		err := os.Mkdir(d.folder(ID{byte(first)}), 0o700)
		d.syncs[first].made = err == nil || errors.Is(err, fs.ErrExist)
	}
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
