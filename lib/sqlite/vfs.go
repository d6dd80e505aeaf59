// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

/*
#include <stdlib.h>
#include "vfs.h"
*/
import "C"

import (
	"fmt"
	"runtime/cgo"
	"unsafe"
)

const vfsName = C.VFS_NAME

// registerVFS makes our file system known to SQLite; see vfs.c.
func registerVFS() error {
	if rc := C.vfs_register(); rc != 0 {
		return fmt.Errorf("configure SQLite: no file system: code %d", int(rc))
	}
	return nil
}

// walLink tells the WAL file of a connection how its commits end. None, nil,
// belongs to a connection whose commits are SQLite's.
type walLink struct {
	c   *C.struct_wal_link // in C's memory, where SQLite's files are
	h   cgo.Handle
	wal *WAL
}

func newWALLink(w *WAL) *walLink {
	l := &walLink{c: (*C.struct_wal_link)(C.calloc(1, C.sizeof_struct_wal_link)), h: cgo.NewHandle(w), wal: w}
	l.c.wal = C.uintptr_t(l.h)
	return l
}

// parameter is what the database's URI says of it.
func (l *walLink) parameter() string {
	return fmt.Sprintf("%s=%d", C.VFS_LINK, uintptr(unsafe.Pointer(l.c)))
}

// free is for the end of the connection.
func (l *walLink) free() {
	if l == nil {
		return
	}
	C.free(unsafe.Pointer(l.c))
	l.h.Delete()
}

// begin says how the commit ends that is about to be made.
func (l *walLink) begin(soft bool) {
	if l == nil {
		return
	}
	l.c.commit, l.c.end, l.c.refused = C.commit_hard, 0, 0
	if soft {
		l.c.commit = C.commit_soft
	}
}

// end says that there is no commit any more.
func (l *walLink) end() {
	if l != nil {
		l.c.commit = C.commit_none
	}
}

// undone is for a commit that came to nothing, and says whether it leaves a gap.
func (l *walLink) undone() (gap bool) {
	return l != nil && (l.wal.undone() || l.c.refused != 0)
}

// wait returns when the disk has the last commit, if it was not a soft one.
func (l *walLink) wait() error {
	if l == nil {
		return nil
	}
	return l.wal.committed()
}

// walSync is called by SQLite's WAL file in a commit, in the thread that commits.
//
//export walSync
func walSync(wal C.uintptr_t, from, end C.int64_t, data unsafe.Pointer) C.int {
	var b []byte
	if data != nil {
		b = unsafe.Slice((*byte)(data), int(end-from))
	}
	if cgo.Handle(wal).Value().(*WAL).logCommit(int64(from), int64(end), b) != nil {
		return 1
	}
	return 0
}
