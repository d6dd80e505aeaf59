// SPDX-License-Identifier: AGPL-3.0-or-later

package redo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// LeastSize is the smallest size of a log in bytes.
	LeastSize = 2 * 64 << 10
	maxBatch  = 4 << 20
	keptBatch = 256 << 10 // room that a batch keeps for the next one
)

// ErrFull says that the log takes nothing now: the writer has to bring his file to
// the disk himself.
var ErrFull = errors.New("redo log is full")

// ErrBegin says that all was restored, but that there can be no new log.
var ErrBegin = errors.New("redo log cannot begin anew")

// File is what the log tells of.
type File interface {
	// Sync brings what was written so far to the disk. It is no error where the
	// file is gone.
	Sync() error
}

// Options are those of a log.
type Options struct {
	Size   int64                        // in bytes, of both segments
	Failed func(what string, err error) // is told what goes wrong beside writers; may be nil
	Wrote  func(took time.Duration)     // is told of each batch that is on the disk; may be nil
}

// segment is one of the log's files. It belongs to who writes, or to the cleaner.
type segment struct {
	f     *os.File
	used  int64
	files map[File]struct{} // that it tells of
}

// Log is a redo log. It is safe for concurrent use.
type Log struct {
	dir  string
	o    Options
	size int64 // of a segment

	segments [2]*segment
	torn     bool // a file is not on the disk; of the cleaner, then of Close

	// Of who writes a batch.
	now    *segment
	epoch  uint64
	number uint32

	stats counters

	mu      sync.Mutex
	next    *Batch // guarded by mu
	spare   []byte // guarded by mu
	writing bool   // somebody writes a batch; guarded by mu
	company bool   // the last batch was of several writers; guarded by mu
	err     error  // why nothing is taken any more; guarded by mu

	clean   chan *segment // that may be written
	cleanup chan *segment // whose files are to be brought to the disk
	stop    chan struct{}
	done    chan struct{}
}

// Batch is what several writers wait for.
type Batch struct {
	log   *Log
	b     []byte
	files []File
	lead  chan struct{} // a token for one of those who wait: to write it
	done  chan struct{}
	err   error // when it is done
}

func (l *Log) newBatch(room []byte) *Batch {
	return &Batch{log: l, b: append(room[:0], make([]byte, batchHeader)...), lead: make(chan struct{}, 1), done: make(chan struct{})}
}

// Open restores what the log in a folder tells of, and begins it anew; it makes
// what is missing.
func Open(dir string, o Options, r Restorer) (*Log, error) {
	if o.Failed == nil {
		o.Failed = func(string, error) {}
	}
	if o.Wrote == nil {
		o.Wrote = func(time.Duration) {}
	}
	l := &Log{dir: dir, o: o, size: max(o.Size, LeastSize) / 2 &^ (blockSize - 1),
		clean: make(chan *segment, 1), cleanup: make(chan *segment, 1), stop: make(chan struct{}), done: make(chan struct{})}
	found, err := replay(dir, r)
	if err != nil {
		return nil, fmt.Errorf("open redo log %s: %w", dir, err)
	}
	if err := l.begin(found.epoch + 2); err != nil {
		l.discard()
		return nil, fmt.Errorf("open redo log %s: %w: %w", dir, ErrBegin, err)
	}
	l.next = l.newBatch(nil)
	go l.cleaner()
	return l, nil
}

// Remove restores what the log in a folder tells of, and removes it.
func Remove(dir string, r Restorer) error {
	_, err := replay(dir, r)
	if err == nil {
		err = os.RemoveAll(dir)
	}
	if err != nil {
		return fmt.Errorf("remove redo log %s: %w", dir, err)
	}
	return nil
}

