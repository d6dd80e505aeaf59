// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"errors"
	"fmt"
)

// Begin starts a writing transaction: it takes the write lock at once.
func (c *Conn) Begin() error { return c.begin(false) }

// BeginSoft is Begin for a transaction whose commit does not wait for the disk:
// it is in the WAL then and survives the end of the process, but not that of the
// machine, until WAL.Sync or the next other commit has returned. Without
// Options.WAL it is Begin.
func (c *Conn) BeginSoft() error { return c.begin(true) }

func (c *Conn) begin(soft bool) error {
	c.soft = soft
	return c.Exec("BEGIN IMMEDIATE")
}

// BeginRead starts a transaction whose reads all show this moment.
func (c *Conn) BeginRead() error {
	if err := c.Exec("BEGIN"); err != nil {
		return err
	}
	if err := c.Exec("SELECT 1 FROM sqlite_schema LIMIT 1"); err != nil { // SQLite looks when it first reads
		c.Rollback()
		return err
	}
	return nil
}

// Commit ends a transaction; what it wrote is on disk then, unless it was begun
// with BeginSoft. A transaction that cannot be committed is rolled back; after
// ErrNotOnDisk it is committed, and may be lost with the end of the machine. After
// that and after ErrGap the WAL has to begin anew (Checkpoint, Truncate) before the
// next transaction.
func (c *Conn) Commit() error {
	c.link.begin(c.soft)
	err := c.Exec("COMMIT")
	c.link.end()
	if err != nil {
		if c.link.undone() {
			err = fmt.Errorf("%w: %w", ErrGap, err)
		}
		c.Rollback()
		return err
	}
	if err := c.link.wait(); err != nil {
		return fmt.Errorf("%w: %w", ErrNotOnDisk, err)
	}
	return nil
}

// ErrGap says that what disk and redo log have of the WAL is not what it is.
var ErrGap = errors.New("log has a gap")

// ErrNotOnDisk says that a transaction is committed, and that the disk did not take
// it.
var ErrNotOnDisk = errors.New("committed, not on the disk")

// Rollback undoes a transaction; without one it does nothing. SQLite rolls
// back by itself on some errors, so that it cannot fail.
func (c *Conn) Rollback() {
	if !c.c.AutoCommit() {
		_ = c.Exec("ROLLBACK")
	}
}

// InTx says whether a transaction is open.
func (c *Conn) InTx() bool { return !c.c.AutoCommit() }

// Savepoint starts a part of the transaction that RollbackTo can undo.
func (c *Conn) Savepoint() error { return c.Exec("SAVEPOINT part") }

// Release ends the innermost savepoint and keeps what it did.
func (c *Conn) Release() error { return c.Exec("RELEASE part") }

// RollbackTo undoes and ends the innermost savepoint.
func (c *Conn) RollbackTo() error {
	if err := c.Exec("ROLLBACK TO part"); err != nil {
		return err
	}
	return c.Release()
}

// Update runs f in a writing transaction.
func (c *Conn) Update(f func() error) error {
	if err := c.Begin(); err != nil {
		return err
	}
	defer c.Rollback() // after a panic, too
	if err := f(); err != nil {
		return err
	}
	return c.Commit()
}

// View runs f in a reading transaction.
func (c *Conn) View(f func() error) error {
	if err := c.BeginRead(); err != nil {
		return err
	}
	defer c.Rollback()
	return f()
}
