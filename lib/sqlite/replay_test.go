// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// diskWAL is a database whose writer has a redo log, and what of its files is on the
// disk for certain. It is its redo log itself.
type diskWAL struct {
	t    *testing.T
	rng  *rand.Rand
	path string
	c    *Conn
	w    *WAL

	log      [][]byte // the redo log
	logged   bool     // the commit under way is in it
	refuse   bool     // it takes nothing
	lose     bool     // its disk fails
	db, wal  []byte   // on the disk
	rows     map[int]string
	possible []map[int]string // what may be there after a power cut
}

var errRefused = errors.New("refused")

func (d *diskWAL) Append(w *WAL, data []byte) (Waiter, error) {
	if w != d.w {
		d.t.Error("the redo log is given the commit of another")
	}
	if d.refuse {
		return nil, errRefused
	}
	if !d.lose {
		d.log, d.logged = append(d.log, bytes.Clone(data)), true
	}
	return d, nil
}

func (d *diskWAL) Wait() error {
	if d.lose {
		return errRefused
	}
	return nil
}

func (d *diskWAL) read(suffix string) []byte {
	d.t.Helper()
	b, err := os.ReadFile(d.path + suffix)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

// synced notes that the disk has the log.
func (d *diskWAL) synced() { d.wal = d.read("-wal") }

// headed notes that the disk has the header of a log that begins anew, and nothing
// else of it.
func (d *diskWAL) headed() {
	now := d.read("-wal")
	if len(d.wal) < walHeader {
		d.wal = bytes.Clone(now[:walHeader])
	} else {
		copy(d.wal, now[:walHeader])
	}
}

func newDiskWAL(t *testing.T, seed uint64) *diskWAL {
	d := &diskWAL{t: t, rng: rand.New(rand.NewPCG(seed, 0)), path: filepath.Join(t.TempDir(), "x.db"), rows: map[int]string{}}
	d.w = NewWAL(d.path, d)
	var err error
	if d.c, err = Open(d.path, Options{Create: true, WAL: d.w}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.c.Close() })
	if err := d.c.Script("PRAGMA cache_size=12; CREATE TABLE x (a INTEGER PRIMARY KEY, b TEXT); CREATE INDEX y ON x (b)"); err != nil {
		t.Fatal(err)
	}
	d.synced()
	d.db = d.read("")
	d.possible = []map[int]string{{}}
	return d
}

// part changes some rows.
func (d *diskWAL) part(rows map[int]string) {
	d.t.Helper()
	for range 1 + d.rng.IntN(4) {
		a := d.rng.IntN(60)
		var err error
		if d.rng.IntN(5) == 0 {
			delete(rows, a)
			err = d.c.Exec("DELETE FROM x WHERE a = ?", a)
		} else {
			n := d.rng.IntN(300)
			switch d.rng.IntN(40) {
			case 0:
				n = 400_000 // too long for the redo log
			case 1, 2, 3:
				n = 30_000 // not for the cache
			}
			rows[a] = fmt.Sprintf("%d %x", d.rng.IntN(1000), bytes.Repeat([]byte{byte(d.rng.IntN(256))}, n/2))
			err = d.c.Exec("INSERT OR REPLACE INTO x VALUES (?, ?)", a, rows[a])
		}
		if err != nil {
			d.t.Fatal(err)
		}
	}
}

// transaction does what may be one.
func (d *diskWAL) transaction() {
	d.t.Helper()
	before := d.read("-wal")[:walHeader]
	defer func() {
		if !bytes.Equal(before, d.read("-wal")[:walHeader]) {
			d.headed()
		}
	}()
	soft := d.rng.IntN(3) == 0
	begin := d.c.Begin
	if soft {
		begin = d.c.BeginSoft
	}
	if err := begin(); err != nil {
		d.t.Fatal(err)
	}
	rows := maps.Clone(d.rows)
	d.part(rows)
	if d.rng.IntN(4) == 0 { // a part that is undone
		kept := maps.Clone(rows)
		if err := d.c.Savepoint(); err != nil {
			d.t.Fatal(err)
		}
		d.part(rows)
		if err := d.c.RollbackTo(); err != nil {
			d.t.Fatal(err)
		}
		if rows = kept; d.rng.IntN(2) == 0 {
			d.part(rows)
		}
	}
	if d.rng.IntN(8) == 0 {
		d.c.Rollback()
		return
	}
	d.logged, d.refuse, d.lose = false, d.rng.IntN(12) == 0, d.rng.IntN(12) == 0
	if err := d.c.Commit(); err != nil {
		d.t.Fatal(err)
	}
	d.rows = rows
	if d.possible = append(d.possible, rows); !soft {
		d.possible = d.possible[len(d.possible)-1:]
		if !d.logged {
			d.synced()
		}
	}
}

