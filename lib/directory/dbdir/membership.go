// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// Bounds of what is kept in memory.
const (
	answersMax = 100_000 // users whose groups are kept
	maxDynamic = 10_000  // dynamic groups
)

// groups answers from memory who is in which group. Answers are kept until the
// directory changes, the graph until a group does.
type groups struct {
	generation atomic.Uint64 // of the groups

	mu      sync.Mutex // guards what follows; taken before reading
	graph   *graph
	version uint64 // of the directory, for answers
	answers map[mapi.GUID][]mapi.GUID
}

// graph is who is a direct member of which group, and what the dynamic ones want.
type graph struct {
	generation uint64
	above      map[mapi.GUID][]mapi.GUID
	dynamic    []dynamic
}

type dynamic struct {
	id  mapi.GUID
	fit matcher
}

// GroupsOf implements directory.Directory.
func (d *DB) GroupsOf(_ context.Context, id mapi.GUID) ([]mapi.GUID, error) {
	g := &d.groups
	g.mu.Lock()
	defer g.mu.Unlock()
	if version := d.version.Load(); g.version != version || len(g.answers) >= answersMax {
		g.version, g.answers = version, map[mapi.GUID][]mapi.GUID{}
	}
	if list, ok := g.answers[id]; ok {
		return slices.Clone(list), nil
	}
	if generation := g.generation.Load(); g.graph == nil || g.graph.generation != generation {
		fresh := &graph{generation: generation, above: map[mapi.GUID][]mapi.GUID{}}
		if err := d.view(fresh.read); err != nil {
			return nil, err
		}
		g.graph = fresh
	}
	list, err := g.graph.over(d, id)
	if err != nil {
		return nil, err
	}
	g.answers[id] = list
	return slices.Clone(list), nil
}

func (g *graph) read(c *sqlite.Conn) error {
	rows, err := c.Query("SELECT member, team FROM member")
	if err != nil {
		return err
	}
	for rows.Next() {
		var member, team mapi.GUID
		copy(member[:], rows.Bytes(0))
		copy(team[:], rows.Bytes(1))
		g.above[member] = append(g.above[member], team)
	}
	if err := rows.Close(); err != nil {
		return err
	}
	teams, err := list(c, byKinds, "", uint8(directory.KindDynamicGroup), uint8(directory.KindDynamicGroup), maxDynamic)
	for i := range teams {
		g.dynamic = append(g.dynamic, dynamic{teams[i].ID, newMatcher(&teams[i].filter)})
	}
	return err
}

// over gives the groups above an entry at any height.
func (g *graph) over(d *DB, id mapi.GUID) ([]mapi.GUID, error) {
	out := slices.Clone(g.above[id])
	if len(g.dynamic) > 0 {
		var e row
		err := d.view(func(c *sqlite.Conn) (err error) {
			e, err = find(c, byID, id[:], nil)
			return err
		})
		if err != nil && mapi.CodeOf(err) != mapi.NotFound {
			return nil, err
		}
		for i := range g.dynamic {
			if err == nil && g.dynamic[i].fit.match(&e) {
				out = append(out, g.dynamic[i].id)
			}
		}
	}
	seen := map[mapi.GUID]bool{}
	for _, team := range out {
		seen[team] = true
	}
	for i := 0; i < len(out); i++ {
		for _, team := range g.above[out[i]] {
			if !seen[team] {
				seen[team] = true
				out = append(out, team)
			}
		}
	}
	return out, nil
}

// Members implements directory.Directory.
func (d *DB) Members(_ context.Context, id mapi.GUID) (out []directory.Entry, err error) {
	err = d.view(func(c *sqlite.Conn) error {
		top, err := find(c, byID, id[:], isGroup)
		if err != nil {
			return err
		}
		seen := map[mapi.GUID]bool{id: true}
		for todo := []row{top}; len(todo) > 0; todo = todo[1:] {
			below, err := direct(c, &todo[0])
			if err != nil {
				return err
			}
			for i := range below {
				e := &below[i]
				switch {
				case seen[e.ID]:
					continue
				case isGroup(e.Kind):
					todo = append(todo, *e)
				default:
					out = append(out, e.entry())
				}
				seen[e.ID] = true
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b directory.Entry) int { return cmp.Compare(a.Name, b.Name) })
	return out, err
}

// direct gives the direct members of a group.
func direct(c *sqlite.Conn, e *row) ([]row, error) {
	if e.Kind == directory.KindDynamicGroup {
		return fitting(c, &e.filter)
	}
	return list(c, "SELECT "+columns+" FROM account WHERE id IN (SELECT member FROM member WHERE team = ?)", e.ID[:])
}

// fitting gives the users that a dynamic group wants.
func fitting(c *sqlite.Conn, f *directory.Filter) (out []row, err error) {
	m, after := newMatcher(f), ""
	for {
		batch, err := list(c, byKinds, after, uint8(directory.KindUser), uint8(directory.KindEquipment), listBatch)
		if err != nil {
			return nil, err
		}
		for i := range batch {
			if m.match(&batch[i]) {
				out = append(out, batch[i])
			}
			after = batch[i].Name
		}
		if len(batch) < listBatch {
			return out, nil
		}
	}
}
