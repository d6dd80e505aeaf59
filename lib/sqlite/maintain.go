// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"errors"
	"fmt"
)

// ErrNewer is what Migrate gives for a database that a later version wrote.
var ErrNewer = errors.New("database was written by a later version")

// Migrate brings the schema up to date: step i takes it from version i to
// i+1. Steps are only ever appended. Each is one transaction with its new
// version number.
func (c *Conn) Migrate(steps []string) error {
	v, err := c.Int("PRAGMA user_version")
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if v > int64(len(steps)) {
		return fmt.Errorf("open %s: schema version %d, known up to %d: %w", c.path, v, len(steps), ErrNewer)
	}
	for ; v < int64(len(steps)); v++ {
		err := c.Update(func() error {
			return c.Script(steps[v] + fmt.Sprintf("; PRAGMA user_version=%d", v+1))
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
func (c *Conn) IntegrityCheck() ([]string, error) {
	rows, err := c.Query("PRAGMA integrity_check")
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
