// SPDX-License-Identifier: AGPL-3.0-or-later

package query

import (
	"fmt"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

// Describe is a restriction as people read it.
func Describe(r mapi.Restriction) string {
	switch r := r.(type) {
	case nil:
		return "all"
	case mapi.And:
		return "(" + describeAll(r, " and ") + ")"
	case mapi.Or:
		return "(" + describeAll(r, " or ") + ")"
	case mapi.Not:
		return "not " + Describe(r.Of)
	case mapi.Comment:
		return Describe(r.Of)
	case mapi.Count:
		return fmt.Sprintf("the first %d of %s", r.N, Describe(r.Of))
	case mapi.Sub:
		return fmt.Sprintf("one of %s has %s", Name(r.Of), Describe(r.Part))
	case mapi.Content:
		return fmt.Sprintf("%s %s %q", Name(r.Tag), fuzzyName(r.Match), r.Value.String())
	case mapi.Property:
		return fmt.Sprintf("%s %s %q", Name(r.Tag), opName(r.Op), r.Value.String())
	case mapi.Compare:
		return fmt.Sprintf("%s %s %s", Name(r.A), opName(r.Op), Name(r.B))
	case mapi.Bitmask:
		if r.NonZero {
			return fmt.Sprintf("%s has a bit of 0x%x", Name(r.Tag), r.Mask)
		}
		return fmt.Sprintf("%s has no bit of 0x%x", Name(r.Tag), r.Mask)
	case mapi.Size:
		return fmt.Sprintf("size of %s %s %d", Name(r.Tag), opName(r.Op), r.Size)
	case mapi.Exist:
		return Name(r.Tag) + " exists"
	}
	return fmt.Sprintf("%T", r)
}

func describeAll(list []mapi.Restriction, with string) string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = Describe(p)
	}
	return strings.Join(out, with)
}

// Name is a property's name, or its tag where it has none.
func Name(t mapi.PropTag) string { return tag.Name(Plain(t)) }

func opName(op mapi.RelOp) string {
	if op == mapi.RE {
		return "matches"
	}
	return strings.TrimSpace(relations[op])
}

func fuzzyName(l mapi.FuzzyLevel) string {
	out := [...]string{"is", "contains", "begins with"}[l&0xffff]
	if l&mapi.Loose != 0 {
		return out + " loosely"
	}
	if l&mapi.IgnoreCase != 0 {
		out += " without case"
	}
	if l&mapi.IgnoreNonSpace != 0 {
		out += " without diacritics"
	}
	return out
}

// DescribeSort is a sort order as people read it.
func DescribeSort(order mapi.SortOrder) string {
	out := make([]string, len(order))
	for i, k := range order {
		out[i] = Name(k.Tag)
		if k.Descending {
			out[i] += " falling"
		}
	}
	return strings.Join(out, ", ")
}
