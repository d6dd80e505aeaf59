// SPDX-License-Identifier: AGPL-3.0-or-later

package search

import "twiga/lib/mapi"

// Each gives a restriction's nodes, but not what lies below a condition on
// sub-objects, until yield says false.
func Each(r mapi.Restriction, yield func(mapi.Restriction) bool) bool {
	if !yield(r) {
		return false
	}
	parts := func(list []mapi.Restriction) bool {
		for _, p := range list {
			if !Each(p, yield) {
				return false
			}
		}
		return true
	}
	switch r := r.(type) {
	case mapi.And:
		return parts(r)
	case mapi.Or:
		return parts(r)
	case mapi.Not:
		return Each(r.Of, yield)
	case mapi.Comment:
		return Each(r.Of, yield)
	case mapi.Count:
		return Each(r.Of, yield)
	}
	return true
}

// Counts says whether a restriction counts what it finds, anywhere: what it is
// true for depends on the order.
func Counts(r mapi.Restriction) bool {
	return !Each(r, func(r mapi.Restriction) bool {
		if s, ok := r.(mapi.Sub); ok {
			return !Counts(s.Part)
		}
		_, counts := r.(mapi.Count)
		return !counts
	})
}

// Looks says whether a restriction looks at a property of the object itself
// that is one of those.
func Looks(r mapi.Restriction, is func(mapi.PropTag) bool) bool {
	return !Each(r, func(r mapi.Restriction) bool {
		switch r := r.(type) {
		case mapi.Content:
			return !is(r.Tag)
		case mapi.Property:
			return !is(r.Tag)
		case mapi.Compare:
			return !is(r.A) && !is(r.B)
		case mapi.Bitmask:
			return !is(r.Tag)
		case mapi.Size:
			return !is(r.Tag)
		case mapi.Exist:
			return !is(r.Tag)
		}
		return true
	})
}
