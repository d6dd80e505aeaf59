// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"context"
	"fmt"
	"iter"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// group is the row as a group, with its direct members.
func (e *row) group(c *sqlite.Conn) (directory.Group, error) {
	g := directory.Group{ID: e.ID, Name: e.Name, FullName: e.FullName, Address: e.Address, Aliases: e.Aliases, Mailing: e.mailing,
		Security: e.security, Hidden: e.Hidden, SendAs: e.SendAs, Filter: e.filter, Created: e.Created}
	var err error
	if e.Kind == directory.KindDynamicGroup {
		var fit []row
		fit, err = fitting(c, &e.filter)
		for i := range fit {
			g.Members = append(g.Members, fit[i].ID)
		}
	} else {
		g.Members, err = ids(c, "SELECT member FROM member WHERE team = ? ORDER BY member", e.ID[:])
	}
	return g, err
}

// setGroup takes over what a group says of itself, but for its members.
func (d *DB) setGroup(e *row, g *directory.Group) {
	e.Name, e.FullName, e.Address, e.Hidden = plain(g.Name), g.FullName, d.fold(g.Address), g.Hidden
	e.mailing, e.security, e.SendAs, e.filter = g.Mailing, g.Security, g.SendAs, g.Filter
	if e.mailing && e.Address == "" {
		e.Address = d.fold(g.Name)
	}
	e.Aliases = d.foldAll(g.Aliases, e.Address)
	e.Kind = directory.KindGroup
	if !g.Filter.IsZero() {
		e.Kind = directory.KindDynamicGroup
	}
}

// Group implements directory.Directory.
func (d *DB) Group(_ context.Context, name string) (g directory.Group, err error) {
	err = d.view(func(c *sqlite.Conn) error {
		e, err := findGroup(c, d, name)
		if err != nil {
			return err
		}
		g, err = e.group(c)
		return err
	})
	return g, err
}

// findGroup finds a group by name, else by address.
func findGroup(c *sqlite.Conn, d *DB, name string) (row, error) {
	e, err := find(c, byName, plain(name), isGroup)
	if mapi.CodeOf(err) == mapi.NotFound {
		e, err = find(c, byAddress, d.fold(name), isGroup)
	}
	return e, err
}

// Groups implements directory.Directory.
func (d *DB) Groups(ctx context.Context) iter.Seq2[directory.Group, error] {
	return each(ctx, d, directory.KindGroup, directory.KindDynamicGroup, func(c *sqlite.Conn, e *row) (directory.Group, error) { return e.group(c) })
}

// CreateGroup implements directory.Directory.
func (d *DB) CreateGroup(_ context.Context, g directory.Group) (directory.Group, error) {
	e := row{User: directory.User{ID: g.ID}}
	d.setGroup(&e, &g)
	d.begin(&e)
	err := e.check()
	if err == nil {
		err = d.update(func(t *tx) error {
			t.teams = true
			if err := t.insert(&e); err != nil {
				return err
			}
			if err := t.join(&e, g.Members); err != nil {
				return err
			}
			g, err = e.group(t.Conn)
			return err
		})
	}
	if err != nil {
		return directory.Group{}, fmt.Errorf("create group: %w", err)
	}
	return g, nil
}

// ChangeGroup implements directory.Directory.
func (d *DB) ChangeGroup(_ context.Context, name string, ch directory.GroupChanges) (directory.Group, error) {
	var g directory.Group
	err := d.update(func(t *tx) error {
		t.teams = true
		e, err := findGroup(t.Conn, d, name)
		if err != nil {
			return err
		}
		if g, err = e.group(t.Conn); err != nil {
			return err
		}
		was := e.Kind
		set(&g.Name, ch.Name)
		set(&g.FullName, ch.FullName)
		set(&g.Address, ch.Address)
		set(&g.Aliases, ch.Aliases)
		set(&g.Mailing, ch.Mailing)
		set(&g.Security, ch.Security)
		set(&g.Hidden, ch.Hidden)
		set(&g.SendAs, ch.SendAs)
		set(&g.Filter, ch.Filter)
		d.setGroup(&e, &g)
		if was == directory.KindGroup && e.Kind != was && len(g.Members) > 0 {
			return fmt.Errorf("make %q dynamic: it has members: %w", e.Name, mapi.InvalidObject)
		}
		if err := e.check(); err != nil {
			return err
		}
		if err := t.save(&e); err != nil {
			return err
		}
		g, err = e.group(t.Conn)
		return err
	})
	if err != nil {
		return directory.Group{}, fmt.Errorf("change group: %w", err)
	}
	return g, nil
}

// ChangeMembers implements directory.Directory.
func (d *DB) ChangeMembers(_ context.Context, name string, add, remove []mapi.GUID) (directory.Group, error) {
	var g directory.Group
	err := d.update(func(t *tx) error {
		t.teams = true
		e, err := findGroup(t.Conn, d, name)
		if err != nil {
			return err
		}
		if e.Kind == directory.KindDynamicGroup {
			return fmt.Errorf("group %q: it is dynamic: %w", e.Name, mapi.InvalidObject)
		}
		for _, id := range remove {
			if err := t.Exec("DELETE FROM member WHERE team = ? AND member = ?", e.ID[:], id[:]); err != nil {
				return err
			}
		}
		if err := t.join(&e, add); err != nil {
			return err
		}
		if err := t.Exec("UPDATE account SET version = ? WHERE id = ?", t.version, e.ID[:]); err != nil {
			return err
		}
		g, err = e.group(t.Conn)
		return err
	})
	if err != nil {
		return directory.Group{}, fmt.Errorf("change members: %w", err)
	}
	return g, nil
}

// join adds members to a group.
func (t *tx) join(e *row, add []mapi.GUID) error {
	if len(add) > 0 && e.Kind == directory.KindDynamicGroup {
		return fmt.Errorf("group %q: it is dynamic: %w", e.Name, mapi.InvalidObject)
	}
	for _, id := range add {
		kind, err := t.kindOf(id)
		if err != nil {
			return err
		}
		if kind == directory.KindGroup {
			if err := t.acyclic(e, id); err != nil {
				return err
			}
		}
		if err := t.Exec("INSERT INTO member (team, member) VALUES (?, ?) ON CONFLICT DO NOTHING", e.ID[:], id[:]); err != nil {
			return err
		}
	}
	return nil
}

// acyclic says whether a group may be a member: the other may not be in it.
func (t *tx) acyclic(e *row, id mapi.GUID) error {
	seen := map[mapi.GUID]bool{id: true}
	for todo := []mapi.GUID{id}; len(todo) > 0; todo = todo[1:] {
		if todo[0] == e.ID {
			return fmt.Errorf("put group %s into %q: %w", id, e.Name, mapi.FolderCycle)
		}
		below, err := ids(t.Conn, "SELECT m.member FROM member m JOIN account a ON a.id = m.member WHERE m.team = ? AND a.kind = ?",
			todo[0][:], uint8(directory.KindGroup))
		if err != nil {
			return err
		}
		for _, b := range below {
			if !seen[b] {
				seen[b] = true
				todo = append(todo, b)
			}
		}
	}
	return nil
}

// DeleteGroup implements directory.Directory.
func (d *DB) DeleteGroup(_ context.Context, name string) error {
	err := d.update(func(t *tx) error {
		e, err := findGroup(t.Conn, d, name)
		if err != nil {
			return err
		}
		return t.remove(&e)
	})
	if err != nil {
		return fmt.Errorf("delete group: %w", err)
	}
	return nil
}
