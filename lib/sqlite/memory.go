// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

/*
#include <stddef.h>

extern int sqlite3_config(int, ...);

enum { config_pagecache = 7, config_lookaside = 13 };

static int configure(int slot, int slots)
{
	int rc = sqlite3_config(config_pagecache, NULL, 0, 0);

	return rc ? rc : sqlite3_config(config_lookaside, slot, slots);
}

// Not every C library has it.
extern int malloc_trim(size_t) __attribute__((weak));

static void give_back(void)
{
	if (malloc_trim)
		malloc_trim(0);
}
*/
import "C"

import (
	"fmt"
	"sync"
)

// What each connection has of SQLite's lookaside memory: SQLite's own 48 kB
// are for those who prepare statements all the time.
const (
	lookasideSlot  = 1200
	lookasideSlots = 10
)

// configure has SQLite, before it is first used, take memory for connections
// as they need it: else each begins with 20 pages of cache
// (sqlite.org/c3ref/c_config_covering_index_scan.html); has it show them; and makes
// our file system known to it.
var configure = sync.OnceValue(func() error {
	if rc := C.configure(lookasideSlot, lookasideSlots); rc != 0 {
		return fmt.Errorf("configure SQLite: code %d", int(rc))
	}
	if err := watchOpening(); err != nil {
		return err
	}
	return registerVFS()
})

// GiveBack returns to the system the memory that closed connections have left.
// SQLite takes its own from the C library, which keeps what lies between
// pieces that are still used (malloc_trim(3)). It takes milliseconds.
func GiveBack() { C.give_back() }
