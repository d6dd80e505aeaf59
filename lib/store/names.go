// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

const (
	lastNamed   = 0xfffe // the last id that a name may get, [MS-OXCDATA] 2.9
	namesCached = 2000   // names of a mailbox that are kept in memory
)

// nameCache keeps names that were asked for. An id once given to a name is
// never taken back, so that what is here stays true.
type nameCache struct {
	mu   sync.RWMutex
	ids  map[mapi.Name]uint16 // by the name's key; guarded by mu
	full map[uint16]mapi.Name // guarded by mu
}

func (n *nameCache) id(key mapi.Name) (uint16, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	id, ok := n.ids[key]
	return id, ok
}

func (n *nameCache) name(id uint16) (mapi.Name, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	name, ok := n.full[id]
	return name, ok
}

func (n *nameCache) add(list []object.NamedID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range list {
		if n.ids == nil || len(n.full) >= namesCached {
			n.ids, n.full = map[mapi.Name]uint16{}, map[uint16]mapi.Name{}
		}
		n.ids[e.Name.Key()], n.full[e.ID] = e.ID, e.Name
	}
}

// forget empties the cache, where the names were changed behind its back.
func (n *nameCache) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ids, n.full = nil, nil
}

// fixedID is the id of a name that needs no entry: in the set PS_MAPI a number
// is the id itself, [MS-OXCPRPT] 3.2.5.9.
func fixedID(n mapi.Name) (id uint16, fixed bool) {
	if n.Set != tag.SetMapi.GUID() {
		return 0, false
	}
	if !n.IsText() && n.LID > 0 && n.LID < mapi.FirstNamed {
		id = uint16(n.LID)
	}
	return id, true
}

// idsOf finds the ids of names, 0 where one has none. What it reads is
// committed, or of the caller's transaction: then it is not for the cache.
func (m *mailbox) idsOf(c *sqlite.Conn, names []mapi.Name) (ids []uint16, found []object.NamedID, err error) {
	ids = make([]uint16, len(names))
	for i, n := range names {
		id, known := fixedID(n)
		key := n.Key()
		if !known {
			id, known = m.names.id(key)
		}
		if ids[i] = id; known {
			continue
		}
		lid, text := n.LID, n.Text
		if n.IsText() {
			lid = 0
		}
		err := c.Row(func(r *sqlite.Rows) { id, text = uint16(r.Int(0)), r.Text(1) },
			"SELECT id, name FROM named WHERE guid = ? AND key = ? AND lid = ?", n.Set[:], key.Text, lid)
		switch {
		case err == nil:
			ids[i] = id
			found = append(found, object.NamedID{ID: id, Name: mapi.Name{Set: n.Set, LID: lid, Text: text}})
		case !errors.Is(err, sqlite.ErrNoRow):
			return nil, nil, err
		}
	}
	return ids, found, nil
}

// createNames is idsOf, with ids given to those that have none.
func (t *tx) createNames(names []mapi.Name) ([]uint16, error) {
	ids, made, err := t.m.idsOf(t.c, names)
	if err != nil {
		return nil, err
	}
	next := int64(0)
	fresh := map[mapi.Name]uint16{}
	for i, n := range names {
		if _, fixed := fixedID(n); ids[i] != 0 || fixed {
			continue
		}
		key := n.Key()
		if ids[i] = fresh[key]; ids[i] != 0 {
			continue // the request has it twice
		}
		if next == 0 {
			if next, err = t.c.Int("SELECT coalesce(max(id) + 1, ?) FROM named", mapi.FirstNamed); err != nil {
				return nil, err
			}
		}
		if next > lastNamed || next-mapi.FirstNamed >= int64(t.m.e.opt.NamedProperties) {
			return nil, fmt.Errorf("name property %s: store %s has %d names: %w", n, t.m.guid, next-mapi.FirstNamed, mapi.NotEnoughResources)
		}
		lid := n.LID
		if n.IsText() {
			lid = 0
		}
		err := t.c.Exec("INSERT INTO named (id, guid, lid, name, key) VALUES (?, ?, ?, ?, ?)", next, n.Set[:], lid, n.Text, key.Text)
		if err != nil {
			return nil, err
		}
		ids[i], fresh[key] = uint16(next), uint16(next)
		made = append(made, object.NamedID{ID: uint16(next), Name: mapi.Name{Set: n.Set, LID: lid, Text: n.Text}})
		next++
	}
	t.after(func() { t.m.names.add(made) })
	return ids, nil
}

