// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"

	"twiga/lib/blob"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
	"twiga/lib/store/recipe"
)

// What can be damaged, as Options.Damaged is told.
const (
	damagedDatabase = "database"
	damagedContent  = "content"
)

// isDamage says whether an error tells of a damaged database.
func isDamage(err error) bool {
	if err == nil {
		return false
	}
	var e *sqlite.Error
	return mapi.CodeOf(err) == mapi.CorruptStore || errors.As(err, &e) && (e.Kind == sqlite.Corrupt || e.Kind == sqlite.Other)
}

// noteDamage tells of damage that somebody met. It passes the error on.
func (e *Engine) noteDamage(ctx context.Context, store mapi.GUID, err error) error {
	var what string
	switch {
	case err == nil:
		return nil
	case sqlite.KindOf(err) == sqlite.Corrupt || errors.Is(err, mapi.CorruptStore):
		what = damagedDatabase
	case errors.Is(err, mapi.CorruptData) && (errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrDamaged) || errors.Is(err, recipe.ErrDamaged)):
		what = damagedContent
	default:
		return err
	}
	log.Error(ctx, codeDamage, "damage found; check the mailbox", log.Store(store.String()), log.Err(err))
	if e.opt.Damaged != nil {
		e.opt.Damaged(what)
	}
	return err
}

// damage gives what is wrong with a content that is read its code: a lost blob
// is not taken for a message that is not there.
func damage(err error) error {
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrDamaged) || errors.Is(err, recipe.ErrDamaged) {
		return errors.Join(mapi.CorruptData, err)
	}
	return coded(err)
}
