// SPDX-License-Identifier: AGPL-3.0-or-later

// A file system for SQLite (sqlite.org/vfs.html) that is "unix-excl" but for the
// WAL file of a connection that has a wal_link:
//
//   - What is written to it one behind the other is gathered and written by one
//     call: SQLite writes each page of a commit by two. It is in the file before
//     anything is read from it, before it is made shorter, before its size is told,
//     and before a sync returns; SQLite syncs at the end of each commit
//     (synchronous=FULL), before other connections look at what was committed.
//   - The sync that ends a commit is done as the wal_link says. All others, that of
//     the WAL's header among them, are the disk's.

#include "vfs.h"

#include <stdlib.h>
#include <string.h>

// What of SQLite's interface is used (sqlite3.h, which the driver keeps to itself).

enum { SQLITE_OK = 0, SQLITE_ERROR = 1, SQLITE_IOERR_WRITE = 778, SQLITE_OPEN_WAL = 0x00080000 };

typedef struct sqlite3_vfs sqlite3_vfs;
typedef struct sqlite3_file sqlite3_file;
typedef struct sqlite3_io_methods sqlite3_io_methods;

struct sqlite3_file {
	const sqlite3_io_methods *pMethods;
};

struct sqlite3_io_methods {
	int iVersion;
	int (*xClose)(sqlite3_file *);
	int (*xRead)(sqlite3_file *, void *, int, long long);
	int (*xWrite)(sqlite3_file *, const void *, int, long long);
	int (*xTruncate)(sqlite3_file *, long long);
	int (*xSync)(sqlite3_file *, int);
	int (*xFileSize)(sqlite3_file *, long long *);
	int (*xLock)(sqlite3_file *, int);
	int (*xUnlock)(sqlite3_file *, int);
	int (*xCheckReservedLock)(sqlite3_file *, int *);
	int (*xFileControl)(sqlite3_file *, int, void *);
	int (*xSectorSize)(sqlite3_file *);
	int (*xDeviceCharacteristics)(sqlite3_file *);
};

struct sqlite3_vfs {
	int iVersion;
	int szOsFile;
	int mxPathname;
	sqlite3_vfs *pNext;
	const char *zName;
	void *pAppData;
	int (*xOpen)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
	int (*xDelete)(sqlite3_vfs *, const char *, int);
	int (*xAccess)(sqlite3_vfs *, const char *, int, int *);
	int (*xFullPathname)(sqlite3_vfs *, const char *, int, char *);
	void *(*xDlOpen)(sqlite3_vfs *, const char *);
	void (*xDlError)(sqlite3_vfs *, int, char *);
	void (*(*xDlSym)(sqlite3_vfs *, void *, const char *))(void);
	void (*xDlClose)(sqlite3_vfs *, void *);
	int (*xRandomness)(sqlite3_vfs *, int, char *);
	int (*xSleep)(sqlite3_vfs *, int);
	int (*xCurrentTime)(sqlite3_vfs *, double *);
	int (*xGetLastError)(sqlite3_vfs *, int, char *);
	int (*xCurrentTimeInt64)(sqlite3_vfs *, long long *);
	int (*xSetSystemCall)(sqlite3_vfs *, const char *, void (*)(void));
	void (*(*xGetSystemCall)(sqlite3_vfs *, const char *))(void);
	const char *(*xNextSystemCall)(sqlite3_vfs *, const char *);
};

extern sqlite3_vfs *sqlite3_vfs_find(const char *);
extern int sqlite3_vfs_register(sqlite3_vfs *, int);
extern long long sqlite3_uri_int64(const char *, const char *, long long);

// The Go side of a commit's sync: 0 says that the redo log has the bytes on the
// disk. data is NULL where they are to be read from the file.
extern int walSync(uintptr_t wal, int64_t from, int64_t end, void *data);

// Bytes that are gathered. SQLite takes no more than 128 KiB - 1 at once.
enum { gather_first = 32 << 10, gather_most = 64 << 10 };

#define NOTHING INT64_MAX

struct wal_file {
	sqlite3_file base;
	sqlite3_file *real;
	struct wal_link *link;
	int64_t from; // the first byte that neither disk nor redo log is known to have
	int unsynced; // only the disk can help: the header is new, or nothing is known of what was there before

	unsigned char *gathered;
	int length, room;
	int64_t at; // of gathered in the file
};

static struct wal_file *wal_of(sqlite3_file *f) { return (struct wal_file *)f; }

// flush writes what was gathered, which is kept until the next write.
static int flush(struct wal_file *w)
{
	int n = w->length;

	w->length = 0;
	return n ? w->real->pMethods->xWrite(w->real, w->gathered, n, w->at) : SQLITE_OK;
}

// flush_late is flush where SQLite takes what was gathered for written: if that
// fails, the whole transaction has to be undone, as it is after this error alone.
static int flush_late(struct wal_file *w) { return flush(w) ? SQLITE_IOERR_WRITE : SQLITE_OK; }

static void forget(struct wal_file *w)
{
	free(w->gathered);
	w->gathered = NULL;
	w->length = w->room = 0;
}

// make_room is whether n more bytes can be gathered.
static int make_room(struct wal_file *w, int n)
{
	int room = w->room ? w->room : gather_first;
	unsigned char *p;

	while (room < w->length + n)
		room *= 2;
	if (room > gather_most)
		return 0;
	if (room > w->room) {
		if (!(p = realloc(w->gathered, room)))
			return 0;
		w->gathered = p;
		w->room = room;
	}
	return 1;
}

