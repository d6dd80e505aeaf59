// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"twiga/lib/blob"
	"twiga/lib/sqlite"
	"twiga/lib/store/recipe"
)

// blobRefs are references to blobs that came or, negative, went. Only messages
// with blobs make any, so that others do not pay.
type blobRefs map[blob.ID]int64

func (r *blobRefs) add(id blob.ID, n int64) {
	if *r == nil {
		*r = blobRefs{}
	}
	(*r)[id] += n
}

func (r *blobRefs) merge(o blobRefs) {
	for id, n := range o {
		r.add(id, n)
	}
}

// write changes the counts of the table.
func (r blobRefs) write(c *sqlite.Conn) error {
	for id, n := range r {
		var err error
		switch {
		case n > 0:
			err = c.Exec("INSERT INTO blob (id, refs) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET refs = refs + excluded.refs", id[:], n)
		case n < 0:
			if err = c.Exec("UPDATE blob SET refs = refs + ? WHERE id = ?", n, id[:]); err == nil {
				err = c.Exec("DELETE FROM blob WHERE id = ? AND refs <= 0", id[:])
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// countBlobs counts the references of a body that came (1) or went (-1).
func (t *tx) countBlobs(body []byte, sign int64) error {
	return eachBlob(&t.rec, body, func(id blob.ID) error {
		t.mine.blobs.add(id, sign)
		t.mine.pages++
		return nil
	})
}

// eachBlob gives the blobs of all recipes of a body; r is scratch.
func eachBlob(r *recipe.Recipe, body []byte, f func(blob.ID) error) error {
	u := unpacker{b: body}
	for len(u.b) > 0 {
		b := u.bytes(u.uvarint())
		if u.bad {
			return errPacked
		}
		if len(b) == 0 {
			continue
		}
		if err := r.Decode(b); err != nil {
			return err
		}
		for id := range r.Blobs {
			if err := f(id); err != nil {
				return err
			}
		}
	}
	return nil
}

// migrationFills are what the steps of migrations cannot say in SQL.
var migrationFills = []sqlite.Fill{{Version: blobSchema, Run: fillBlobs}}

// blobSchema is the version of the schema that brought the table of references.
const blobSchema = 2

// fillBlobs counts the references of all bodies, for a table that is empty.
func fillBlobs(c *sqlite.Conn) error {
	refs, err := recountBlobs(c)
	if err != nil {
		return err
	}
	return refs.write(c)
}

// recountBlobs counts the references of all bodies; those of one that cannot be
// read are not known.
func recountBlobs(c *sqlite.Conn) (blobRefs, error) {
	var refs blobRefs
	var rec recipe.Recipe
	rows, err := c.Query("SELECT recipe FROM body")
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		_ = eachBlob(&rec, rows.Bytes(0), func(id blob.ID) error { refs.add(id, 1); return nil })
	}
	return refs, rows.Close()
}
