// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"errors"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sqlite"
)

// privacy tells items that are marked as private: by PidTagSensitivity
// ([MS-OXCMSG] 2.2.1.13), or by PidLidPrivate. It knows the id that
// PidLidPrivate has in the mailbox.
type privacy struct{ lid mapi.PropTag }

func readPrivacy(c *sqlite.Conn) (p privacy, err error) {
	name := tag.LidPrivate.Name()
	err = c.Row(func(r *sqlite.Rows) { p.lid = mapi.NewTag(uint16(r.Int(0)), mapi.PtypBoolean) },
		"SELECT id FROM named WHERE guid = ? AND lid = ?", name.Set[:], name.LID)
	if errors.Is(err, sqlite.ErrNoRow) {
		err = nil
	}
	return p, err
}

// marks says whether a message of this bag is private.
func (p privacy) marks(bag wire.Bag) bool {
	if bag.Int(tag.Sensitivity) == int64(mapi.SensitivityPrivate) {
		return true
	}
	if p.lid == 0 {
		return false
	}
	v, _ := bag.Get(p.lid)
	return v.Bool()
}

// hidden says whether a message is private, and so is not there for who does
// not see such ones. A message that is gone is not.
func (p privacy) hidden(c *sqlite.Conn, id mapi.ID) (bool, error) {
	var private bool
	err := c.Row(func(r *sqlite.Rows) { private = p.marks(r.Bytes(0)) }, "SELECT bag FROM message WHERE id = ?", uint64(id))
	if errors.Is(err, sqlite.ErrNoRow) {
		err = nil
	}
	return private, err
}

// shown leaves those of the items that are there for the session.
func (acc *access) shown(c *sqlite.Conn, items []item) ([]item, error) {
	if acc.isFull() || !acc.hides {
		return items, nil
	}
	p, err := readPrivacy(c)
	out := slices.DeleteFunc(items, func(it item) bool {
		if err != nil {
			return false
		}
		var hidden bool
		hidden, err = p.hidden(c, it.id)
		return hidden
	})
	return out, err
}

// shows says whether a message is there for the session: it may read the
// folder, and it is not private.
func (acc *access) shows(c *sqlite.Conn, folder, id mapi.ID) (bool, error) {
	if acc.isFull() {
		return true, nil
	}
	if !acc.reads(folder) {
		return false, nil
	}
	if !acc.hides {
		return true, nil
	}
	p, err := readPrivacy(c)
	if err != nil {
		return false, err
	}
	hidden, err := p.hidden(c, id)
	return !hidden, err
}

// withoutPrivate is emit for who does not see private messages: they are left
// out, or, since they may have become private, given as gone.
func (p privacy) withoutPrivate(c *sqlite.Conn, since mapi.Change, emit func(*object.ChangeItem) bool) func(*object.ChangeItem) bool {
	return func(i *object.ChangeItem) bool {
		if i.Kind != object.ChangeUpsert {
			return emit(i)
		}
		hidden, err := p.hidden(c, i.ID)
		switch {
		case err == nil && !hidden:
			return emit(i)
		case since == 0:
			return true
		}
		return emit(&object.ChangeItem{Kind: object.ChangeGone, UID: i.UID, ID: i.ID, Change: i.Change})
	}
}
