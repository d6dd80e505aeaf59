// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"cmp"
	"context"
	"slices"

	"twiga/lib/conv/arrange"
	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/imap/wire"
)

// Bounds of what a session keeps current, beyond the first result, which every
// client may have (RFC 5267 4.3.1).
const (
	maxContexts    = 16
	maxContextUIDs = 1 << 20 // in all results together
)

// searchContext is a result of SEARCH or SORT that is kept as the client knows
// it (RFC 5267 4.3).
type searchContext struct {
	tag   string
	byUID bool
	key   proto.SearchKey // without sequence numbers, which mean other messages later
	fetch *proto.FetchOptions
	by    []arrange.Criterion // of SORT; nil for SEARCH
	uids  []uint32            // in their order
}

// keepContext keeps the result of a search current from here on. uids are all
// that were found, in their order.
func (s *session) keepContext(query *proto.SearchQuery, uids []uint32) (kept bool, err error) {
	sel, total := s.sel, len(uids)
	for _, c := range sel.contexts {
		if c.tag == query.Update.Tag {
			return false, proto.Bad("Tag reuse")
		}
		total += len(c.uids)
	}
	byWorth := slices.ContainsFunc(query.Sort, func(c proto.SortCriterion) bool { return c.By == proto.SortRelevancy })
	if n := len(sel.contexts); byWorth || n > 0 && (n >= maxContexts || total > maxContextUIDs) {
		return false, nil
	}
	c := &searchContext{
		tag: query.Update.Tag, byUID: query.ByUID, key: sel.lasting(&query.Key), fetch: query.Update.Fetch,
		by: criteria(query.Sort), uids: slices.Clone(uids),
	}
	if len(sel.contexts) == 0 {
		sel.judged = sel.ahead
	}
	sel.contexts = append(sel.contexts, c)
	if c.by != nil {
		sel.view.arranged.pin(1)
	}
	return true, nil
}

// lasting is a key with UIDs in the place of sequence numbers.
func (s *selected) lasting(k *proto.SearchKey) proto.SearchKey {
	out := *k
	if k.Op == proto.SearchSeqSet {
		out.Op, out.Set = proto.SearchUIDSet, nil
		for _, r := range k.Set.Resolve(uint32(len(s.uids))) {
			for i := r.Start; i <= min(r.Stop, uint32(len(s.uids))); i++ {
				out.Set.Add(s.uids[i-1])
			}
		}
		if slices.ContainsFunc(k.Set, func(r proto.Range) bool { return r.Stop == wire.Star || r.Start == wire.Star }) {
			out.Set = append(out.Set, proto.Range{Start: s.knownUID() + 1, Stop: wire.Star})
		}
	}
	out.Keys = make([]proto.SearchKey, len(k.Keys))
	for i := range k.Keys {
		out.Keys[i] = s.lasting(&k.Keys[i])
	}
	return out
}

// CancelUpdates implements proto.ContextSession, RFC 5267 4.3.5.
func (s *session) CancelUpdates(tags []string) {
	s.sel.dropContexts(func(c *searchContext) bool { return slices.Contains(tags, c.tag) })
}

func (s *selected) dropContexts(which func(*searchContext) bool) {
	s.contexts = slices.DeleteFunc(s.contexts, func(c *searchContext) bool {
		drop := which(c)
		if drop && c.by != nil {
			s.view.arranged.pin(-1)
		}
		return drop
	})
}

// tellGone takes messages out of the results that are about to be told as gone
// (RFC 5267 4.3.4: before that).
func (s *selected) tellGone(w *proto.ResponseWriter, gone []proto.Gone) error {
	for _, c := range s.contexts {
		u := update{c: c, sel: s}
		u.arrange()
		for _, g := range slices.Backward(gone) {
			u.remove(g.UID, g.Seq)
		}
		u.end()
		if err := w.ContextChanged(c.tag, c.byUID, u.changes); err != nil {
			return err
		}
	}
	return nil
}

// updateContexts tells what the messages that changed, as far as the client was
// told of them, do to its results. The work is that of judging these.
func (s *session) updateContexts(ctx context.Context, w *proto.ResponseWriter) error {
	sel := s.sel
	if len(sel.contexts) == 0 || sel.judged == sel.ahead {
		return nil
	}
	items := sel.movedSince(sel.judged)
	for _, c := range sel.contexts {
		if err := s.updateContext(ctx, w, c, items); err != nil {
			return err
		}
	}
	sel.judged = sel.ahead
	return nil
}

