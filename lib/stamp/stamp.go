// SPDX-License-Identifier: AGPL-3.0-or-later

// Package stamp holds numbers in memory that processes share: one process
// counts, others see at the cost of a load whether anything has happened.
package stamp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The file is a page with magic and id, then a uint64 a slot in the machine's
// byte order.
const (
	magic  = "TWSTAMP1"
	header = 4096
	maxID  = 64

	// Slots is how many numbers a board has. Memory is used as far as they are.
	Slots = 1 << 17
	size  = header + 8*Slots
)

// Board is the side that counts.
type Board struct {
	path string
	id   string
	mem  []byte
}

// Create makes the board's file in place of any old one, whose readers keep
// seeing the old numbers. The id, of up to 64 bytes, tells boards apart.
func Create(path, id string) (*Board, error) {
	if len(id) > maxID {
		return nil, fmt.Errorf("create stamps %s: id of %d bytes", path, len(id))
	}
	tmp := path + ".new"
	_ = os.Remove(tmp)
	f, err := os.OpenFile(tmp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, fmt.Errorf("create stamps: %w", err)
	}
	defer func() { _ = f.Close() }()
	b := &Board{path: path, id: id}
	if err := f.Truncate(size); err != nil {
		return nil, fmt.Errorf("create stamps: %w", errors.Join(err, os.Remove(tmp)))
	}
	if b.mem, err = unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return nil, fmt.Errorf("map stamps %s: %w", path, errors.Join(err, os.Remove(tmp)))
	}
	copy(b.mem, magic)
	binary.LittleEndian.PutUint16(b.mem[len(magic):], uint16(len(id)))
	copy(b.mem[len(magic)+2:], id)
	if err := os.Rename(tmp, path); err != nil {
		return nil, fmt.Errorf("create stamps: %w", errors.Join(err, os.Remove(tmp), unix.Munmap(b.mem)))
	}
	return b, nil
}

// Path is where readers open the board.
func (b *Board) Path() string { return b.path }

// ID is the id that the board was made with.
func (b *Board) ID() string { return b.id }

// Slot is number i, which is valid as long as the process lives.
func (b *Board) Slot(i int) *atomic.Uint64 { return slot(b.mem, i) }

// Remove takes the file away. The memory stays, since slots may be in use.
func (b *Board) Remove() error { return os.Remove(b.path) }

func slot(mem []byte, i int) *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Pointer(&mem[header+8*i]))
}

// View is the side that looks.
type View struct{ mem []byte }

// Open maps the board that Create made with this id.
func Open(path, id string) (*View, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open stamps: %w", err)
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open stamps: %w", err)
	}
	if st.Size() != size {
		return nil, fmt.Errorf("open stamps %s: %d bytes, want %d", path, st.Size(), size)
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map stamps %s: %w", path, err)
	}
	n := int(binary.LittleEndian.Uint16(mem[len(magic):]))
	if string(mem[:len(magic)]) != magic || n > maxID || string(mem[len(magic)+2:][:n]) != id {
		return nil, errors.Join(fmt.Errorf("open stamps %s: another board", path), unix.Munmap(mem))
	}
	return &View{mem}, nil
}

// Load is number i, 0 for one that the board does not have. It must not run
// beside or after Close.
func (v *View) Load(i int) uint64 {
	if i < 0 || i >= Slots {
		return 0
	}
	return slot(v.mem, i).Load()
}

// Close unmaps the board.
func (v *View) Close() error { return unix.Munmap(v.mem) }
