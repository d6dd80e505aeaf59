// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"context"
	"fmt"
	"iter"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// listBatch is how many entries are read at once.
const listBatch = 200

func (d *DB) user(sql string, arg any) (u directory.User, err error) {
	err = d.view(func(c *sqlite.Conn) error {
		e, err := find(c, sql, arg, directory.Kind.HasMailbox)
		u = e.User
		return err
	})
	return u, err
}

// User implements directory.Directory.
func (d *DB) User(_ context.Context, name string) (directory.User, error) {
	return d.user(byName, d.fold(name))
}

// ByID implements directory.Directory.
func (d *DB) ByID(_ context.Context, id mapi.GUID) (directory.User, error) {
	return d.user(byID, id[:])
}

// ByAddress implements directory.Directory.
func (d *DB) ByAddress(_ context.Context, address string) (directory.User, error) {
	e, err := d.ask(question{byAddress, d.fold(address)})
	return e.User, err
}

// Users implements directory.Directory.
func (d *DB) Users(ctx context.Context) iter.Seq2[directory.User, error] {
	return each(ctx, d, directory.KindUser, directory.KindEquipment, func(_ *sqlite.Conn, e *row) (directory.User, error) { return e.User, nil })
}

// each lists the entries of a range of kinds by name. It reads in batches, so
// that a slow caller holds nobody up.
func each[T any](ctx context.Context, d *DB, first, last directory.Kind, as func(*sqlite.Conn, *row) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		after := ""
		for {
			var out []T
			err := d.view(func(c *sqlite.Conn) error {
				batch, err := list(c, byKinds, after, uint8(first), uint8(last), listBatch)
				for i := 0; i < len(batch) && err == nil; i++ {
					var v T
					v, err = as(c, &batch[i])
					out, after = append(out, v), batch[i].Name
				}
				return err
			})
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, v := range out {
				if !yield(v, nil) {
					return
				}
			}
			if len(out) < listBatch {
				return
			}
		}
	}
}

// Create implements directory.Directory.
func (d *DB) Create(ctx context.Context, u directory.User, password string) (directory.User, error) {
	u.Name, u.Address = d.fold(u.Name), d.fold(u.Address)
	if u.Address == "" {
		u.Address = u.Name
	}
	u.Aliases = d.foldAll(u.Aliases, u.Address)
	e := row{User: u}
	d.begin(&e)
	if err := e.checkUser(); err != nil {
		return directory.User{}, fmt.Errorf("create user: %w", err)
	}
	var err error
	if e.hash, err = d.take(ctx, &e, password); err != nil {
		return directory.User{}, fmt.Errorf("create user %q: %w", e.Name, err)
	}
	e.PasswordChanged = time.Time{}
	if e.hash != "" {
		e.PasswordChanged = e.Created
	}
	keys, err := d.keysOf(ctx, &e, "", password)
	if err != nil {
		return directory.User{}, fmt.Errorf("create user %q: %w", e.Name, err)
	}
	err = d.update(func(t *tx) error {
		if err := t.insert(&e); err != nil {
			return err
		}
		return t.keepKeys(&e, "", keys)
	})
	if err != nil {
		return directory.User{}, fmt.Errorf("create user: %w", err)
	}
	return e.User, nil
}

// begin gives an entry what every new one has.
func (d *DB) begin(e *row) {
	if e.ID.IsZero() {
		e.ID = mapi.NewGUID()
	}
	e.Created = d.now().UTC().Truncate(time.Second)
}

func (e *row) checkUser() error {
	if !e.Kind.HasMailbox() {
		return fmt.Errorf("check user %q: kind %s: %w", e.Name, e.Kind, mapi.InvalidParameter)
	}
	return e.check()
}

// Change implements directory.Directory.
func (d *DB) Change(_ context.Context, name string, ch directory.Changes) (directory.User, error) {
	var e row
	err := d.update(func(t *tx) error {
		var err error
		if e, err = find(t.Conn, byName, d.fold(name), directory.Kind.HasMailbox); err != nil {
			return err
		}
		d.apply(&e.User, ch)
		if err := e.checkUser(); err != nil {
			return err
		}
		return t.save(&e)
	})
	if err != nil {
		return directory.User{}, fmt.Errorf("change user: %w", err)
	}
	return e.User, nil
}

func (d *DB) apply(u *directory.User, ch directory.Changes) {
	if ch.Name != nil {
		u.Name = d.fold(*ch.Name)
	}
	set(&u.Kind, ch.Kind)
	set(&u.FullName, ch.FullName)
	set(&u.Language, ch.Language)
	set(&u.Quota, ch.Quota)
	set(&u.Admin, ch.Admin)
	set(&u.Disabled, ch.Disabled)
	set(&u.Hidden, ch.Hidden)
	set(&u.Store, ch.Store)
	set(&u.Archive, ch.Archive)
	set(&u.NoServices, ch.NoServices)
	set(&u.SendAs, ch.SendAs)
	set(&u.Resource, ch.Resource)
	set(&u.Attributes, ch.Attributes)
	set(&u.Aliases, ch.Aliases)
	if ch.Address != nil {
		u.Address = d.fold(*ch.Address)
	}
	u.Aliases = d.foldAll(u.Aliases, u.Address)
}

// Delete implements directory.Directory.
func (d *DB) Delete(_ context.Context, name string) error {
	return d.drop("delete user", d.fold(name), directory.Kind.HasMailbox)
}

// drop deletes an entry by its name.
func (d *DB) drop(verb, name string, want func(directory.Kind) bool) error {
	err := d.update(func(t *tx) error {
		e, err := find(t.Conn, byName, name, want)
		if err != nil {
			return err
		}
		return t.remove(&e)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	return nil
}