static int wal_write(sqlite3_file *f, const void *data, int n, long long at)
{
	struct wal_file *w = wal_of(f);
	int rc;

	if (at == 0) { // the log begins anew: what was in it is in the database
		w->unsynced = 1;
		w->from = NOTHING;
	} else if (at < w->from)
		w->from = at;
	if (w->link->commit != commit_none && at + n > w->link->end)
		w->link->end = at + n;

	if (w->length && (at != w->at + w->length || !make_room(w, n)) && (rc = flush(w)))
		return rc;
	if (!w->length) {
		if (at == 0 || !make_room(w, n))
			return w->real->pMethods->xWrite(w->real, data, n, at);
		w->at = at;
	}
	memcpy(w->gathered + w->length, data, n);
	w->length += n;
	return SQLITE_OK;
}

static int wal_sync(sqlite3_file *f, int flags)
{
	struct wal_file *w = wal_of(f);
	int64_t end = w->link->end;
	int whole = w->length && w->from == w->at && end == w->at + w->length;
	int rc = flush(w);

	if (rc)
		return rc;
	if (!w->unsynced && w->link->commit != commit_none && w->from < end) {
		if (w->link->commit == commit_soft) {
			forget(w);
			return SQLITE_OK;
		}
		rc = walSync(w->link->wal, w->from, end, whole ? w->gathered : NULL);
		if (!rc) {
			w->from = NOTHING;
			forget(w);
			return SQLITE_OK;
		}
	}
	forget(w);
	if ((rc = w->real->pMethods->xSync(w->real, flags))) {
		w->link->refused = 1;
		return rc;
	}
	w->from = NOTHING;
	w->unsynced = 0;
	return SQLITE_OK;
}

static int wal_close(sqlite3_file *f)
{
	struct wal_file *w = wal_of(f);

	forget(w); // it is of no commit
	return w->real->pMethods->xClose(w->real);
}

static int wal_read(sqlite3_file *f, void *data, int n, long long at)
{
	struct wal_file *w = wal_of(f);
	int rc = flush_late(w);

	return rc ? rc : w->real->pMethods->xRead(w->real, data, n, at);
}

static int wal_truncate(sqlite3_file *f, long long size)
{
	struct wal_file *w = wal_of(f);
	int rc = flush_late(w);

	return rc ? rc : w->real->pMethods->xTruncate(w->real, size);
}

static int wal_size(sqlite3_file *f, long long *size)
{
	struct wal_file *w = wal_of(f);
	int rc = flush_late(w);

	return rc ? rc : w->real->pMethods->xFileSize(w->real, size);
}

static int wal_lock(sqlite3_file *f, int level)
{
	return wal_of(f)->real->pMethods->xLock(wal_of(f)->real, level);
}

static int wal_unlock(sqlite3_file *f, int level)
{
	return wal_of(f)->real->pMethods->xUnlock(wal_of(f)->real, level);
}

static int wal_reserved(sqlite3_file *f, int *out)
{
	return wal_of(f)->real->pMethods->xCheckReservedLock(wal_of(f)->real, out);
}

static int wal_control(sqlite3_file *f, int op, void *arg)
{
	return wal_of(f)->real->pMethods->xFileControl(wal_of(f)->real, op, arg);
}

static int wal_sector(sqlite3_file *f) { return wal_of(f)->real->pMethods->xSectorSize(wal_of(f)->real); }

static int wal_device(sqlite3_file *f) { return wal_of(f)->real->pMethods->xDeviceCharacteristics(wal_of(f)->real); }

static const sqlite3_io_methods wal_methods = {
	.iVersion = 1,
	.xClose = wal_close,
	.xRead = wal_read,
	.xWrite = wal_write,
	.xTruncate = wal_truncate,
	.xSync = wal_sync,
	.xFileSize = wal_size,
	.xLock = wal_lock,
	.xUnlock = wal_unlock,
	.xCheckReservedLock = wal_reserved,
	.xFileControl = wal_control,
	.xSectorSize = wal_sector,
	.xDeviceCharacteristics = wal_device,
};

static sqlite3_vfs *unix_excl;
static sqlite3_vfs vfs;

static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct wal_file *w = wal_of(f);
	struct wal_link *link = NULL;
	int rc;

	(void)v;
	if (name && (flags & SQLITE_OPEN_WAL))
		link = (struct wal_link *)(uintptr_t)sqlite3_uri_int64(name, VFS_LINK, 0);
	if (!link)
		return unix_excl->xOpen(unix_excl, name, f, flags, out);
	memset(w, 0, sizeof *w);
	w->real = (sqlite3_file *)(w + 1);
	w->link = link;
	w->from = NOTHING;
	w->unsynced = 1;
	rc = unix_excl->xOpen(unix_excl, name, w->real, flags, out);
	if (rc == SQLITE_OK)
		w->base.pMethods = &wal_methods;
	return rc;
}

// vfs_register makes the file system known; it is called once.
int vfs_register(void)
{
	if (!(unix_excl = sqlite3_vfs_find("unix-excl")))
		return SQLITE_ERROR;
	vfs = *unix_excl; // its other functions look at nothing that differs
	vfs.zName = VFS_NAME;
	vfs.szOsFile = (int)sizeof(struct wal_file) + unix_excl->szOsFile;
	vfs.xOpen = vfs_open;
	return sqlite3_vfs_register(&vfs, 0);
}