// begin makes the segments, the first with an epoch that makes all others void.
func (l *Log) begin(epoch uint64) error {
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	for i := range l.segments {
		f, err := os.OpenFile(segmentPath(l.dir, i), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		l.segments[i] = &segment{f: f, files: map[File]struct{}{}}
		if i == 0 {
			if _, err := f.WriteAt(header(epoch), 0); err != nil {
				return err
			}
		}
		if err := allocate(f, l.size); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
	}
	l.segments[0].used = blockSize
	l.now, l.epoch = l.segments[0], epoch
	l.clean <- l.segments[1]
	return errors.Join(syncFolder(l.dir), syncFolder(filepath.Dir(l.dir)))
}

// discard gives back the room of a log that cannot begin; all that was in it is
// restored.
func (l *Log) discard() {
	for i, s := range l.segments {
		if s != nil {
			_ = s.f.Close()
		}
		_ = os.Remove(segmentPath(l.dir, i))
	}
}

// allocate gives a file its size. Its blocks are written: the disk has a write to
// such sooner than one that makes a file longer.
func allocate(f *os.File, size int64) error {
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.Size() > size {
		return f.Truncate(size)
	}
	zeros := make([]byte, 64<<10)
	for at := st.Size(); at < size; {
		n, err := f.WriteAt(zeros[:min(size-at, int64(len(zeros)))], at)
		if err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Append takes what was written to a file, for whose way to the disk the writer has to
// Wait. It keeps no data. After an error the writer has to bring the file to the disk
// himself.
func (l *Log) Append(name string, f File, data []byte) (*Batch, error) {
	n := recordHeader + len(name) + len(data)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return nil, l.err
	}
	b := l.next
	if len(b.b)+n > maxBatch || int64(n+2*blockSize) > l.size || len(name) > maxName {
		l.stats.full.Add(1)
		return nil, ErrFull
	}
	b.b = appendRecord(b.b, name, data)
	b.files = append(b.files, f)
	return b, nil
}

// Wait returns when the log has the batch on the disk. After an error the writer
// has to bring the file to the disk himself.
func (b *Batch) Wait() error {
	l := b.log
	l.mu.Lock()
	lead := b == l.next && !l.writing
	l.writing = l.writing || lead
	l.mu.Unlock()
	if !lead {
		select {
		case <-b.done:
			return b.err
		case <-b.lead:
		}
	}
	l.lead(b)
	return b.err
}

// lead writes a batch and has somebody write the next: one of those who wait for it
// already, or the first who will.
func (l *Log) lead(b *Batch) {
	l.mu.Lock()
	if l.company || len(b.files) > 1 { // else it would but wake a thread
		l.mu.Unlock()
		runtime.Gosched() // who is about to append comes along
		l.mu.Lock()
	}
	l.next = l.newBatch(l.spare)
	l.spare = nil
	l.mu.Unlock()

	b.err = l.write(b)
	if errors.Is(b.err, ErrFull) {
		l.stats.full.Add(int64(len(b.files)))
	}
	close(b.done)

	l.mu.Lock()
	defer l.mu.Unlock()
	l.company = len(b.files) > 1
	if cap(b.b) <= keptBatch {
		l.spare = b.b
	}
	if b.err != nil && !errors.Is(b.err, ErrFull) && l.err == nil {
		l.err = b.err
		l.o.Failed("write", b.err)
	}
	if len(l.next.files) > 0 {
		l.next.lead <- struct{}{}
	} else {
		l.writing = false
	}
}

// write brings a batch to the disk.
func (l *Log) write(b *Batch) error {
	size := int64(len(b.b) + padding(len(b.b)))
	if l.now.used+size > l.size {
		if size+blockSize > l.size {
			return ErrFull
		}
		if err := l.turn(); err != nil {
			return err
		}
	}
	b.b = closeBatch(b.b, l.epoch, l.number)
	start := time.Now()
	if _, err := l.now.f.WriteAt(b.b, l.now.used); err != nil {
		return err
	}
	if err := fdatasync(l.now.f); err != nil {
		return err
	}
	l.o.Wrote(time.Since(start))
	l.stats.batches.Add(1)
	l.stats.bytes.Add(size)
	l.now.used += size
	l.number++
	for _, f := range b.files {
		l.now.files[f] = struct{}{}
	}
	return nil
}

// turn goes over to the other segment.
func (l *Log) turn() error {
	select {
	case s := <-l.clean:
		if _, err := s.f.WriteAt(header(l.epoch+1), 0); err != nil {
			return err
		}
		l.cleanup <- l.now
		l.now, l.epoch, l.number = s, l.epoch+1, 0
		s.used = blockSize
		l.stats.turns.Add(1)
		return nil
	default:
		return ErrFull
	}
}

// cleaner brings the files of segments to the disk.
func (l *Log) cleaner() {
	defer close(l.done)
	for {
		select {
		case <-l.stop:
			return
		case s := <-l.cleanup:
			if !l.syncFiles(s) {
				return
			}
			l.clean <- s
		}
	}
}

// syncFiles is false where a file is not on the disk. It is not tried again: the
// system tells once of what a disk did not take, and says later that all is well.
// What the segment has is needed until the next start then.
func (l *Log) syncFiles(s *segment) bool {
	if l.torn {
		return false
	}
	for f := range s.files {
		if err := f.Sync(); err != nil {
			l.torn = true
			l.o.Failed("sync", err)
			return false
		}
		delete(s.files, f)
	}
	return true
}

// Close brings all files to the disk, after which there is nothing to restore. Nobody
// may write any more.
func (l *Log) Close() error {
	close(l.stop)
	<-l.done
	whole := true
	for _, s := range l.segments {
		whole = l.syncFiles(s) && whole
	}
	var err error
	if whole {
		if _, err = l.now.f.WriteAt(header(l.epoch+2), 0); err == nil {
			err = fdatasync(l.now.f)
		}
	}
	for _, s := range l.segments {
		err = errors.Join(err, s.f.Close())
	}
	if err != nil {
		return fmt.Errorf("close redo log: %w", err)
	}
	return nil
}

func fdatasync(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	cerr := raw.Control(func(fd uintptr) { err = unix.Fdatasync(int(fd)) })
	return errors.Join(cerr, err)
}
