// SPDX-License-Identifier: AGPL-3.0-or-later

package search

import (
	"maps"
	"slices"

	"twiga/lib/mapi"
)

// Order puts searches so that each comes behind those it stands on, else by
// id. What stands on each is on[id]; ids that are no searches are passed over.
// What goes in a circle is left in some order.
func Order(on map[mapi.ID][]mapi.ID) []mapi.ID {
	out := make([]mapi.ID, 0, len(on))
	seen := make(map[mapi.ID]bool, len(on))
	var visit func(mapi.ID)
	visit = func(id mapi.ID) {
		below, is := on[id]
		if !is || seen[id] {
			return
		}
		seen[id] = true
		for _, b := range below {
			visit(b)
		}
		out = append(out, id)
	}
	for _, id := range slices.Sorted(maps.Keys(on)) {
		visit(id)
	}
	return out
}

// Reaches says whether a search stands on another, at whatever distance, or is it.
func Reaches(on map[mapi.ID][]mapi.ID, from, to mapi.ID) bool {
	seen := map[mapi.ID]bool{}
	var visit func(mapi.ID) bool
	visit = func(id mapi.ID) bool {
		if id == to {
			return true
		}
		if seen[id] {
			return false
		}
		seen[id] = true
		return slices.ContainsFunc(on[id], visit)
	}
	return visit(from)
}
