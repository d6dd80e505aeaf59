// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// listBatch is how many users are read at once.
const listBatch = 200

const columns = "id, name, full_name, language, store, warn, soft, hard, admin, disabled, created, password"

func scanUser(r *sqlite.Rows) (u directory.User, hash string) {
	copy(u.ID[:], r.Bytes(0))
	copy(u.Store[:], r.Bytes(4))
	u.Name, u.FullName, u.Language = r.Text(1), r.Text(2), r.Text(3)
	u.Quota = directory.Quota{Warn: r.Int(5), Soft: r.Int(6), Hard: r.Int(7)}
	u.Admin, u.Disabled = r.Int(8) != 0, r.Int(9) != 0
	u.Created = time.Unix(r.Int(10), 0).UTC()
	return u, r.Text(11)
}

// missing turns "no row" into NotFound.
func missing(err error, verb, name string) error {
	if errors.Is(err, sqlite.ErrNoRow) {
		return fmt.Errorf("%s of %q: %w", verb, name, mapi.NotFound)
	}
	return err
}

// find reads the user that a query of columns gives, with the password hash.
func (d *DB) find(sql string, arg any) (directory.User, string, error) {
	d.reading.Lock()
	defer d.reading.Unlock()
	u, hash, err := findIn(d.r, sql, arg)
	return u, hash, coded(err)
}

func findIn(c *sqlite.Conn, sql string, arg any) (u directory.User, hash string, err error) {
	err = c.Row(func(r *sqlite.Rows) { u, hash = scanUser(r) }, sql, arg)
	if err != nil {
		return u, "", missing(err, "find user", fmt.Sprint(arg))
	}
	return u, hash, addAddresses(c, &u)
}

func addAddresses(c *sqlite.Conn, u *directory.User) error {
	rows, err := c.Query("SELECT address FROM address WHERE account = ? ORDER BY place", u.ID[:])
	if err != nil {
		return err
	}
	for rows.Next() {
		if u.Address == "" {
			u.Address = rows.Text(0)
		} else {
			u.Aliases = append(u.Aliases, rows.Text(0))
		}
	}
	return rows.Close()
}

// User implements directory.Directory.
func (d *DB) User(_ context.Context, name string) (directory.User, error) {
	u, _, err := d.find("SELECT "+columns+" FROM account WHERE name = ?", d.fold(name))
	return u, err
}

// ByID implements directory.Directory.
func (d *DB) ByID(_ context.Context, id mapi.GUID) (directory.User, error) {
	u, _, err := d.find("SELECT "+columns+" FROM account WHERE id = ?", id[:])
	return u, err
}

// ByAddress implements directory.Directory.
func (d *DB) ByAddress(_ context.Context, address string) (directory.User, error) {
	u, _, err := d.find("SELECT "+columns+" FROM account WHERE id = (SELECT account FROM address WHERE address = ?)", d.fold(address))
	return u, err
}

// Users implements directory.Directory. It reads in batches, so that a slow
// caller holds nobody up.
func (d *DB) Users(ctx context.Context) iter.Seq2[directory.User, error] {
	return func(yield func(directory.User, error) bool) {
		last := ""
		for {
			batch, err := d.batch(last)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(directory.User{}, err)
				return
			}
			for _, u := range batch {
				if !yield(u, nil) {
					return
				}
				last = u.Name
			}
			if len(batch) < listBatch {
				return
			}
		}
	}
}

func (d *DB) batch(after string) ([]directory.User, error) {
	d.reading.Lock()
	defer d.reading.Unlock()
	rows, err := d.r.Query("SELECT "+columns+" FROM account WHERE name > ? ORDER BY name LIMIT ?", after, listBatch)
	if err != nil {
		return nil, coded(err)
	}
	var out []directory.User
	for rows.Next() {
		u, _ := scanUser(rows)
		out = append(out, u)
	}
	if err := rows.Close(); err != nil {
		return nil, coded(err)
	}
	for i := range out {
		if err := addAddresses(d.r, &out[i]); err != nil {
			return nil, coded(err)
		}
	}
	return out, nil
}
