// SPDX-License-Identifier: AGPL-3.0-or-later

package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

// PutBytes is Put for content in memory; it is durable when it returns.
func (d *Dir) PutBytes(ctx context.Context, content []byte) (ID, error) {
	id := ID(sha256.Sum256(content))
	if _, err := d.Touch(ctx, id); err == nil {
		return id, nil
	} else if !errors.Is(err, ErrNotFound) {
		return ID{}, err
	}
	_, _, f, err := d.write(ctx, Want{id, int64(len(content))}, bytes.NewReader(content))
	if err == nil {
		err = f.wait()
	}
	return id, err
}

// Put implements Store. Content that is already there, by want.ID, is read and
// compared but not written.
func (d *Dir) Put(ctx context.Context, want Want, content io.Reader) (ID, int64, error) {
	if want.ID != (ID{}) {
		if size, err := d.Touch(ctx, want.ID); err == nil {
			return d.compare(want, size, content)
		}
	}
	id, size, _, err := d.write(ctx, want, content)
	return id, size, err
}

// compare reads content that should be what is there already.
func (d *Dir) compare(want Want, size int64, content io.Reader) (ID, int64, error) {
	h := sha256.New()
	n, err := io.Copy(h, content)
	if err != nil {
		return ID{}, 0, fmt.Errorf("put blob: %w", err)
	}
	if ID(h.Sum(nil)) != want.ID || n != size || want.Size >= 0 && n != want.Size {
		return ID{}, 0, fmt.Errorf("put blob: %w", ErrMismatch)
	}
	return want.ID, n, nil
}

// write puts content into a new file and gives that its name.
func (d *Dir) write(ctx context.Context, want Want, content io.Reader) (id ID, size int64, f *flight, err error) {
	w := &fileWriter{d: d, hash: sha256.New()}
	defer func() {
		if w.discard(); err != nil {
			err = fmt.Errorf("put blob: %w", err)
		}
	}()
	if err := w.copy(ctx, want.Size, content); err != nil {
		return ID{}, 0, nil, err
	}
	w.hash.Sum(id[:0])
	if want.ID != (ID{}) && want.ID != id || want.Size >= 0 && want.Size != w.size {
		return ID{}, 0, nil, ErrMismatch
	}
	f, err = d.name(ctx, id, w)
	return id, w.size, f, err
}

// name gives a written file its place, and sees to it that both come to the disk: a
// small one by the log, beside the caller, another before it returns. The file
// gets its name first, since one write of the file system's journal then covers
// name and content. A crash of the machine in between may leave a short file
// under the name, or one of other bytes; nothing refers to it, and touch takes it for
// missing. Who puts the same content meanwhile waits for the end.
//
// A blob that is there already, and sound, stays: messages refer to it, so that
// it must not be lost should the new file not reach the disk.
//
// The lock keeps a sweep from removing an older file of the same content.
func (d *Dir) name(ctx context.Context, id ID, w *fileWriter) (*flight, error) {
	if err := d.makeFolder(id); err != nil {
		return nil, diskError(err)
	}
	f, first := d.begin(id)
	if !first {
		return f, f.wait()
	}
	logged, err := d.land(context.WithoutCancel(ctx), id, w) // others wait for it, too
	if logged == nil {
		d.end(id, err)
		return f, diskError(err)
	}
	select {
	case d.beside <- struct{}{}:
		go func() {
			d.awaitLog(id, logged)
			<-d.beside
		}()
		return f, nil
	default:
		d.awaitLog(id, logged)
		return f, f.wait()
	}
}

// awaitLog ends a landing when the log has the blob, or its file does.
func (d *Dir) awaitLog(id ID, logged func() error) {
	defer d.landings.Done()
	err := logged()
	if err != nil {
		err = d.syncBlob(id)
	}
	d.end(id, err)
}

// land gives the file its name and waits for the disk, unless the log has it: then
// logged does.
func (d *Dir) land(ctx context.Context, id ID, w *fileWriter) (logged func() error, err error) {
	if _, err = d.touch(ctx, id); !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	whole := w.whole()
	if err = w.place(id); err != nil {
		return nil, err
	}
	if whole != nil && d.beginLanding() {
		if logged, err = d.log.Append(id, whole); err == nil {
			return logged, nil
		}
		d.landings.Done()
	}
	return nil, d.syncBlob(id)
}

// syncBlob brings a file and its name to the disk, or takes it away.
func (d *Dir) syncBlob(id ID) error {
	f, err := os.Open(d.file(id))
	if err == nil {
		if err = f.Sync(); err == nil {
			err = d.syncs[id[0]].sync(d.folder(id))
		}
		f.Close()
	}
	if err != nil {
		_ = os.Remove(d.file(id))
	}
	return err
}

// flight is a blob on its way to the disk.
type flight struct {
	landed chan struct{}
	err    error
}

