// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
	"twiga/lib/store/search"
)

// searchCheck compares search folders with what they are to hold, at one
// moment. It keeps no lists: each side is gone through and asked of the other.
type searchCheck struct {
	c       *sqlite.Conn
	all     *searches
	folders map[mapi.ID]*folder
	found   func(sf *searchFolder, about, format string, args ...any) error
}

func newSearchCheck(c *sqlite.Conn) (*searchCheck, error) {
	k := &searchCheck{c: c, folders: map[mapi.ID]*folder{}}
	var err error
	if k.all, err = readSearches(c); err != nil {
		return nil, err
	}
	rows, err := c.Query("SELECT " + folderColumns + " FROM folder")
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		f := scanFolder(rows)
		f.search = k.all.get(f.id) != nil
		k.folders[f.id] = f
	}
	return k, rows.Close()
}

// searches checks the search folders of a mailbox: their problems are of the
// kind "search-member".
func (k *checker) searches(ctx context.Context, c *sqlite.Conn) error {
	sc, err := newSearchCheck(c)
	if err != nil {
		return err
	}
	sc.found = func(_ *searchFolder, about, format string, args ...any) error {
		return k.problem("search-member", about, false, format, args...)
	}
	return sc.run(ctx)
}

func (k *searchCheck) run(ctx context.Context) error {
	if k.all == nil {
		return k.strays()
	}
	for _, sf := range k.all.list {
		about := "folder " + sf.id.String()
		if k.folders[sf.id] == nil {
			if err := k.found(sf, about, "search criteria of a folder that is not there"); err != nil {
				return err
			}
			continue
		}
		if err := k.criteria(sf, about); err != nil {
			return err
		}
		if err := k.members(ctx, sf); err != nil {
			return err
		}
		if err := k.missing(ctx, sf); err != nil {
			return err
		}
	}
	return k.strays()
}

// criteria looks at the packed criteria, which are passed over elsewhere where
// they are damaged.
func (k *searchCheck) criteria(sf *searchFolder, about string) error {
	var packed []byte
	var state object.SearchState
	err := k.c.Row(func(r *sqlite.Rows) { packed, state = r.Bytes(0), object.SearchState(r.Int(1)) },
		"SELECT criteria, state FROM search WHERE folder = ?", uint64(sf.id))
	if err != nil || state == object.SearchNone {
		return err
	}
	if _, err := search.Unpack(packed); err != nil {
		return k.found(sf, about, "%v", err)
	}
	return nil
}

// members looks at each row of a search folder: whether its message is there,
// the row its copy, and the membership right.
func (k *searchCheck) members(ctx context.Context, sf *searchFolder) error {
	return k.each(ctx, sf.id, func(copied *item) error {
		about := "message " + copied.id.String()
		var uid mapi.UID
		err := k.c.Row(func(r *sqlite.Rows) { uid = mapi.UID(r.Int(0)) }, memberUID, uint64(copied.id), uint64(sf.id))
		if errors.Is(err, sqlite.ErrNoRow) || err == nil && uid != copied.uid {
			return k.found(sf, about, "in search folder %s with uid %d, but no member", sf.id, copied.uid)
		}
		if err != nil {
			return err
		}
		l, err := k.look(copied.id, sf.need)
		if err != nil {
			return err
		}
		real := l.row.it
		real.uid, real.change, real.modified = copied.uid, copied.change, copied.modified
		switch {
		case !l.there:
			return k.found(sf, about, "in search folder %s, but not among the messages", sf.id)
		case real != *copied:
			return k.found(sf, about, "differs in search folder %s", sf.id)
		case sf.state != object.SearchComplete:
			return nil
		}
		wanted, err := k.wants(sf, l)
		if err == nil && !wanted {
			err = k.found(sf, about, "in search folder %s, but does not satisfy it", sf.id)
		}
		return err
	})
}

// missing looks for messages that a search folder does not hold.
func (k *searchCheck) missing(ctx context.Context, sf *searchFolder) error {
	if sf.state != object.SearchComplete {
		return nil
	}
	for id, f := range k.folders {
		in := !f.search && sf.covers(k.chain(id))
		for _, under := range sf.under {
			in = in || id == under
		}
		if !in || id == rootID {
			continue
		}
		err := k.each(ctx, id, func(it *item) error {
			is, err := k.isMember(sf.id, it.id)
			if err != nil || is {
				return err
			}
			l, err := k.look(it.id, sf.need)
			if err != nil || !l.there {
				return err
			}
			wanted, err := k.wants(sf, l)
			if err == nil && wanted {
				err = k.found(sf, "message "+it.id.String(), "satisfies search folder %s, but is not there", sf.id)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// strays looks for members without a row in their search folder.
func (k *searchCheck) strays() error {
	rows, err := k.c.Query(`SELECT m.message, m.folder FROM member m LEFT JOIN item i ON i.folder = m.folder AND i.uid = m.uid AND i.id = m.message
		LEFT JOIN search s ON s.folder = m.folder WHERE i.id IS NULL OR s.folder IS NULL`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		folder := mapi.ID(rows.Int(1))
		if err := k.found(k.all.get(folder), fmt.Sprintf("message %s", mapi.ID(rows.Int(0))), "member of search folder %s, but not in it", folder); err != nil {
			return err
		}
	}
	return rows.Err()
}

const memberUID = "SELECT uid FROM member WHERE message = ? AND folder = ?"

func (k *searchCheck) isMember(folder, message mapi.ID) (bool, error) {
	err := k.c.Row(func(*sqlite.Rows) {}, memberUID, uint64(message), uint64(folder))
	if errors.Is(err, sqlite.ErrNoRow) {
		return false, nil
	}
	return err == nil, err
}

// wants says whether a message belongs in a search folder, going by the members
// of those that it stands on.
func (k *searchCheck) wants(sf *searchFolder, l *settling) (bool, error) {
	in := sf.covers(l.chain)
	for _, under := range sf.under {
		is, err := k.isMember(under, l.row.it.id)
		if err != nil {
			return false, err
		}
		in = in || is
	}
	return in && sf.where.Match(&l.row), nil
}

func (k *searchCheck) chain(id mapi.ID) []mapi.ID {
	return chainOf(id, func(id mapi.ID) *folder { return k.folders[id] })
}

// look reads a message where it is.
func (k *searchCheck) look(id mapi.ID, need needs) (*settling, error) {
	l := &settling{}
	err := k.c.Row(func(r *sqlite.Rows) { scanRow(r, &l.row) }, inFolder.from(need)+byID, uint64(id))
	if errors.Is(err, sqlite.ErrNoRow) {
		return l, nil
	}
	if err == nil && l.row.it.list == listContents {
		l.chain = k.chain(l.row.folder)
		l.there = len(l.chain) > 0
	}
	return l, err
}

// each gives a folder's rows.
func (k *searchCheck) each(ctx context.Context, folder mapi.ID, f func(*item) error) error {
	rows, err := k.c.Query("SELECT "+itemColumns+" FROM item WHERE folder = ? ORDER BY uid", uint64(folder))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		var it item
		scanItem(rows, 0, &it)
		if err := f(&it); err != nil {
			return err
		}
	}
	return rows.Err()
}
