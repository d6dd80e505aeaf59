// SPDX-License-Identifier: AGPL-3.0-or-later

package sqlite

import (
	"errors"
	"io/fs"
	"syscall"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// Kind is the class of a database error: what a caller can do about it.
type Kind uint8

// The kinds of error.
const (
	Other      Kind = iota
	Full            // the disk, a quota or the largest file size is reached
	ReadOnly        // the file or the file system takes no writes
	Busy            // another connection holds a lock
	IO              // the disk failed
	Corrupt         // the file is damaged or no database
	Constraint      // a rule of the schema
	TooBig          // a value is too long
	Missing         // there is no such file
)

// Error is a database error with its kind.
type Error struct {
	Kind Kind
	Err  error
}

// Error is the message of the cause.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of a database error, Other for all others.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Other
}

// classify wraps an error of the driver.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	return &Error{Kind: kindOf(e), Err: err}
}

func kindOf(e sqlite3.Error) Kind {
	switch e.SystemErrno {
	case syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG:
		return Full
	case syscall.EROFS:
		return ReadOnly
	case syscall.ENOENT:
		if e.Code == sqlite3.ErrCantOpen {
			return Missing
		}
	}
	switch e.Code {
	case sqlite3.ErrFull:
		return Full
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return ReadOnly
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrProtocol:
		return Busy
	case sqlite3.ErrIoErr, sqlite3.ErrCantOpen:
		return IO
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return Corrupt
	case sqlite3.ErrConstraint:
		return Constraint
	case sqlite3.ErrTooBig:
		return TooBig
	}
	return Other
}

// osError wraps an error of the file system.
func osError(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return &Error{Full, err}
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return &Error{ReadOnly, err}
	case errors.Is(err, fs.ErrNotExist):
		return &Error{Missing, err}
	}
	return &Error{IO, err}
}
