// SPDX-License-Identifier: AGPL-3.0-or-later

package blob

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

// openFile is a blob's open file, shared by its readers; it is closed when the
// cache and all of them let go of it.
type openFile struct {
	d    *Dir
	id   ID
	f    *os.File
	h    header
	refs atomic.Int32

	mu sync.Mutex
	// The fields below are guarded by mu: the places of chunks as far as they
	// are known, and the last chunk that was decompressed.
	places []int64
	at     int
	chunk  []byte
	packed []byte
}

func (d *Dir) openFile(id ID) (*openFile, error) {
	f, err := os.Open(d.file(id))
	if err != nil {
		return nil, diskError(err)
	}
	h, err := readHeader(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	o := &openFile{d: d, id: id, f: f, h: h, at: -1, places: []int64{headerSize}}
	o.refs.Store(1)
	return o, nil
}

// readHeader reads the header of a file. One that is shorter than its header
// says was never finished: the blob is not there.
func readHeader(f *os.File) (header, error) {
	var b [headerSize]byte
	if _, err := io.ReadFull(f, b[:]); err != nil {
		return header{}, fmt.Errorf("%w: file is cut short", ErrNotFound)
	}
	h, err := parseHeader(b[:])
	if err != nil {
		return header{}, err
	}
	st, err := f.Stat()
	if err != nil {
		return header{}, err
	}
	if st.Size() < h.file {
		return header{}, fmt.Errorf("%w: file is cut short", ErrNotFound)
	}
	return h, nil
}

// Size implements Reader.
func (o *openFile) Size() int64 { return o.h.size }

// Close implements Reader.
func (o *openFile) Close() error {
	if o.refs.Add(-1) == 0 {
		return o.f.Close()
	}
	return nil
}

// ReadAt implements io.ReaderAt.
func (o *openFile) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= o.h.size {
		return 0, io.EOF
	}
	short := int64(len(p)) > o.h.size-off
	if short {
		p = p[:o.h.size-off]
	}
	n, err := o.readAt(p, off)
	if err == nil && short {
		err = io.EOF
	}
	return n, err
}

func (o *openFile) readAt(p []byte, off int64) (int, error) {
	if !o.h.compressed {
		n, err := o.f.ReadAt(p, headerSize+off)
		if n == len(p) {
			return n, nil
		}
		return n, fmt.Errorf("read blob %s: %w: %w", o.id, ErrDamaged, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for n < len(p) {
		at := off + int64(n)
		if err := o.load(int(at / chunkSize)); err != nil {
			return n, fmt.Errorf("read blob %s: %w", o.id, err)
		}
		if int(at%chunkSize) >= len(o.chunk) {
			return n, fmt.Errorf("read blob %s: short chunk: %w", o.id, ErrDamaged)
		}
		n += copy(p[n:], o.chunk[at%chunkSize:])
	}
	return n, nil
}

// load makes the i-th chunk the current one.
func (o *openFile) load(i int) error {
	if o.at == i {
		return nil
	}
	var b [4]byte
	for {
		last := len(o.places) - 1
		place := o.places[min(i, last)]
		if _, err := o.f.ReadAt(b[:], place); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		length := binary.LittleEndian.Uint32(b[:])
		if i <= last {
			return o.unpack(i, place+4, length)
		}
		o.places = append(o.places, place+4+int64(length&^chunkRaw))
	}
}

func (o *openFile) unpack(i int, place int64, length uint32) error {
	n := int(length &^ chunkRaw)
	if n > 2*chunkSize {
		return ErrDamaged
	}
	if cap(o.packed) < n {
		o.packed = make([]byte, n)
	}
	o.packed = o.packed[:n]
	if _, err := o.f.ReadAt(o.packed, place); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	o.at = -1
	if length&chunkRaw != 0 {
		o.chunk = append(o.chunk[:0], o.packed...)
	} else {
		var err error
		if o.chunk, err = o.d.codec.Decompress(o.chunk[:0], o.packed, chunkSize); err != nil {
			return err
		}
	}
	o.at = i
	return nil
}

// fileCache keeps the files that were read last open.
type fileCache struct {
	limit int
	mu    sync.Mutex
	// The fields below are guarded by mu; order has the latest in front.
	byID   map[ID]*list.Element
	order  list.List
	forgot uint64 // how often files were forgotten
}

func (c *fileCache) open(d *Dir, id ID) (*openFile, error) {
	c.mu.Lock()
	if e := c.byID[id]; e != nil {
		c.order.MoveToFront(e)
		o := e.Value.(*openFile)
		o.refs.Add(1)
		c.mu.Unlock()
		return o, nil
	}
	forgot := c.forgot
	c.mu.Unlock()
	o, err := d.openFile(id)
	if err != nil {
		return nil, err
	}
	c.add(o, forgot)
	return o, nil
}

// add keeps a file that was opened when forgot was what it is told.
func (c *fileCache) add(o *openFile, forgot uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil {
		c.byID = map[ID]*list.Element{}
	}
	if c.byID[o.id] != nil || c.forgot != forgot {
		return // opened twice at once, or another may have its name by now
	}
	o.refs.Add(1)
	c.byID[o.id] = c.order.PushFront(o)
	for len(c.byID) > c.limit {
		c.drop(c.order.Back())
	}
}

// drop wants c.mu.
func (c *fileCache) drop(e *list.Element) {
	o := c.order.Remove(e).(*openFile)
	delete(c.byID, o.id)
	o.Close()
}

func (c *fileCache) forget(id ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgot++
	if e := c.byID[id]; e != nil {
		c.drop(e)
	}
}

func (c *fileCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.order.Len() > 0 {
		c.drop(c.order.Back())
	}
}

// Verify implements Store.
func (d *Dir) Verify(ctx context.Context, id ID) error {
	o, err := d.openFile(id)
	if err != nil {
		return fmt.Errorf("verify blob %s: %w", id, err)
	}
	defer o.Close()
	h := sha256.New()
	buf := make([]byte, chunkSize)
	for off := int64(0); off < o.h.size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := o.ReadAt(buf, off)
		if err != nil && err != io.EOF {
			return fmt.Errorf("verify blob %s: %w", id, err)
		}
		h.Write(buf[:n])
		off += int64(n)
	}
	if ID(h.Sum(nil)) != id {
		return fmt.Errorf("verify blob %s: content differs from its name: %w", id, ErrDamaged)
	}
	return nil
}
