// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// repairSearches corrects what searches finds: members are made anew from what
// the search folders hold, and the searches concerned filled again at once.
func (k *checker) repairSearches(ctx context.Context) error {
	var list []finding
	wrong := map[mapi.ID]bool{}
	err := k.m.view(ctx, func(c *sqlite.Conn) error {
		sc, err := newSearchCheck(c)
		if err != nil {
			return err
		}
		sc.found = func(sf *searchFolder, about, format string, args ...any) error {
			list = append(list, finding{"search-member", about, fmt.Sprintf(format, args...)})
			if sf != nil {
				wrong[sf.id] = true
			}
			return nil
		}
		return sc.run(ctx)
	})
	if err != nil || len(list) == 0 {
		return err
	}
	err = k.m.update(ctx, func(t *tx) error {
		for id := range wrong {
			if err := t.rebuildSearch(id); err != nil {
				return err
			}
		}
		return t.c.Exec(`DELETE FROM member WHERE NOT EXISTS (SELECT 1 FROM item i JOIN search s ON s.folder = i.folder
			WHERE i.folder = member.folder AND i.uid = member.uid AND i.id = member.message)`)
	})
	for more := true; more && err == nil; {
		err = k.m.update(ctx, func(t *tx) error { more, err = t.fill(); return err })
	}
	if err != nil {
		return err
	}
	for _, p := range list {
		if err := k.problem(p.kind, p.object, true, "%s", p.text); err != nil {
			return err
		}
	}
	return nil
}

// rebuildSearch makes the members of a search folder anew from its rows, takes
// out those of messages that are gone, and has it filled again. Criteria that
// are damaged are dropped.
func (t *tx) rebuildSearch(id mapi.ID) error {
	sf := t.find.now().get(id)
	f, err := t.look(id)
	if err != nil || sf == nil {
		return t.c.Exec("DELETE FROM search WHERE folder = ?", uint64(id))
	}
	if sf.state == object.SearchNone {
		if err := t.saveSearch(sf); err != nil {
			return err
		}
	}
	items, err := itemsIn(t.c, f.id, allUIDs)
	if err != nil {
		return err
	}
	if err := t.c.Exec("DELETE FROM member WHERE folder = ?", uint64(id)); err != nil {
		return err
	}
	seen := make(map[mapi.ID]bool, len(items))
	for i := range items {
		it := &items[i]
		if !seen[it.id] {
			err = t.c.Exec("INSERT INTO member (message, folder, uid) VALUES (?, ?, ?)", uint64(it.id), uint64(id), uint32(it.uid))
		} else if f, err = t.edit(id); err == nil { // it is there twice
			countMember(f, it, -1)
			err = t.c.Exec("DELETE FROM item WHERE folder = ? AND uid = ?", uint64(id), uint32(it.uid))
		}
		if err != nil {
			return err
		}
		seen[it.id] = true
		t.noteSearch(it.id, touchAny)
	}
	if sf.follows() {
		return t.restart(sf)
	}
	return nil
}
