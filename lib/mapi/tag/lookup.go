// SPDX-License-Identifier: AGPL-3.0-or-later

package tag

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"twiga/lib/mapi"
)

//go:generate go run ./gen

// Prefix is what the canonical names of tagged properties begin with, [MS-OXPROPS] 1.3.4.
const Prefix = "PidTag"

// Name is the tag's constant name in this package ("Subject" for
// PidTagSubject), else the tag as 0x0037001f. Where several properties share a
// tag it is the first of them in the alphabet.
func Name(t mapi.PropTag) string {
	at := sort.Search(len(tagOrder), func(i int) bool { return namedTags[tagOrder[i]] >= t })
	if at < len(tagOrder) && namedTags[tagOrder[at]] == t {
		return tagNames[tagOrder[at]]
	}
	return t.String()
}

// Parse is the inverse of Name; it also takes the canonical name with PidTag
// before it, and a tag as eight hexadecimal digits behind 0x.
func Parse(name string) (mapi.PropTag, bool) {
	if at, ok := slices.BinarySearch(tagNames[:], strings.TrimPrefix(name, Prefix)); ok {
		return namedTags[at], true
	}
	digits, ok := strings.CutPrefix(name, "0x")
	if !ok || len(digits) != 8 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	return mapi.PropTag(n), err == nil
}
