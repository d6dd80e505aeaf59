// SPDX-License-Identifier: AGPL-3.0-or-later

// Package blob keeps immutable byte strings under the SHA-256 of their
// content. Dir keeps them as files; the interface leaves room for an object
// store.
package blob

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"time"
)

// ID is the SHA-256 of a blob's content.
type ID [32]byte

// String is the id in hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID is the inverse of String.
func ParseID(s string) (ID, bool) {
	var id ID
	if len(s) != 2*len(id) {
		return ID{}, false
	}
	_, err := hex.Decode(id[:], []byte(s))
	return id, err == nil
}

// Errors of a Store.
var (
	ErrNotFound = errors.New("blob not found")
	ErrMismatch = errors.New("blob content is not what was announced")
	ErrFull     = errors.New("no room for blob") // the disk is full
	ErrReadOnly = errors.New("blobs cannot be written")
	ErrDamaged  = errors.New("blob is damaged")
)

// Want is what is known of a blob before it comes.
type Want struct {
	ID   ID    // zero is not known
	Size int64 // negative is not known
}

// Info describes a blob at rest.
type Info struct {
	ID      ID
	Size    int64 // of the content
	OnDisk  int64 // bytes of the file
	Touched time.Time
}

// Reader reads one blob at any offset. It may be used from many goroutines.
type Reader interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Store keeps blobs. A blob that was put or touched is safe from Sweep for the
// grace time, so that a caller may refer to it durably meanwhile.
type Store interface {
	// Put keeps content; who refers to it durably asks Touch before. ErrMismatch: it
	// is not what was wanted. Nothing is left behind on an error.
	Put(ctx context.Context, want Want, content io.Reader) (ID, int64, error)
	// Touch says whether the blob is there, durably, and starts its grace time anew. A
	// damaged one is ErrNotFound, so that Put replaces it.
	Touch(ctx context.Context, id ID) (size int64, err error)
	// Open opens a blob for reading.
	Open(ctx context.Context, id ID) (Reader, error)
	// Renew starts the grace time of a blob anew, as Touch does, without a look
	// at the content: for those who read it, not for those who refer to it.
	Renew(ctx context.Context, id ID) error
	// Stat describes a blob without reading it.
	Stat(ctx context.Context, id ID) (Info, error)
	// Sweep removes blobs that nobody wants and that were untouched for the
	// grace time when the caller began to mark what it wants.
	Sweep(ctx context.Context, s Sweeping) (Swept, error)
	// Verify reads a blob and compares it with its name.
	Verify(ctx context.Context, id ID) error
}

// Sweeping says what a sweep is to do.
type Sweeping struct {
	Marked time.Time     // when the caller began to mark
	Keep   func(ID) bool // whether a blob was marked
	DryRun bool          // tell, but remove nothing
}

// Swept tells what a sweep did; bytes are those on disk.
type Swept struct {
	Seen      int
	SeenBytes int64
	Removed   int
	Bytes     int64 // of those removed
	Young     int   // not marked, but within the grace time
}
