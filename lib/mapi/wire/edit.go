// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"slices"

	"twiga/lib/mapi"
)

// AppendChanged appends a bag with some properties set and some deleted, the
// others copied as they are. The properties are in order; deleting goes by id,
// and a property that is both set and deleted is set.
func AppendChanged(dst []byte, old Bag, set mapi.Props, deleted []mapi.PropTag) []byte {
	dst = append(dst, BagVersion)
	for t, v := range old.All {
		for len(set) > 0 && set[0].Tag.ID() < t.ID() {
			dst, set = AppendProp(dst, set[0].Tag, set[0].Value), set[1:]
		}
		if len(set) > 0 && set[0].Tag.ID() == t.ID() {
			dst, set = AppendProp(dst, set[0].Tag, set[0].Value), set[1:]
			continue
		}
		if !slices.ContainsFunc(deleted, func(d mapi.PropTag) bool { return d.ID() == t.ID() }) {
			dst = AppendProp(dst, t, v)
		}
	}
	for _, p := range set {
		dst = AppendProp(dst, p.Tag, p.Value)
	}
	return dst
}

// AppendSelected appends a bag with those properties of another whose ids are
// in the list, as far as it has them.
func AppendSelected(dst []byte, from Bag, tags []mapi.PropTag) []byte {
	dst = append(dst, BagVersion)
	for t, v := range from.All {
		for _, want := range tags {
			if want == t || want.ID() == t.ID() && want.Type() == mapi.PtypUnspecified {
				dst = AppendProp(dst, t, v)
				break
			}
		}
	}
	return dst
}
