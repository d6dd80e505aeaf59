// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"twiga/lib/conv/arrange"
	"twiga/lib/conv/mime"
	"twiga/lib/mapi/tag"
)

// arranged is what a view keeps for SORT and THREAD: made when it is first asked
// for, brought up to date when it is asked for again, and dropped with the view.
// Messages that were expunged stay in it until they are too many. The zero value
// is ready for use.
type arranged struct {
	mu    sync.Mutex // guards the fields that follow; taken before the view's mu
	table *arrange.Table
	pins  int // results that are kept in its order, so that no message may leave it

	done, goal atomic.Uint64 // records read of those that were lacking
}

// progress is how far the table is; it takes no lock.
func (a *arranged) progress() (done, goal uint64) { return a.done.Load(), a.goal.Load() }

// maxGone is which part of a table may be messages that are gone: 1 in maxGone.
const maxGone = 4

// take brings the table up to date with the view. The caller holds mu.
func (a *arranged) take(v *view) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if a.table != nil && a.pins == 0 && a.table.Len() > len(v.rows)+len(v.rows)/maxGone+1000 {
		a.table = nil
	}
	if a.table == nil {
		a.table = arrange.NewTable(len(v.rows) + len(v.rows)/16 + 16)
	}
	from := 0
	if uids := a.table.UIDs(); len(uids) > 0 {
		last := uids[len(uids)-1]
		var found bool
		if from, found = v.find(last, max(len(v.uids)-1, 0)); found {
			from++
		}
	}
	for i := from; i < len(v.rows); i++ {
		r := &v.rows[i]
		a.table.Add(arrange.Row{UID: r.uid, Received: r.received, Sent: r.sent, HasSent: r.sent != 0, Size: max(r.size, 0)})
	}
}

// pin keeps the messages in the table that are gone, while there are pins.
func (a *arranged) pin(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pins += n
}

// bring makes the table ready to compare by the criteria.
func (a *arranged) bring(ctx context.Context, s *session, v *view, by []arrange.Criterion) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.bringLocked(ctx, s, v, arrange.NeedsRecords(by))
}

// bringLocked brings the table up to date, with the records of its messages if
// they are needed. The caller holds mu, for as long as it uses the table.
func (a *arranged) bringLocked(ctx context.Context, s *session, v *view, records bool) error {
	a.take(v)
	if !records {
		return nil
	}
	return a.records(ctx, s, v)
}

// records reads the records that the table lacks, of those messages that are
// still there. The caller holds mu.
func (a *arranged) records(ctx context.Context, s *session, v *view) error {
	t := a.table
	from := t.Recorded()
	if from == t.Len() {
		return nil
	}
	uids := t.UIDs()[from:]
	items := make([]item, 0, len(uids))
	v.mu.RLock()
	at, _ := slices.BinarySearch(v.uids, uids[0])
	for ; at < len(v.rows) && v.rows[at].uid <= uids[len(uids)-1]; at++ {
		items = append(items, item{row: v.rows[at], seq: uint32(at + 1)})
	}
	v.mu.RUnlock()
	a.done.Store(0)
	a.goal.Store(uint64(len(items)))
	defer a.goal.Store(0)
	place := 0
	add := func(n int, packed []byte) {
		for ; uids[place] != items[n].uid; place++ {
			t.AddRecord(nil) // it is gone
		}
		t.AddRecord(packed)
		place++
	}
	added := 0
	packed := make([][]byte, len(items)) // of those behind the first that is lacking
	err := s.table(ctx, v, items, tag.TwigaArrangement, func(n int, c *columns) {
		switch {
		case len(c.arrangement) == 0:
			return
		case n == added:
			add(n, c.arrangement)
			added++
		default:
			packed[n] = bytes.Clone(c.arrangement)
		}
		a.done.Add(1)
	})
	if err != nil {
		return err
	}
	if err := s.lacking(ctx, v, items[added:], packed[added:], func() { a.done.Add(1) }); err != nil {
		return err
	}
	for n := added; n < len(items); n++ {
		add(n, packed[n])
	}
	for range uids[place:] {
		t.AddRecord(nil)
	}
	return nil
}

// lacking makes the records of messages that were saved without one, of their
// headers, and says so of each.
func (s *session) lacking(ctx context.Context, v *view, items []item, packed [][]byte, made func()) error {
	var missing []int
	for i := range items {
		if len(packed[i]) == 0 {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	q := searcher{s: s, sel: &selected{view: v}, items: items}
	for _, i := range missing {
		if m := &items[i]; m.size >= 0 {
			q.open = append(q.open, i)
			continue
		}
		data, err := s.content(ctx, &items[i])
		if err != nil {
			return err
		}
		packed[i] = mime.NewStructure(data).AppendArrangement(nil)
		made()
	}
	return q.eachHeader(ctx, func(i int, header []byte) {
		packed[i] = mime.AppendArrangement(nil, header)
		made()
	})
}