func (s *session) updateContext(ctx context.Context, w *proto.ResponseWriter, c *searchContext, items []item) error {
	if len(items) == 0 {
		return nil
	}
	if c.by != nil {
		if err := s.sel.view.arranged.bring(ctx, s, s.sel.view, c.by); err != nil {
			return err
		}
	}
	q := s.searcherOf(s.sel, &c.key, slices.Clone(items))
	if err := q.run(ctx); err != nil {
		return err
	}
	u := update{c: c, sel: s.sel}
	u.arrange()
	var fresh proto.NumSet
	for i := range q.items {
		m := &q.items[i]
		if !q.found[i] {
			u.remove(m.uid, m.seq)
		}
	}
	for i := range q.items {
		m := &q.items[i]
		if q.found[i] && u.add(m.uid, m.seq) && m.isNew {
			fresh.Add(m.uid)
		}
	}
	u.end()
	if c.fetch != nil && len(fresh) > 0 { // RFC 5465 7: first these
		if err := s.Fetch(ctx, w, fresh, s.unasked(w, c.fetch)); err != nil {
			return err
		}
	}
	return w.ContextChanged(c.tag, c.byUID, u.changes)
}

// movedSince are the messages that the client knows and that changed in the
// view, by the log from that place up to where the client was told.
func (s *selected) movedSince(from uint64) []item {
	v := s.view
	v.mu.RLock()
	var uids []uint32
	isNew := map[uint32]bool{}
	whole := from < v.logStart
	if !whole {
		for _, m := range v.log[from-v.logStart : max(from, s.ahead)-v.logStart] {
			if m.kind != modGone {
				uids = append(uids, m.uid)
			}
			if m.kind == modNew {
				isNew[m.uid] = true
			}
		}
	}
	v.mu.RUnlock()
	if whole {
		return s.collect(nil, span{0, len(s.uids)})
	}
	slices.Sort(uids)
	var out []item
	at := 0
	for _, uid := range slices.Compact(uids) {
		seq, ok := s.sequence(uid, at)
		if !ok {
			continue
		}
		at = seq
		n := len(out)
		if out = s.collect(out, span{seq - 1, seq}); len(out) > n {
			out[n].isNew = isNew[uid]
		}
	}
	return out
}

// update makes the changes of one result.
type update struct {
	c       *searchContext
	sel     *selected
	table   *arrange.Table // of an order; locked
	compare func(a, b uint32) int
	changes []proto.ContextChange
}

func (u *update) arrange() {
	if u.c.by != nil {
		a := &u.sel.view.arranged
		a.mu.Lock()
		if a.table == nil {
			a.take(u.sel.view)
		}
		u.table, u.compare = a.table, a.table.Comparison(u.c.by)
	}
}

func (u *update) end() {
	if u.c.by != nil {
		u.sel.view.arranged.mu.Unlock()
	}
}

// find is the place of a message in the result, or where it would be.
func (u *update) find(uid uint32) (int, bool) {
	if u.table == nil {
		return slices.BinarySearch(u.c.uids, uid)
	}
	row, ok := u.table.Index(uid, 0)
	if !ok {
		return len(u.c.uids), false
	}
	return slices.BinarySearchFunc(u.c.uids, uint32(row), func(other, row uint32) int {
		if at, ok := u.table.Index(other, 0); ok {
			return u.compare(uint32(at), row)
		}
		return cmp.Compare(other, uid) // it is pinned, so that this does not happen
	})
}

func (u *update) remove(uid, seq uint32) {
	if at, ok := u.find(uid); ok {
		u.c.uids = slices.Delete(u.c.uids, at, at+1)
		u.note(false, at, uid, seq)
	}
}

// add says whether the message was not in the result.
func (u *update) add(uid, seq uint32) bool {
	at, ok := u.find(uid)
	if !ok {
		u.c.uids = slices.Insert(u.c.uids, at, uid)
		u.note(true, at, uid, seq)
	}
	return !ok
}

// note notes a change. A result in the order of the mailbox needs no places.
func (u *update) note(add bool, at int, uid, seq uint32) {
	num := seq
	if u.c.byUID {
		num = uid
	}
	last := len(u.changes) - 1
	switch {
	case u.table != nil:
		u.changes = append(u.changes, proto.ContextChange{Add: add, At: uint32(at + 1), Nums: []uint32{num}})
	case last >= 0 && u.changes[last].Add == add:
		u.changes[last].Nums = append(u.changes[last].Nums, num)
	default:
		u.changes = append(u.changes, proto.ContextChange{Add: add, Nums: []uint32{num}})
	}
}

var _ proto.ContextSession = (*session)(nil)
