// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// Create implements directory.Directory.
func (d *DB) Create(ctx context.Context, u directory.User, password string) (directory.User, error) {
	u.Name, u.Address = d.fold(u.Name), d.fold(u.Address)
	if u.Address == "" {
		u.Address = u.Name
	}
	u.Aliases = d.foldAll(u.Aliases, u.Address)
	if u.ID.IsZero() {
		u.ID = mapi.NewGUID()
	}
	u.Created = time.Now().UTC().Truncate(time.Second)
	if err := check(&u); err != nil {
		return directory.User{}, err
	}
	hash, err := d.hash(ctx, password)
	if err != nil {
		return directory.User{}, err
	}
	err = d.update(func(c *sqlite.Conn) error {
		if n, err := c.Int("SELECT count(*) FROM account WHERE name = ?", u.Name); err != nil || n > 0 {
			return orExists(err, "user", u.Name)
		}
		err := c.Exec("INSERT INTO account ("+columns+") VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
			u.ID[:], u.Name, u.FullName, u.Language, u.Store[:], u.Quota.Warn, u.Quota.Soft, u.Quota.Hard,
			u.Admin, u.Disabled, u.Created.Unix(), hash)
		if err != nil {
			return err
		}
		return setAddresses(c, &u)
	})
	if err != nil {
		return directory.User{}, fmt.Errorf("create user: %w", err)
	}
	return u, nil
}

func orExists(err error, what, name string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%s %q: %w", what, name, mapi.AlreadyExists)
}

// foldAll folds aliases and drops doubles and the primary address.
func (d *DB) foldAll(list []string, primary string) []string {
	var out []string
	for _, a := range list {
		if a = d.fold(a); a != "" && a != primary && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

func check(u *directory.User) error {
	if err := checkAddress(u.Name); err != nil {
		return err
	}
	if len(u.FullName) > maxText || len(u.Language) > maxText || len(u.Aliases) > maxAliases {
		return fmt.Errorf("check user %q: %w", u.Name, mapi.StringTooLong)
	}
	for _, a := range append([]string{u.Address}, u.Aliases...) {
		if err := checkAddress(a); err != nil {
			return err
		}
	}
	return nil
}

func setAddresses(c *sqlite.Conn, u *directory.User) error {
	if err := c.Exec("DELETE FROM address WHERE account = ?", u.ID[:]); err != nil {
		return err
	}
	for i, a := range append([]string{u.Address}, u.Aliases...) {
		if n, err := c.Int("SELECT count(*) FROM address WHERE address = ?", a); err != nil || n > 0 {
			return orExists(err, "address", a)
		}
		if err := c.Exec("INSERT INTO address (address, account, place) VALUES (?, ?, ?)", a, u.ID[:], i); err != nil {
			return err
		}
	}
	return nil
}

// Change implements directory.Directory.
func (d *DB) Change(_ context.Context, name string, ch directory.Changes) (directory.User, error) {
	var u directory.User
	err := d.update(func(c *sqlite.Conn) error {
		var err error
		if u, _, err = findIn(c, "SELECT "+columns+" FROM account WHERE name = ?", d.fold(name)); err != nil {
			return err
		}
		d.apply(&u, ch)
		if err := check(&u); err != nil {
			return err
		}
		err = c.Exec("UPDATE account SET full_name = ?, language = ?, store = ?, warn = ?, soft = ?, hard = ?, admin = ?, disabled = ? WHERE id = ?",
			u.FullName, u.Language, u.Store[:], u.Quota.Warn, u.Quota.Soft, u.Quota.Hard, u.Admin, u.Disabled, u.ID[:])
		if err != nil {
			return err
		}
		return setAddresses(c, &u)
	})
	if err != nil {
		return directory.User{}, fmt.Errorf("change user: %w", err)
	}
	return u, nil
}

func (d *DB) apply(u *directory.User, ch directory.Changes) {
	set(&u.FullName, ch.FullName)
	set(&u.Language, ch.Language)
	set(&u.Quota, ch.Quota)
	set(&u.Admin, ch.Admin)
	set(&u.Disabled, ch.Disabled)
	set(&u.Store, ch.Store)
	set(&u.Aliases, ch.Aliases)
	if ch.Address != nil {
		u.Address = d.fold(*ch.Address)
	}
	u.Aliases = d.foldAll(u.Aliases, u.Address)
}

func set[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}

// Delete implements directory.Directory.
func (d *DB) Delete(_ context.Context, name string) error {
	return d.update(func(c *sqlite.Conn) error {
		var id []byte
		err := c.Row(func(r *sqlite.Rows) { id = r.Bytes(0) }, "DELETE FROM account WHERE name = ? RETURNING id", d.fold(name))
		if err != nil {
			return missing(err, "delete user", name)
		}
		return c.Exec("DELETE FROM address WHERE account = ?", id)
	})
}