// wait returns when it is there. What became of it is told to who comes too late, too.
func (f *flight) wait() error {
	<-f.landed
	return diskError(f.err)
}

// begin makes the caller the one who names the blob, or gives him the flight of who
// does.
func (d *Dir) begin(id ID) (f *flight, first bool) {
	d.flightMu.Lock()
	defer d.flightMu.Unlock()
	if f := d.flights[id]; f != nil {
		return f, false
	}
	f = &flight{landed: make(chan struct{})}
	d.flights[id] = f
	return f, true
}

func (d *Dir) end(id ID, err error) {
	d.flightMu.Lock()
	f := d.flights[id]
	delete(d.flights, id)
	d.flightMu.Unlock()
	f.err = err
	close(f.landed)
}

// landed waits until a blob that is on its way is on the disk.
func (d *Dir) landed(id ID) error {
	d.flightMu.Lock()
	f := d.flights[id]
	d.flightMu.Unlock()
	if f == nil {
		return nil
	}
	return f.wait()
}

// fileWriter writes a blob's file. What fits into one chunk stays in memory until it
// gets its place.
type fileWriter struct {
	d       *Dir
	f       *os.File // nil: all is in out
	hash    hash.Hash
	size    int64 // of the content so far
	written int64 // of the file
	out     []byte
}

// copy writes content behind a header. Whether it is compressed is settled by
// the first chunk. Size is what is expected, negative where nothing is.
func (w *fileWriter) copy(ctx context.Context, size int64, content io.Reader) error {
	room := int64(chunkSize)
	if size >= 0 {
		room = min(room, size+1) // by the one byte more the end is seen
	}
	chunk := make([]byte, room)
	n, err := readFull(content, &chunk)
	if err != nil {
		return err
	}
	compressed := w.d.codec.Worth(chunk[:n])
	w.out = header{}.append(make([]byte, 0, headerSize+4+n))
	for n > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		w.hash.Write(chunk[:n])
		w.size += int64(n)
		w.add(chunk[:n], compressed)
		if n < chunkSize {
			break
		}
		if err := w.flush(); err != nil {
			return err
		}
		if n, err = readFull(content, &chunk); err != nil {
			return err
		}
	}
	return w.finish(compressed)
}

func (w *fileWriter) add(chunk []byte, compressed bool) {
	if !compressed {
		w.out = append(w.out, chunk...)
		return
	}
	at := len(w.out)
	w.out = append(w.out, 0, 0, 0, 0)
	w.out = w.d.codec.Compress(w.out, chunk)
	length := uint32(len(w.out) - at - 4)
	if int(length) >= len(chunk) {
		w.out = append(w.out[:at+4], chunk...)
		length = uint32(len(chunk)) | chunkRaw
	}
	binary.LittleEndian.PutUint32(w.out[at:], length)
}

// flush writes what there is, to a file under a name of its own.
func (w *fileWriter) flush() error {
	if w.f == nil {
		f, err := os.CreateTemp(w.d.path, tempPrefix+"*") // mode 0600
		if err != nil {
			return diskError(err)
		}
		w.f = f
	}
	n, err := w.f.Write(w.out)
	w.written += int64(n)
	w.out = w.out[:0]
	return diskError(err)
}

// finish completes the header with the sizes, which are known now.
func (w *fileWriter) finish(compressed bool) error {
	if w.f == nil {
		header{compressed, w.size, int64(len(w.out))}.append(w.out[:0])
		return nil
	}
	if err := w.flush(); err != nil {
		return err
	}
	_, err := w.f.WriteAt(header{compressed, w.size, w.written}.append(nil), 0)
	return diskError(err)
}

// whole is the file, where it is small enough for the log; it is nil for another.
func (w *fileWriter) whole() []byte {
	if w.written > 0 || len(w.out) > maxLogged {
		return nil
	}
	return w.out
}

// place gives the file its name, when it is closed: some file systems tell only then
// what they did not take.
func (w *fileWriter) place(id ID) error {
	d := w.d
	if w.f == nil {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if err := w.f.Close(); err != nil {
		return err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if err := os.Rename(w.f.Name(), d.file(id)); err != nil {
		return err
	}
	d.files.forget(id) // a damaged one
	w.f = nil
	return nil
}

// discard takes away what got no name.
func (w *fileWriter) discard() {
	if w.f != nil {
		w.f.Close()
		_ = os.Remove(w.f.Name())
	}
}

// readFull fills up to a whole chunk, growing a buffer that was made for less.
func readFull(r io.Reader, chunk *[]byte) (int, error) {
	n, err := io.ReadFull(r, *chunk)
	if err == nil && n < chunkSize {
		*chunk = append(*chunk, make([]byte, chunkSize-n)...)
		var more int
		more, err = io.ReadFull(r, (*chunk)[n:])
		n += more
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return n, err
}
