// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"iter"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/store/query"
)

// row is a message as tables and restrictions see it.
type row struct {
	store       mapi.GUID
	folder      mapi.ID
	it          item
	summary     wire.Bag
	bag         wire.Bag
	recipients  []byte
	attachments []byte
	deletedAt   uint64 // when it was soft-deleted; 0 where it was not

	home func(mapi.ID) mapi.ID // of a member of a search folder: where a message is
}

// parent is the folder that the message is in.
func (r *row) parent() mapi.ID {
	if r.home != nil {
		return r.home(r.it.id)
	}
	return r.folder
}

var _ match.Parent = (*row)(nil)

func (r *row) lineage() lineage { return lineageOf(r.store, &r.it, r.bag) }

// Get implements match.Source.
func (r *row) Get(t mapi.PropTag) (mapi.Value, bool) {
	if i := findComputed(t); i >= 0 {
		v := computed[i].of(r)
		return v, !v.IsZero()
	}
	if isSummary(t) {
		return r.summary.Get(t)
	}
	return r.bag.Get(t)
}

// Subs implements match.Parent.
func (r *row) Subs(of mapi.PropTag) iter.Seq[match.Source] {
	return func(yield func(match.Source) bool) {
		if of.ID() == tag.MessageRecipients.ID() {
			list, _ := unpackRecipients(r.recipients)
			for _, b := range list {
				if !yield(b) {
					return
				}
			}
		}
		if of.ID() == tag.MessageAttachments.ID() {
			list, _ := unpackAttachments(r.attachments)
			for _, a := range list {
				if !yield(a.bag) {
					return
				}
			}
		}
	}
}

// needs are the parts of the message's row that a query reads beside the item.
type needs struct {
	summary, bag, subs bool
	place              bool // of the item nothing but where it is: folder, UID and id
}

func (n *needs) tag(t mapi.PropTag) {
	t = query.Plain(t)
	switch {
	case query.IsPlace(t):
	case findComputed(t) >= 0:
		n.bag = n.bag || isLineage(t) || t.ID() == tag.TwigaThreadID.ID()
	case isSummary(t):
		n.summary = true
	default:
		n.bag = true
	}
}

// restriction notes what a condition looks at.
func (n *needs) restriction(r mapi.Restriction) {
	switch r := r.(type) {
	case mapi.And:
		for _, p := range r {
			n.restriction(p)
		}
	case mapi.Or:
		for _, p := range r {
			n.restriction(p)
		}
	case mapi.Not:
		n.restriction(r.Of)
	case mapi.Comment:
		n.restriction(r.Of)
	case mapi.Count:
		n.restriction(r.Of)
	case mapi.Content:
		n.loose(r.Tag)
	case mapi.Property:
		n.loose(r.Tag)
	case mapi.Compare:
		n.loose(r.A)
		n.loose(r.B)
	case mapi.Bitmask:
		n.loose(r.Tag)
	case mapi.Size:
		n.loose(r.Tag)
	case mapi.Exist:
		n.loose(r.Tag)
	case mapi.Sub:
		n.subs = true
	}
}

// loose notes a tag that is also looked for with other types.
func (n *needs) loose(t mapi.PropTag) {
	n.tag(t)
	n.tag(t.WithType(mapi.PtypUnspecified))
}

// column is one column of an answer and where it comes from.
type column struct {
	tag      mapi.PropTag
	computed int // place in computed, -1 for none
	summary  bool
}

// plan puts the columns into the order of a bag, each id once, the first asked
// of those with the same id.
func plan(tags []mapi.PropTag) []column {
	out := make([]column, 0, len(tags))
	for _, t := range tags {
		if !slices.ContainsFunc(out, func(c column) bool { return c.tag.ID() == t.ID() }) {
			out = append(out, column{t, findComputed(t), isSummary(t)})
		}
	}
	slices.SortFunc(out, func(a, b column) int { return cmp.Compare(a.tag.ID(), b.tag.ID()) })
	return out
}

// appendRow appends a bag of those of the columns that the row has.
func appendRow(dst []byte, r *row, columns []column) wire.Bag {
	dst = append(dst, wire.BagVersion)
	for _, c := range columns {
		var v mapi.Value
		switch {
		case c.computed >= 0:
			v = computed[c.computed].of(r)
		case c.summary:
			v, _ = r.summary.Get(c.tag)
		default:
			v, _ = r.bag.Get(c.tag)
		}
		if !v.IsZero() {
			dst = wire.AppendProp(dst, c.tag.WithType(v.Type()), v)
		}
	}
	return dst
}

// appendAll appends a bag of all properties: those of the bag, of the summary
// and of the item, merged.
func appendAll(dst []byte, r *row) wire.Bag {
	dst = append(dst, wire.BagVersion)
	next := 0
	computedUpTo := func(id int) {
		for ; next < len(computed) && int(computed[next].tag.ID()) < id; next++ {
			same := next > 0 && computed[next-1].tag.ID() == computed[next].tag.ID()
			if v := computed[next].of(r); !v.IsZero() && !same {
				dst = wire.AppendProp(dst, computed[next].tag, v)
			}
		}
	}
	rest := r.bag
	summary := r.summary.Props()
	summaryUpTo := func(id int) {
		for len(summary) > 0 && int(summary[0].Tag.ID()) < id {
			computedUpTo(int(summary[0].Tag.ID()))
			dst = wire.AppendProp(dst, summary[0].Tag, summary[0].Value)
			summary = summary[1:]
		}
	}
	for t, v := range rest.All {
		if t == tag.TwigaOrigin {
			continue
		}
		summaryUpTo(int(t.ID()))
		computedUpTo(int(t.ID()))
		dst = wire.AppendProp(dst, t, v)
	}
	summaryUpTo(1 << 16)
	computedUpTo(1 << 16)
	return dst
}
