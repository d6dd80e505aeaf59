// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

/*
#include <stddef.h>

typedef struct sqlite3 sqlite3;

extern int sqlite3_auto_extension(void (*)(void));
extern int sqlite3_db_config(sqlite3 *, int, ...);
extern int sqlite3_wal_checkpoint_v2(sqlite3 *, const char *, int, int *, int *);

enum { dbconfig_enable_qpsg = 1007, checkpoint_noop = -1 };

// The connection that this thread has opened last.
static _Thread_local sqlite3 *opened;

// A plan that SQLite made for what was bound is made anew whenever something
// is bound (sqlite3_reprepare): each use of a prepared statement would begin
// with parsing it. Plans are to depend on the statement alone.
static int on_open(sqlite3 *db, char **err, const void *api)
{
	(void)err;
	(void)api;
	opened = db;
	return sqlite3_db_config(db, dbconfig_enable_qpsg, 1, NULL);
}

static int watch_opening(void) { return sqlite3_auto_extension((void (*)(void))on_open); }

static sqlite3 *last_opened(void)
{
	sqlite3 *db = opened;

	opened = NULL;
	return db;
}

// The pragma of that name is parsed anew for each use.
static int frames(sqlite3 *db)
{
	int log = 0, done;
	int rc = sqlite3_wal_checkpoint_v2(db, NULL, checkpoint_noop, &log, &done);

	return rc ? -rc : log > 0 ? log : 0;
}
*/
import "C"

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// handle is SQLite's own of a connection, for what the driver does not offer.
type handle struct{ db *C.sqlite3 }

// connect opens a connection and finds out its handle: SQLite shows each new one to
// a function of ours, in the thread that opens it.
func connect(dsn string) (driver.Conn, handle, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c, err := (&sqlite3.SQLiteDriver{}).Open(dsn)
	h := handle{C.last_opened()}
	if err == nil && h.db == nil {
		_ = c.Close()
		err = errors.New("SQLite did not show the connection")
	}
	return c, h, err
}

// watchOpening has SQLite show connections as they are opened.
func watchOpening() error {
	if rc := C.watch_opening(); rc != 0 {
		return fmt.Errorf("configure SQLite: code %d", int(rc))
	}
	return nil
}

// frames is how many frames of the WAL are in use.
func (h handle) frames() (int64, error) {
	n := int(C.frames(h.db))
	if n < 0 {
		return 0, sqlite3.Error{Code: sqlite3.ErrNo(-n & 0xff), ExtendedCode: sqlite3.ErrNoExtended(-n)}
	}
	return int64(n), nil
}
