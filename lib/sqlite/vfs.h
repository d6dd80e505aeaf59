// SPDX-License-Identifier: AGPL-3.0-or-later

#ifndef TWIGA_VFS_H
#define TWIGA_VFS_H

#include <stdint.h>

// How a commit ends.
enum {
	commit_none, // none is under way
	commit_hard, // it is on the disk, in the WAL or in the redo log
	commit_soft, // it is in the WAL
};

// wal_link is what a connection shares with the WAL file that SQLite opens for it.
// The connection sets it before each commit.
struct wal_link {
	uintptr_t wal; // handle of the *WAL
	int commit;
	int64_t end;   // behind the last byte that the commit wrote
	int refused;   // the disk did not take the file in the commit
};

// The name of the file system, and of the parameter of a database's URI that has
// the address of its wal_link.
#define VFS_NAME "twiga"
#define VFS_LINK "wal_link"

int vfs_register(void);

#endif
