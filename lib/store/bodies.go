// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"errors"

	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// A message's body is the one of its own id, or the one that its row names: a
// copy has the body of what it was copied from. Bodies never change; a message
// that gets other content gets a body with an id of its own. So an id means the
// same content in all dumps of a mailbox.
//
// The table shared has, by body, the messages whose rows name it, so that it is
// known when the last one is gone.
const (
	bodyOfM  = "ifnull(m.body, m.id)"
	withBody = " LEFT JOIN body b ON b.id = " + bodyOfM + " "

	// A body ?1 that no message has any more.
	bodyUnused = "id = ?1 AND NOT EXISTS (SELECT 1 FROM shared WHERE body = ?1) AND NOT EXISTS (SELECT 1 FROM message WHERE id = ?1 AND body IS NULL)"
)

// noBody is named by a message that lost its body, while others may have it.
const noBody = 0

// sharedSchema is the version of the schema from which on bodies are shared.
const sharedSchema = 4

// copyBody notes that a message, a copy, has the body of another.
func (t *tx) copyBody(id mapi.ID) error {
	return t.c.Exec("INSERT INTO shared (body, message) SELECT body, id FROM message WHERE id = ? AND body > 0", uint64(id))
}

// newBody gives a message that is there another body; nil is none.
func (t *tx) newBody(id mapi.ID, body []byte) error {
	old, err := bodyOf(t.c, id)
	if err != nil {
		return err
	}
	fresh := mapi.ID(noBody)
	if body != nil {
		fresh = t.nextID()
		if err := t.c.Exec("INSERT INTO body (id, recipe) VALUES (?, ?)", uint64(fresh), body); err != nil {
			return err
		}
		if err := t.c.Exec("INSERT INTO shared (body, message) VALUES (?, ?)", uint64(fresh), uint64(id)); err != nil {
			return err
		}
		if err := t.countBlobs(body, 1); err != nil {
			return err
		}
	}
	if err := t.c.Exec("UPDATE message SET body = ? WHERE id = ?", uint64(fresh), uint64(id)); err != nil {
		return err
	}
	return t.freed(dropBody(t.c, id, old))
}

// freed takes the references of a body off that was removed. Those of one that
// cannot be read are counted anew by a check.
func (t *tx) freed(body []byte, err error) error {
	if err == nil {
		_ = t.countBlobs(body, -1)
	}
	return err
}

// bodyOf is the id of a message's body.
func bodyOf(c *sqlite.Conn, id mapi.ID) (mapi.ID, error) {
	n, err := c.Int("SELECT "+bodyOfM+" FROM message m WHERE id = ?", uint64(id))
	return mapi.ID(n), err
}

// dropMessage removes a message's row, and its body where no other message has
// that: such a body is given.
func dropMessage(c *sqlite.Conn, id mapi.ID) ([]byte, error) {
	body := id
	err := c.Row(func(r *sqlite.Rows) { body = mapi.ID(r.Int(0)) }, "DELETE FROM message WHERE id = ? RETURNING ifnull(body, id)", uint64(id))
	if err != nil && !errors.Is(err, sqlite.ErrNoRow) {
		return nil, err
	}
	return dropBody(c, id, body)
}

// dropBody takes a body from a message whose row does not name it any more, and
// removes it where no other message has it: then it is given.
func dropBody(c *sqlite.Conn, id, body mapi.ID) ([]byte, error) {
	if body != id {
		if err := c.Exec("DELETE FROM shared WHERE body = ? AND message = ?", uint64(body), uint64(id)); err != nil {
			return nil, err
		}
	}
	var gone []byte
	err := c.Row(func(r *sqlite.Rows) { gone = r.Bytes(0) }, "DELETE FROM body WHERE "+bodyUnused+" RETURNING recipe", uint64(body))
	if errors.Is(err, sqlite.ErrNoRow) {
		err = nil
	}
	return gone, err
}
