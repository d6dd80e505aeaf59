// SPDX-License-Identifier: AGPL-3.0-or-later

package redo

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// told is a Restorer that keeps what it is told.
type told struct {
	list     []string
	finished int
}

func (r *told) Restore(name string, data []byte) error {
	r.list = append(r.list, name+"="+string(data))
	return nil
}

func (r *told) Finish() error {
	r.finished++
	return nil
}

// file is one that the log tells of.
type file struct {
	fail  atomic.Bool
	syncs atomic.Int64
}

func (f *file) Sync() error {
	f.syncs.Add(1)
	if f.fail.Load() {
		return errors.New("the disk is broken")
	}
	return nil
}

func openLog(t *testing.T, dir string, o Options) (*Log, *told) {
	t.Helper()
	r := &told{}
	l, err := Open(dir, o, r)
	if err != nil {
		t.Fatal(err)
	}
	return l, r
}

func write(l *Log, name string, f File, data string) error {
	b, err := l.Append(name, f, []byte(data))
	if err != nil {
		return err
	}
	return b.Wait()
}

// cut is a copy of a log's folder, as the end of the machine leaves it: all of a Log's
// writes are on the disk when nobody waits.
func cut(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func restored(t *testing.T, dir string) []string {
	t.Helper()
	l, r := openLog(t, dir, Options{Size: LeastSize})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if want := min(1, len(r.list)); r.finished != want {
		t.Errorf("finished %d times, want %d", r.finished, want)
	}
	return r.list
}

// TestRestore has what was written come back after the end of the machine, and nothing
// of it after a log that was closed or begun anew.
func TestRestore(t *testing.T) {
	dir := t.TempDir()
	l, r := openLog(t, dir, Options{Size: LeastSize})
	if len(r.list) > 0 {
		t.Errorf("a new log has %v", r.list)
	}
	f := &file{}
	want := []string{"a=1", "b=22", "a=", "c=" + string(bytes.Repeat([]byte{0, 'x'}, 5000))}
	for _, s := range want {
		if err := write(l, s[:1], f, s[2:]); err != nil {
			t.Fatal(err)
		}
	}
	left := cut(t, dir)
	if got := restored(t, cut(t, left)); !slices.Equal(got, want) {
		t.Errorf("restored %d records, want %d", len(got), len(want))
	}
	if got := restored(t, left); !slices.Equal(got, want) {
		t.Errorf("restored %d records, want %d", len(got), len(want))
	}
	if got := restored(t, left); len(got) > 0 {
		t.Errorf("restored %v twice", got)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if f.syncs.Load() == 0 {
		t.Error("a closed log has not brought its files to the disk")
	}
	if got := restored(t, dir); len(got) > 0 {
		t.Errorf("restored %v of a closed log", got)
	}
}

// TestTorn has a batch that is not whole be the end, wherever it is torn.
func TestTorn(t *testing.T) {
	dir := t.TempDir()
	l, _ := openLog(t, dir, Options{Size: LeastSize})
	defer l.Close()
	f := &file{}
	for _, data := range []string{"first", "second"} {
		if err := write(l, "a", f, data); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		at   int64
		want []string
	}{
		{"header of the segment", 9, nil},
		{"first batch", blockSize + batchHeader + 3, nil},
		{"length of the second", 2*blockSize + 20, []string{"a=first"}},
		{"records of the second", 2*blockSize + batchHeader + 9, []string{"a=first"}},
		{"behind the second", 3 * blockSize, []string{"a=first", "a=second"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			left := cut(t, dir)
			s, err := os.OpenFile(segmentPath(left, 0), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.WriteAt([]byte{0xa5}, c.at); err != nil {
				t.Fatal(err)
			}
			s.Close()
			if got := restored(t, left); !slices.Equal(got, c.want) {
				t.Errorf("restored %v, want %v", got, c.want)
			}
		})
	}
}

// TestTurn goes round the ring, by many at once: what is not restored was brought to
// the disk by its file.
func TestTurn(t *testing.T) {
	dir := t.TempDir()
	var batches atomic.Int64
	l, _ := openLog(t, dir, Options{Size: LeastSize, Wrote: func(time.Duration) { batches.Add(1) }})
	const writers, rounds = 8, 150
	files := make([]file, writers)
	var wg sync.WaitGroup
	var full atomic.Int64
	onDisk := make([]atomic.Int64, writers) // the highest that the file itself has
	for i := range writers {
		wg.Go(func() {
			for n := range rounds {
				switch err := write(l, fmt.Sprint(i), &synced{&files[i], &onDisk[i], int64(n)}, fmt.Sprintf("%04d%s", n, bytes.Repeat([]byte{'x'}, 300))); {
				case errors.Is(err, ErrFull):
					full.Add(1)
					onDisk[i].Store(int64(n))
				case err != nil:
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	last := map[string]string{}
	for _, s := range restored(t, cut(t, dir)) {
		last[s[:1]] = s[2:6]
	}
	for i := range writers {
		if got := last[fmt.Sprint(i)]; onDisk[i].Load() != rounds-1 && got != fmt.Sprintf("%04d", rounds-1) {
			t.Errorf("writer %d: %q is the last, and the file has %d", i, got, onDisk[i].Load())
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if l.epoch < 4 {
		t.Errorf("epoch %d: it did not go round", l.epoch)
	}
	s := l.Stats()
	if s.Full != full.Load() || s.Batches != batches.Load() || s.Turns != int64(l.epoch)-2 {
		t.Errorf("%+v, want %d records not taken, %d batches, epoch %d", s, full.Load(), batches.Load(), l.epoch)
	}
	if s.Bytes < (writers*rounds-s.Full)*300 || s.Bytes%blockSize != 0 {
		t.Errorf("%d bytes of %d records", s.Bytes, writers*rounds-s.Full)
	}
}

// synced notes up to which record its file was brought to the disk.
type synced struct {
	*file
	has *atomic.Int64
	n   int64
}

func (s *synced) Sync() error {
	for old := s.has.Load(); old < s.n && !s.has.CompareAndSwap(old, s.n); old = s.has.Load() {
	}
	return s.file.Sync()
}

// TestFull takes nothing where a file of the other segment could not be brought to the
// disk, says so, and keeps what it has of it until the next start, whatever the system
// says of the file later.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	var failed atomic.Int64
	l, _ := openLog(t, dir, Options{Size: LeastSize, Failed: func(string, error) { failed.Add(1) }})
	f := &file{}
	f.fail.Store(true)
	if err := write(l, "a", f, "kept"); err != nil {
		t.Fatal(err)
	}
	other := &file{}
	data := string(make([]byte, 20_000))
	var err error
	for range 20 {
		if err = write(l, "b", other, data); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrFull) {
		t.Fatalf("a full log gives %v", err)
	}
	if got := restored(t, cut(t, dir)); len(got) == 0 || got[0] != "a=kept" {
		t.Errorf("%d records are left, without the one whose file is not on the disk", len(got))
	}
	f.fail.Store(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if failed.Load() == 0 {
		t.Error("nobody is told")
	}
	if got := restored(t, dir); len(got) == 0 || got[0] != "a=kept" {
		t.Errorf("%d records are left of a closed log, without the one whose file is not on the disk", len(got))
	}
}

// TestBroken takes nothing any more when its own disk has failed.
func TestBroken(t *testing.T) {
	dir := t.TempDir()
	var failed atomic.Int64
	l, _ := openLog(t, dir, Options{Size: LeastSize, Failed: func(string, error) { failed.Add(1) }})
	f := &file{}
	if err := write(l, "a", f, "kept"); err != nil {
		t.Fatal(err)
	}
	l.now.f.Close()
	for range 2 {
		if err := write(l, "a", f, "lost"); err == nil || errors.Is(err, ErrFull) {
			t.Errorf("a broken log gives %v", err)
		}
	}
	if failed.Load() != 1 {
		t.Errorf("told of %d failures", failed.Load())
	}
	if got := restored(t, cut(t, dir)); !slices.Equal(got, []string{"a=kept"}) {
		t.Errorf("restored %v", got)
	}
}

// TestRemove restores once more where the log is to be no more.
func TestRemove(t *testing.T) {
	dir := t.TempDir()
	l, _ := openLog(t, dir, Options{Size: LeastSize})
	defer l.Close()
	if err := write(l, "a", &file{}, "1"); err != nil {
		t.Fatal(err)
	}
	left := cut(t, dir)
	r := &told{}
	if err := Remove(left, r); err != nil || !slices.Equal(r.list, []string{"a=1"}) {
		t.Errorf("restored %v, %v", r.list, err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is there still: %v", err)
	}
}

// FuzzSegment has segments that nobody wrote.
func FuzzSegment(f *testing.F) {
	b := closeBatch(appendRecord(make([]byte, batchHeader), "a", []byte("data")), 1, 0)
	f.Add(append(header(1), b...))
	f.Add(append(header(2), b...))
	f.Fuzz(func(t *testing.T, segment []byte) {
		r := &told{}
		if n, err := replaySegment(segment, r); err == nil && n != len(r.list) {
			t.Errorf("%d records, restored %d", n, len(r.list))
		}
	})
}

// BenchmarkWrite is what one of eight writers waits for a commit of 2 kB.
func BenchmarkWrite(b *testing.B) {
	l, err := Open(b.TempDir(), Options{Size: 32 << 20}, &told{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	data := make([]byte, 2000)
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		f := &file{}
		for pb.Next() {
			if err := write(l, "mailbox", f, string(data)); err != nil && !errors.Is(err, ErrFull) {
				b.Fatal(err)
			}
		}
	})
}