// NamesToIDs implements object.Stores.
func (s *session) NamesToIDs(ctx context.Context, req object.NamesToIDsRequest) (object.NamesToIDsResponse, error) {
	m, acc, leave, err := s.mailbox(ctx, actNames, req.Store)
	if err != nil {
		return object.NamesToIDsResponse{}, err
	}
	defer leave()
	if len(req.Names) > wire.MaxNames {
		return object.NamesToIDsResponse{}, fmt.Errorf("find ids of %d names: %w", len(req.Names), mapi.InvalidParameter)
	}
	missing := false
	for _, n := range req.Names {
		if err := checkPropertyName(n); err != nil {
			return object.NamesToIDsResponse{}, err
		}
	}
	var ids []uint16
	err = m.view(ctx, func(c *sqlite.Conn) error {
		var found []object.NamedID
		ids, found, err = m.idsOf(c, req.Names)
		m.names.add(found)
		return err
	})
	for i := range ids {
		if _, fixed := fixedID(req.Names[i]); ids[i] == 0 && !fixed {
			missing = true
		}
	}
	if err == nil && missing && req.Create {
		err = m.updateAs(ctx, acc, func(t *tx) error {
			ids, err = t.createNames(req.Names)
			return err
		})
	}
	if err != nil {
		return object.NamesToIDsResponse{}, err
	}
	return object.NamesToIDsResponse{IDs: ids}, nil
}

// checkPropertyName says whether a name can be one.
func checkPropertyName(n mapi.Name) error {
	switch {
	case len(n.Text) > mapi.MaxNameLength:
		return fmt.Errorf("name property %.40q: %d bytes: %w", n.Text, len(n.Text), mapi.StringTooLong)
	case n.Set.IsZero() || !utf8.ValidString(n.Text) || strings.ContainsFunc(n.Text, unicode.IsControl):
		return fmt.Errorf("name property %q of set %s: %w", n.Text, n.Set, mapi.InvalidParameter)
	}
	return nil
}

// namesOf finds the names of ids; those without one are left out.
func (m *mailbox) namesOf(c *sqlite.Conn, ids []uint16) ([]object.NamedID, error) {
	out := make([]object.NamedID, 0, len(ids))
	var found []object.NamedID
	for _, id := range ids {
		if id < mapi.FirstNamed {
			if id != 0 {
				out = append(out, object.NamedID{ID: id, Name: mapi.Name{Set: tag.SetMapi.GUID(), LID: uint32(id)}})
			}
			continue
		}
		if name, ok := m.names.name(id); ok {
			out = append(out, object.NamedID{ID: id, Name: name})
			continue
		}
		err := c.Row(func(r *sqlite.Rows) { found = append(found, scanNamed(r)) }, "SELECT id, guid, lid, name FROM named WHERE id = ?", int64(id))
		switch {
		case err == nil:
			out = append(out, found[len(found)-1])
		case !errors.Is(err, sqlite.ErrNoRow):
			return nil, err
		}
	}
	m.names.add(found)
	return out, nil
}

func scanNamed(r *sqlite.Rows) object.NamedID {
	n := object.NamedID{ID: uint16(r.Int(0)), Name: mapi.Name{LID: uint32(r.Int(2)), Text: r.Text(3)}}
	copy(n.Name.Set[:], r.Bytes(1))
	return n
}

// IDsToNames implements object.Stores.
func (s *session) IDsToNames(ctx context.Context, req object.IDsToNamesRequest) (object.IDsToNamesResponse, error) {
	var out object.IDsToNamesResponse
	if len(req.IDs) > wire.MaxNames {
		return out, fmt.Errorf("find names of %d ids: %w", len(req.IDs), mapi.InvalidParameter)
	}
	err := s.view(ctx, actNames, req.Store, func(m *mailbox, _ *access, c *sqlite.Conn) error {
		if len(req.IDs) == 0 {
			rows, err := c.Query("SELECT id, guid, lid, name FROM named ORDER BY id")
			if err != nil {
				return err
			}
			for rows.Next() {
				out.Names = append(out.Names, scanNamed(rows))
			}
			return rows.Close()
		}
		list, err := m.namesOf(c, req.IDs)
		out.Names = make([]object.NamedID, len(req.IDs))
		for i, id := range req.IDs {
			if out.Names[i].ID = id; len(list) > 0 && list[0].ID == id {
				out.Names[i], list = list[0], list[1:]
			}
		}
		return err
	})
	if err != nil {
		return object.IDsToNamesResponse{}, err
	}
	return out, nil
}
