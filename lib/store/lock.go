// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"twiga/lib/mapi"
)

// Lock keeps all others from the files of a data folder until it is let go.
// Busy: somebody has them open.
func Lock(path string) (release func() error, err error) {
	f, err := lockFile(filepath.Join(path, lockName))
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return f.Close, nil
}

// lockFile takes the lock that only one process has at a time; it lasts as
// long as the file is open.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, diskError(err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: another process has the data open: %w", path, mapi.Busy)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// diskError gives errors of the file system the codes of the model.
func diskError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w: %w", err, mapi.NotEnoughDisk)
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", err, mapi.StoreFull)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", err, mapi.NotFound)
	}
	return err
}
