// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// row is an entry of any kind: a user, and what the others have beside.
type row struct {
	directory.User
	mailing, security bool
	filter            directory.Filter
	hash              string // of the password
	version           uint64
}

const columns = "id, name, full_name, language, store, warn, soft, hard, admin, disabled, created, password, " +
	"kind, hidden, archive, no_services, resource, attributes, mailing, security, filter, password_changed, version"

// The queries that find one entry, or some by their names.
const (
	byID      = "SELECT " + columns + " FROM account WHERE id = ?"
	byName    = "SELECT " + columns + " FROM account WHERE name = ?"
	byAddress = "SELECT " + columns + " FROM account WHERE id = (SELECT account FROM address WHERE address = ?)"
	byKinds   = "SELECT " + columns + " FROM account WHERE name > ? AND kind BETWEEN ? AND ? ORDER BY name LIMIT ?"
)

func scan(r *sqlite.Rows) (e row, err error) {
	copy(e.ID[:], r.Bytes(0))
	copy(e.Store[:], r.Bytes(4))
	copy(e.Archive[:], r.Bytes(14))
	e.Name, e.FullName, e.Language, e.hash = r.Text(1), r.Text(2), r.Text(3), r.Text(11)
	e.Quota = directory.Quota{Warn: r.Int(5), Soft: r.Int(6), Hard: r.Int(7)}
	e.Admin, e.Disabled = directory.AdminLevel(r.Int(8)), r.Int(9) != 0
	e.Created, e.PasswordChanged = moment(r.Int(10)), moment(r.Int(21))
	e.Kind, e.Hidden, e.NoServices = directory.Kind(r.Int(12)), r.Int(13) != 0, strings.Fields(r.Text(15))
	e.mailing, e.security, e.version = r.Int(18) != 0, r.Int(19) != 0, uint64(r.Int(22))
	if err = unpack(r.Text(16), &e.Resource); err == nil {
		if err = unpack(r.Text(17), &e.Attributes); err == nil {
			err = unpack(r.Text(20), &e.filter)
		}
	}
	if err != nil {
		return e, fmt.Errorf("read entry %q: %w", e.Name, err)
	}
	return e, nil
}

// values are the columns from name on.
func (e *row) values() []any {
	return []any{
		e.Name, e.FullName, e.Language, e.Store[:], e.Quota.Warn, e.Quota.Soft, e.Quota.Hard,
		uint8(e.Admin), e.Disabled, unix(e.Created), e.hash,
		uint8(e.Kind), e.Hidden, e.Archive[:], strings.Join(e.NoServices, " "), pack(e.Resource), pack(e.Attributes),
		e.mailing, e.security, pack(e.filter), unix(e.PasswordChanged), e.version,
	}
}

// moment is a time on disk: 0 is none.
func moment(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// pack writes a structure as JSON, "" where it is zero.
func pack[T any](v T) string {
	b, err := json.Marshal(v)
	zero, _ := json.Marshal(*new(T))
	if err != nil || string(b) == string(zero) {
		return "" // none of ours fails
	}
	return string(b)
}

func unpack[T any](s string, v *T) error {
	if s == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return fmt.Errorf("%w: %w", err, mapi.CorruptData)
	}
	return nil
}

// find reads the entry that a query of columns gives; it has one of the kinds.
func find(c *sqlite.Conn, sql string, arg any, want func(directory.Kind) bool) (row, error) {
	e, err := get(c, sql, arg)
	if err == nil && want != nil && !want(e.Kind) {
		err = sqlite.ErrNoRow
	}
	if err != nil {
		return e, missing(err, "find entry", fmt.Sprint(arg))
	}
	return e, addLists(c, &e)
}

// get reads an entry without what stands in tables beside.
func get(c *sqlite.Conn, sql string, arg any) (e row, err error) {
	var bad error
	err = c.Row(func(r *sqlite.Rows) { e, bad = scan(r) }, sql, arg)
	return e, errors.Join(err, bad)
}

// missing turns "no row" into NotFound.
func missing(err error, verb, name string) error {
	if errors.Is(err, sqlite.ErrNoRow) {
		return fmt.Errorf("%s %q: %w", verb, name, mapi.NotFound)
	}
	return err
}

// addLists reads the addresses and who may send as the entry.
func addLists(c *sqlite.Conn, e *row) error {
	e.Address, e.Aliases = "", nil
	rows, err := c.Query("SELECT address FROM address WHERE account = ? ORDER BY place", e.ID[:])
	if err != nil {
		return err
	}
	for rows.Next() {
		if e.Address == "" {
			e.Address = rows.Text(0)
		} else {
			e.Aliases = append(e.Aliases, rows.Text(0))
		}
	}
	if err := rows.Close(); err != nil {
		return err
	}
	e.SendAs, err = ids(c, "SELECT sender FROM send_as WHERE account = ? ORDER BY place", e.ID[:])
	return err
}

// ids reads ids.
func ids(c *sqlite.Conn, sql string, args ...any) (out []mapi.GUID, err error) {
	rows, err := c.Query(sql, args...)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var id mapi.GUID
		copy(id[:], rows.Bytes(0))
		out = append(out, id)
	}
	return out, rows.Close()
}

// list reads the entries that a query of columns gives.
func list(c *sqlite.Conn, sql string, args ...any) (out []row, err error) {
	rows, err := c.Query(sql, args...)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		out = append(out, e)
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	for i := range out {
		if err := addLists(c, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// entry is the row as the address book shows it.
func (e *row) entry() directory.Entry {
	return directory.Entry{ID: e.ID, Kind: e.Kind, Name: e.Name, FullName: e.FullName, Address: e.Address, Aliases: e.Aliases,
		Hidden: e.Hidden, Attributes: e.Attributes, Version: e.version}
}

// isGroup says whether entries of the kind are groups.
func isGroup(k directory.Kind) bool {
	return k == directory.KindGroup || k == directory.KindDynamicGroup
}

func isContact(k directory.Kind) bool { return k == directory.KindContact }

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
