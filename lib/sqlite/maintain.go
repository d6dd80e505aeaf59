// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"errors"
	"fmt"
	"os"
)

// ErrNewer is what Migrate gives for a database that a later version wrote.
var ErrNewer = errors.New("database was written by a later version")

// Fill is the part of a migration that SQL cannot say: it runs in the
// transaction that makes the version, behind the step's statements.
type Fill struct {
	Version int64
	Run     func(*Conn) error
}

// Migrate brings the schema up to date: step i takes it from version i to
// i+1. Steps are only ever appended. Each is one transaction with its fills
// and its new version number.
func (c *Conn) Migrate(steps []string, fills ...Fill) error {
	v, err := c.Int("PRAGMA user_version")
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if v > int64(len(steps)) {
		return fmt.Errorf("open %s: schema version %d, known up to %d: %w", c.path, v, len(steps), ErrNewer)
	}
	for ; v < int64(len(steps)); v++ {
		err := c.Update(func() error {
			if err := c.Script(steps[v] + fmt.Sprintf("; PRAGMA user_version=%d", v+1)); err != nil {
				return err
			}
			for _, f := range fills {
				if f.Version != v+1 {
					continue
				}
				if err := f.Run(c); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("migrate schema to version %d: %w", v+1, err)
		}
	}
	return nil
}

// CheckpointMode says how far a checkpoint goes.
type CheckpointMode string

// The modes of a checkpoint.
const (
	Passive  CheckpointMode = "PASSIVE"  // copies what nobody waits for; the next write may start the WAL anew
	Truncate CheckpointMode = "TRUNCATE" // empties the WAL file; not while somebody reads
)

// Checkpoint copies the WAL into the database. It says whether all of it was
// copied; if not, somebody was reading.
func (c *Conn) Checkpoint(mode CheckpointMode) (complete bool, err error) {
	var busy, log, done int64
	err = c.Row(func(r *Rows) { busy, log, done = r.Int(0), r.Int(1), r.Int(2) }, "PRAGMA wal_checkpoint("+string(mode)+")")
	if err != nil {
		return false, fmt.Errorf("checkpoint %s: %w", c.path, err)
	}
	return busy == 0 && log == done, nil
}

// Shrink gives memory that the page cache can spare back.
func (c *Conn) Shrink() error { return c.Exec("PRAGMA shrink_memory") }

// IntegrityCheck lists what SQLite finds wrong with the file, up to 100 entries.
func (c *Conn) IntegrityCheck() ([]string, error) { return c.check("PRAGMA integrity_check") }

// QuickCheck lists what SQLite finds wrong with one table.
func (c *Conn) QuickCheck(table string) ([]string, error) {
	return c.check("PRAGMA quick_check('" + table + "')")
}

func (c *Conn) check(pragma string) ([]string, error) {
	rows, err := c.Query(pragma)
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		if s := rows.Text(0); s != "ok" {
			out = append(out, s)
		}
	}
	return out, rows.Close()
}

// VacuumInto writes the database without its free pages into a new file, which
// is on the disk when it returns. It is no part of a transaction.
func (c *Conn) VacuumInto(path string) error {
	if err := c.Exec("VACUUM INTO ?", path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("bring database to the disk: %w", osError(err))
	}
	defer f.Close()
	if err := f.Chmod(0o600); err != nil {
		return fmt.Errorf("bring database to the disk: %w", osError(err))
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("bring database to the disk: %w", osError(err))
	}
	return nil
}

// Sizes are the bytes of the database and how many of them are unused.
func (c *Conn) Sizes() (file, free int64, err error) {
	pages, err := c.Int("PRAGMA page_count")
	if err == nil {
		free, err = c.Int("PRAGMA freelist_count")
	}
	if err != nil {
		return 0, 0, fmt.Errorf("measure %s: %w", c.path, err)
	}
	return pages * PageSize, free * PageSize, nil
}
