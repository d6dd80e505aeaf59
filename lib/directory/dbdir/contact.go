// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"twiga/lib/directory"
	"twiga/lib/sqlite"
)

func (e *row) contact() directory.Contact {
	return directory.Contact{ID: e.ID, Name: e.Name, FullName: e.FullName, Address: e.Address, Hidden: e.Hidden,
		Attributes: e.Attributes, Created: e.Created}
}

// plain folds a name that needs no domain.
func plain(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// Contacts implements directory.Directory.
func (d *DB) Contacts(ctx context.Context) iter.Seq2[directory.Contact, error] {
	return each(ctx, d, directory.KindContact, directory.KindContact,
		func(_ *sqlite.Conn, e *row) (directory.Contact, error) { return e.contact(), nil })
}

// CreateContact implements directory.Directory.
func (d *DB) CreateContact(_ context.Context, c directory.Contact) (directory.Contact, error) {
	e := row{User: directory.User{ID: c.ID, Kind: directory.KindContact, Name: plain(c.Name), FullName: c.FullName,
		Address: plain(c.Address), Hidden: c.Hidden, Attributes: c.Attributes}}
	d.begin(&e)
	err := e.check()
	if err == nil {
		err = d.update(func(t *tx) error { return t.insert(&e) })
	}
	if err != nil {
		return directory.Contact{}, fmt.Errorf("create contact: %w", err)
	}
	return e.contact(), nil
}

// ChangeContact implements directory.Directory.
func (d *DB) ChangeContact(_ context.Context, name string, ch directory.ContactChanges) (directory.Contact, error) {
	var e row
	err := d.update(func(t *tx) error {
		var err error
		if e, err = find(t.Conn, byName, plain(name), isContact); err != nil {
			return err
		}
		if ch.Name != nil {
			e.Name = plain(*ch.Name)
		}
		if ch.Address != nil {
			e.Address = plain(*ch.Address)
		}
		set(&e.FullName, ch.FullName)
		set(&e.Hidden, ch.Hidden)
		set(&e.Attributes, ch.Attributes)
		if err := e.check(); err != nil {
			return err
		}
		return t.save(&e)
	})
	if err != nil {
		return directory.Contact{}, fmt.Errorf("change contact: %w", err)
	}
	return e.contact(), nil
}

// DeleteContact implements directory.Directory.
func (d *DB) DeleteContact(_ context.Context, name string) error {
	return d.drop("delete contact", plain(name), isContact)
}