func (d *diskWAL) step() {
	d.t.Helper()
	switch d.rng.IntN(12) {
	case 0: // the redo log wants to begin anew
		if err := d.w.Sync(); err != nil {
			d.t.Fatal(err)
		}
		d.synced()
		d.log, d.possible = nil, d.possible[len(d.possible)-1:]
	case 1:
		d.synced()
		d.possible = d.possible[len(d.possible)-1:]
		if done, err := d.c.Checkpoint(Passive); !done || err != nil {
			d.t.Fatal(done, err)
		}
		d.db = d.read("")
	default:
		d.transaction()
	}
}

// cut gives the files as a power cut leaves them, with the redo log written to them.
func (d *diskWAL) cut() string {
	d.t.Helper()
	path := filepath.Join(d.t.TempDir(), "x.db")
	now := d.read("-wal")
	left := bytes.Clone(now)
	for at := 0; at < len(left); at += PageSize {
		if d.rng.IntN(3) > 0 && at < len(d.wal) {
			copy(left[at:min(at+PageSize, len(left))], d.wal[at:])
		} else if d.rng.IntN(3) > 0 && at >= len(d.wal) {
			clear(left[at:min(at+PageSize, len(left))])
		}
	}
	copy(left, d.wal[:walHeader])
	left = left[:min(len(left), len(d.wal)+d.rng.IntN(len(left)+1))]
	if err := errors.Join(os.WriteFile(path, d.db, 0o600), os.WriteFile(path+"-wal", left, 0o600)); err != nil {
		d.t.Fatal(err)
	}
	r, err := NewReplay(path)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, data := range d.log {
		if err := r.Write(data); err != nil {
			d.t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		d.t.Fatal(err)
	}
	return path
}

func (d *diskWAL) verify(path string) {
	d.t.Helper()
	c, err := Open(path, Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	if faults, err := c.IntegrityCheck(); err != nil || len(faults) > 0 {
		d.t.Fatalf("%v, %v", faults, err)
	}
	have := map[int]string{}
	rows, err := c.Query("SELECT a, b FROM x")
	if err != nil {
		d.t.Fatal(err)
	}
	for rows.Next() {
		have[int(rows.Int(0))] = rows.Text(1)
	}
	if err := rows.Close(); err != nil {
		d.t.Fatal(err)
	}
	for _, p := range d.possible {
		if maps.Equal(p, have) {
			return
		}
	}
	d.t.Fatalf("%d rows are none of the %d states that were committed since the last that waited for the disk", len(have), len(d.possible))
}

// TestReplay takes the power away at random moments: all commits that waited for the
// disk are there, in the files or in the redo log.
func TestReplay(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			d := newDiskWAL(t, seed)
			for range 40 {
				for range 1 + d.rng.IntN(6) {
					d.step()
				}
				d.verify(d.cut())
			}
		})
	}
}

// FuzzReplay has frames for the redo log that nobody made.
func FuzzReplay(f *testing.F) {
	page := bytes.Repeat([]byte("page"), PageSize/4)
	var e frameEncoder
	frame := func(number byte, page []byte) []byte {
		return append(append([]byte{3: number}, make([]byte, walFrameHeader-4)...), page...)
	}
	for _, list := range [][]byte{frame(1, page), append(frame(1, append([]byte("another"), page[7:]...)), frame(2, page)...)} {
		data, err := e.encode(walHeader, list)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := newFrameDecoder(data)
		if err != nil {
			return
		}
		var frame [walFrame]byte
		for more := true; more && err == nil; d.at += walFrame {
			more, err = d.next(&frame, func(page []byte, at int64) error {
				if at < walHeader || at >= d.at {
					t.Fatalf("a page that is like the one at %d, which is not before %d", at, d.at)
				}
				return nil
			})
		}
	})
}

// TestFrames has pages come back from what differs.
func TestFrames(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var e frameEncoder
	file := map[int64][]byte{} // pages by the offset of their frames
	pages := map[uint32][]byte{}
	at := int64(walHeader)
	for range 500 {
		var frames []byte
		start := at
		for range 1 + rng.IntN(6) {
			number := uint32(1 + rng.IntN(30))
			page := pages[number]
			if page = bytes.Clone(page); page == nil {
				page = make([]byte, PageSize)
			}
			for range rng.IntN(5) {
				i := rng.IntN(PageSize)
				for j := i; j < min(PageSize, i+rng.IntN(200)); j++ {
					page[j] = byte(rng.IntN(256))
				}
			}
			pages[number] = page
			header := make([]byte, walFrameHeader)
			header[3], header[frameSaltAt] = byte(number), byte(at>>20) // it begins anew now and then
			frames = append(append(frames, header...), page...)
		}
		data, err := e.encode(start, frames)
		if err != nil {
			t.Fatal(err)
		}
		d, err := newFrameDecoder(data)
		if err != nil {
			t.Fatal(err)
		}
		var frame [walFrame]byte
		for ; ; d.at += walFrame {
			more, err := d.next(&frame, func(page []byte, at int64) error { copy(page, file[at]); return nil })
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				break
			}
			want := frames[d.at-start:][:walFrame]
			if !bytes.Equal(frame[:], want) {
				t.Fatalf("the frame at %d differs", d.at)
			}
			file[d.at] = bytes.Clone(frame[walFrameHeader:])
		}
		if at = d.at; at != start+int64(len(frames)) {
			t.Fatalf("%d bytes of %d came back", at-start, len(frames))
		}
	}
}

