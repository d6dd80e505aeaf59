// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

/*
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { frame_header = 24 };

// The header of a frame that this thread has not written yet.
static _Thread_local struct {
	int on; // there is one
	int fd;
	off_t at;
	unsigned char head[frame_header];
} held;

// SQLite writes a frame of the log in two calls, the header and right behind it the
// page (walWriteOneFrame): they make one. No call of another kind comes
// between the two.
static ssize_t write_frame(int fd, const void *buf, size_t n, off_t at)
{
	struct iovec both[2] = {{held.head, frame_header}, {(void *)buf, n}};
	ssize_t done;

	if (held.on) {
		held.on = 0;
		if (held.fd == fd && held.at + frame_header == at) {
			done = pwritev(fd, both, 2, held.at);
			if (done >= frame_header)
				return done - frame_header;
			if (done >= 0)
				errno = ENOSPC;
			return -1;
		}
		if (pwrite(held.fd, held.head, frame_header, held.at) != frame_header)
			return -1;
	}
	if (n == frame_header) {
		held.on = 1;
		held.fd = fd;
		held.at = at;
		memcpy(held.head, buf, n);
		return n;
	}
	return pwrite(fd, buf, n, at);
}

// What is needed of struct sqlite3_vfs (sqlite.org/c3ref/vfs.html).
struct vfs {
	int version, file_size, path_max;
	struct vfs *next;
	const char *name;
	void *data;
	void *calls[13];
	int (*set_call)(struct vfs *, const char *, void (*)(void));
};

extern struct vfs *sqlite3_vfs_find(const char *);

static int join_frames(void)
{
	struct vfs *v = sqlite3_vfs_find("unix-excl");

	if (!v || v->version < 3)
		return 1;
	// The one of the two that SQLite was built with is the one that it uses.
	return v->set_call(v, "pwrite", (void (*)(void))write_frame) |
	       v->set_call(v, "pwrite64", (void (*)(void))write_frame);
}
*/
import "C"

import "fmt"

// joinFrames has each frame of a log written in one system call.
func joinFrames() error {
	if rc := C.join_frames(); rc != 0 {
		return fmt.Errorf("configure SQLite: code %d", int(rc))
	}
	return nil
}
