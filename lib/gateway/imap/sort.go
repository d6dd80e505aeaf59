// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"cmp"
	"context"
	"slices"

	"twiga/lib/conv/arrange"
	proto "twiga/lib/proto/imap"
)

// Sort implements proto.SortSession, RFC 5256 3. The orders that were asked for
// are kept with the view: one that was asked for before costs a walk over it.
func (s *session) Sort(ctx context.Context, query *proto.SearchQuery) (*proto.SearchResult, error) {
	res, err := s.sort(ctx, query)
	if err != nil {
		return nil, err
	}
	return res, s.keepResult(query, res)
}

func (s *session) sort(ctx context.Context, query *proto.SearchQuery) (*proto.SearchResult, error) {
	spans, err := s.whole(&query.Key)
	if err != nil {
		return nil, err
	}
	q, err := s.search(ctx, s.sel, spans, &query.Key)
	if err != nil || q == nil {
		return &proto.SearchResult{}, err
	}
	defer q.release()
	res := q.result(query)
	if slices.ContainsFunc(query.Sort, func(c proto.SortCriterion) bool { return c.By == proto.SortRelevancy }) {
		return res, answer(q.sortByWorth(ctx, query, res))
	}
	by := criteria(query.Sort)
	a := &s.sel.view.arranged
	defer s.conn.Working(a.progress)() // until nobody waits for us
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.bringLocked(ctx, s, s.sel.view, arrange.NeedsRecords(by)); err != nil {
		return nil, answer(err)
	}
	q.reorder(query, res, a.table, by)
	return res, nil
}

// reorder puts a result, which is in the order of the mailbox, into that of the
// criteria.
func (q *searcher) reorder(query *proto.SearchQuery, res *proto.SearchResult, t *arrange.Table, by []arrange.Criterion) {
	place := q.places(t)
	n := len(res.Nums)
	nums, uids, worth := make([]uint32, 0, n), res.UIDs[:0:0], res.Relevancy[:0:0]
	for _, row := range t.Order(by) {
		at := place[row]
		if at == 0 {
			continue
		}
		m := &q.items[at-1]
		nums = append(nums, m.number(query))
		if res.UIDs != nil {
			uids = append(uids, m.uid)
		}
		if res.Relevancy != nil {
			i, _ := slices.BinarySearch(res.Nums, nums[len(nums)-1])
			worth = append(worth, res.Relevancy[i])
		}
	}
	res.Nums, res.UIDs, res.Relevancy = nums, uids, worth
	res.ModSeq = q.modSeq(query, nums)
}

// criteria are those of a SORT for an order of a table; that of the relevancy
// is left out.
func criteria(sort []proto.SortCriterion) []arrange.Criterion {
	fields := [...]arrange.Field{
		proto.SortArrival: arrange.Arrival, proto.SortCc: arrange.Cc, proto.SortDate: arrange.Date, proto.SortFrom: arrange.From,
		proto.SortSize: arrange.Size, proto.SortSubject: arrange.Subject, proto.SortTo: arrange.To,
		proto.SortDisplayFrom: arrange.DisplayFrom, proto.SortDisplayTo: arrange.DisplayTo,
	}
	var out []arrange.Criterion
	for _, c := range sort {
		if int(c.By) < len(fields) {
			out = append(out, arrange.Criterion{By: fields[c.By], Reverse: c.Reverse})
		}
	}
	return out
}

// places says for each row of a table which message found it is: 1 + its place
// in items, 0 for none.
func (q *searcher) places(t *arrange.Table) []uint32 {
	place := make([]uint32, t.Len())
	hint := 0
	for i, found := range q.found {
		if !found {
			continue
		}
		if at, ok := t.Index(q.items[i].uid, hint); ok {
			place[at] = uint32(i + 1)
			hint = at + 1
		}
	}
	return place
}

// sortByWorth puts a result into an order that looks at the relevancy
// (RFC 6203 5), the best first.
func (q *searcher) sortByWorth(ctx context.Context, query *proto.SearchQuery, res *proto.SearchResult) error {
	by := criteria(query.Sort)
	v := q.sel.view
	a := &v.arranged
	defer q.s.conn.Working(a.progress)() // until nobody waits for us
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.bringLocked(ctx, q.s, v, arrange.NeedsRecords(by)); err != nil {
		return err
	}
	worth := q.relevancy()
	type hit struct{ row, item, n int }
	var hits []hit
	for i, found := range q.found {
		if row, ok := a.table.Index(q.items[i].uid, i); found && ok {
			hits = append(hits, hit{row, i, len(hits)})
		}
	}
	slices.SortFunc(hits, func(x, y hit) int {
		k := 0
		for _, c := range query.Sort {
			var n int
			if c.By == proto.SortRelevancy {
				if n = cmp.Compare(worth[y.n], worth[x.n]); c.Reverse {
					n = -n
				}
			} else {
				n = a.table.Compare(by[k], uint32(x.row), uint32(y.row))
				k++
			}
			if n != 0 {
				return n
			}
		}
		return cmp.Compare(x.row, y.row)
	})
	nums, uids, scores := res.Nums[:0:0], res.UIDs[:0:0], res.Relevancy[:0:0]
	for _, h := range hits {
		nums = append(nums, res.Nums[h.n])
		if res.UIDs != nil {
			uids = append(uids, res.UIDs[h.n])
		}
		if res.Relevancy != nil {
			scores = append(scores, worth[h.n])
		}
	}
	res.Nums, res.UIDs, res.Relevancy = nums, uids, scores
	res.ModSeq = q.modSeq(query, nums)
	return nil
}

var _ proto.SortSession = (*session)(nil)
