// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"
	"maps"
	"slices"

	"twiga/lib/blob"
	"twiga/lib/sqlite"
)

// leftovers are rows of small tables that are about what is not there, each
// with the column that names it.
var leftovers = []struct{ table, about, of, where string }{
	{"acl", "folder", "folder", "folder NOT IN (SELECT id FROM folder)"},
	{"rule", "folder", "folder", "folder NOT IN (SELECT id FROM folder)"},
	{"receive", "folder", "folder", "folder NOT IN (SELECT id FROM folder)"},
	{"search", "folder", "folder", "folder NOT IN (SELECT id FROM folder)"},
	{"member", "folder", "folder", "folder NOT IN (SELECT folder FROM search) OR message NOT IN (SELECT id FROM message)"},
	{"author", "message", "message", "message NOT IN (SELECT id FROM message)"},
	{"shared", "message", "message", "NOT EXISTS (SELECT 1 FROM message m WHERE m.id = shared.message AND m.body = shared.body)"},
	{"tombstone", "folder", "folder & 72057594037927935", "folder & 72057594037927935 NOT IN (SELECT id FROM folder)"},
	{"source", "message", "id", "id >= (SELECT uid_next FROM folder WHERE id = 1)"}, // others go with the tombstones
}

// leftovers looks for rows about what is gone.
func (k *checker) leftovers(c *sqlite.Conn) error {
	for _, l := range leftovers {
		err := k.relation(c, "leftover", l.about, "in the table "+l.table+", but gone (%d)", "SELECT "+l.of+", 0 FROM "+l.table+" WHERE "+l.where)
		if err != nil {
			return err
		}
	}
	return nil
}

// references compares the table of references with the bodies.
func (k *checker) references(c *sqlite.Conn) error {
	wrong, err := wrongRefs(c)
	if err != nil {
		return err
	}
	for _, w := range wrong {
		if err := k.problem("blob-refs", "blob "+w.id.String(), false, "%s", w); err != nil {
			return err
		}
	}
	return nil
}

// wrongRef is a blob whose number of references is not as it is told.
type wrongRef struct {
	id        blob.ID
	says, has int64
}

func (w wrongRef) String() string { return fmt.Sprintf("says %d references, has %d", w.says, w.has) }

// wrongRefs compares the table of references with the bodies.
func wrongRefs(c *sqlite.Conn) ([]wrongRef, error) {
	has, err := recountBlobs(c)
	if err != nil {
		return nil, err
	}
	rows, err := c.Query("SELECT id, refs FROM blob")
	if err != nil {
		return nil, err
	}
	var out []wrongRef
	for rows.Next() {
		var id blob.ID
		copy(id[:], rows.Bytes(0))
		if n := rows.Int(1); n != has[id] {
			out = append(out, wrongRef{id, n, has[id]})
		}
		delete(has, id)
	}
	for _, id := range slices.SortedFunc(maps.Keys(has), func(a, b blob.ID) int { return slices.Compare(a[:], b[:]) }) {
		out = append(out, wrongRef{id, 0, has[id]})
	}
	return out, rows.Close()
}
