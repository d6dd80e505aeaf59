// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"errors"
	"fmt"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// coded gives errors of the layers below the codes of the model.
func coded(err error) error {
	if err == nil {
		return nil
	}
	var c mapi.Code
	if errors.As(err, &c) {
		return err
	}
	if code := codeOf(err); code != 0 {
		return fmt.Errorf("%w: %w", err, code)
	}
	return err
}

func codeOf(err error) mapi.Code {
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return mapi.NotFound
	case errors.Is(err, blob.ErrMismatch):
		return mapi.InvalidParameter
	case errors.Is(err, blob.ErrFull):
		return mapi.NotEnoughDisk
	case errors.Is(err, blob.ErrReadOnly):
		return mapi.StoreFull
	case errors.Is(err, sqlite.ErrNewer):
		return mapi.Version
	}
	switch sqlite.KindOf(err) {
	case sqlite.Full:
		return mapi.NotEnoughDisk
	case sqlite.ReadOnly:
		return mapi.StoreFull
	case sqlite.Busy:
		return mapi.Busy
	case sqlite.TooBig:
		return mapi.TooBig
	case sqlite.Corrupt:
		return mapi.CorruptStore
	}
	return 0
}

func noFolder(id mapi.ID) error    { return fmt.Errorf("find folder %s: %w", id, mapi.NotFound) }
func noMessage(id mapi.ID) error   { return fmt.Errorf("find message %s: %w", id, mapi.NotFound) }
func noStore(guid mapi.GUID) error { return fmt.Errorf("find store %s: %w", guid, mapi.NotFound) }