// TestFullDisk has a transaction whose pages went to the log before its end undone as
// a whole where the log cannot take them, whoever notices.
func TestFullDisk(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=1500k"); err != nil {
		t.Skipf("SKIPPED, the full disk is not tested: mounting a small one takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	for rows := 4; rows < 60; rows += 2 {
		t.Run(fmt.Sprint(rows), func(t *testing.T) { fillDisk(t, disk, rows) })
	}
}

// fillDisk fills the disk between two parts of a transaction; the first has so many rows.
func fillDisk(t *testing.T, disk string, rows int) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir, err := os.MkdirTemp(disk, "")
	must(err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "x.db")
	c, err := Open(path, Options{Create: true, WAL: NewWAL(path, nil)})
	must(err)
	defer c.Close()
	must(c.Script("PRAGMA cache_size=12; CREATE TABLE x (a INTEGER PRIMARY KEY, b BLOB, c INT UNIQUE); CREATE TABLE y (a INTEGER PRIMARY KEY, b BLOB, c INT UNIQUE)"))
	insert := func(table string, n int) {
		t.Helper()
		for i := range n {
			must(c.Exec("INSERT INTO "+table+" VALUES (?, ?, ?)", i, bytes.Repeat([]byte{byte(i)}, 3000), i))
		}
	}
	must(c.Begin())
	insert("x", 20)
	must(c.Commit())
	must(c.Begin())
	must(c.Savepoint())
	insert("y", rows)
	must(c.Release())
	ballast, err := os.Create(filepath.Join(dir, "ballast"))
	must(err)
	for err == nil {
		_, err = ballast.Write(make([]byte, PageSize))
	}
	must(c.Savepoint())
	if err := c.Exec("UPDATE x SET c = c + 1000 WHERE a > 2"); err != nil && c.InTx() {
		_ = c.RollbackTo()
	}
	must(errors.Join(ballast.Close(), os.Remove(ballast.Name()))) // there is room again
	want := int64(0)
	if c.InTx() && c.Commit() == nil {
		want = int64(rows)
	}
	r, err := Open(path, Options{ReadOnly: true})
	must(err)
	defer r.Close()
	if faults, err := r.IntegrityCheck(); err != nil || len(faults) > 0 {
		t.Errorf("%.200q, %v", faults, err)
	}
	if n, err := r.Int("SELECT count(*) FROM y WHERE length(b) = 3000"); n != want || err != nil {
		t.Errorf("%d rows, want %d, %v", n, want, err)
	}
}

// TestSyncsItsFile syncs the log that is written, also where it is another than the one
// that was there before.
func TestSyncsItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	w := NewWAL(path, nil)
	for range 2 {
		c, err := Open(path, Options{Create: true, WAL: w})
		if err != nil {
			t.Fatal(err)
		}
		w.Reset()
		if err := c.Script("CREATE TABLE IF NOT EXISTS x (a)"); err != nil {
			t.Fatal(err)
		}
		if err := c.Update(func() error { return c.Exec("INSERT INTO x VALUES (1)") }); err != nil {
			t.Fatal(err)
		}
		if err := w.Sync(); err != nil {
			t.Fatal(err)
		}
		have, err := w.f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if is, err := os.Stat(path + "-wal"); err != nil || !os.SameFile(have, is) {
			t.Errorf("another file is the log: %v", err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNotOnDisk commits behind a commit that neither the redo log nor the disk took: the
// log begins anew first, and both are there after a power cut.
func TestNotOnDisk(t *testing.T) {
	d := newDiskWAL(t, 1)
	put := func(a int) error {
		return d.c.Update(func() error { return d.c.Exec("INSERT INTO x VALUES (?, 'b')", a) })
	}
	if err := put(1); err != nil { // the first waits for the file
		t.Fatal(err)
	}
	d.synced()
	_, pipe, err := os.Pipe() // which nobody can sync
	if err != nil {
		t.Fatal(err)
	}
	d.w.Reset()
	d.w.f, d.lose = pipe, true
	if err := put(2); !errors.Is(err, ErrNotOnDisk) {
		t.Fatalf("a commit that is on no disk: %v", err)
	}
	d.w.Reset()
	d.lose = false
	if done, err := d.c.Checkpoint(Truncate); !done || err != nil {
		t.Fatal(done, err)
	}
	d.wal, d.db = nil, d.read("")
	if err := put(3); err != nil {
		t.Fatal(err)
	}
	d.headed()
	d.possible = []map[int]string{{1: "b", 2: "b", 3: "b"}}
	d.verify(d.cut())
}
