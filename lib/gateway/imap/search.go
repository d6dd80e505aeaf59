// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"fmt"

	"twiga/lib/charset"
	"twiga/lib/conv/mime"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	proto "twiga/lib/proto/imap"
)

// Search implements proto.Session, RFC 3501 6.4.4. Each message is judged by
// as little as decides it: the view, then the envelope, then the header, then
// all of it. What needs contents is read for all messages in question at once.
//
// A full-text index would stand between the header and the contents: it may
// say no for a message, and only then is nothing read of it.
func (s *session) Search(ctx context.Context, query *proto.SearchQuery) (*proto.SearchResult, error) {
	all := s.sel.all()
	if len(all) == 0 {
		return &proto.SearchResult{}, nil
	}
	mem := batches.Get().(*[]item)
	defer batches.Put(mem)
	*mem = s.sel.collect((*mem)[:0], all[0])
	c, err := s.sel.compile(&query.Key)
	if err != nil {
		return nil, err
	}
	q := searcher{s: s, cond: c, found: make([]bool, len(*mem)), items: *mem}
	if err := q.run(ctx); err != nil {
		return nil, answer(err)
	}
	return q.result(query), nil
}

// DecodeText turns the text of a SEARCH into UTF-8; false for a charset that
// is not known. It is for the engine's configuration.
func DecodeText(label, text string) (string, bool) {
	c, ok := charset.Find(label)
	if !ok {
		return "", false
	}
	return charset.String(c.Name(), []byte(text)), true
}

// searcher runs one SEARCH.
type searcher struct {
	s     *session
	cond  cond
	items []item
	found []bool
	open  []int // of items, those that are not decided
}

func (q *searcher) run(ctx context.Context) error {
	for i := range q.items {
		q.judge(i, &evidence{item: &q.items[i]})
	}
	if err := q.judgeBare(ctx); err != nil {
		return err
	}
	for _, level := range []struct {
		is     evidenceLevel
		gather func(context.Context) error
	}{{levelEnvelope, q.envelopes}, {levelHeader, q.headers}, {levelWhole, q.wholes}} {
		if len(q.open) == 0 {
			return nil
		}
		if !q.cond.needs(level.is) {
			continue
		}
		if err := level.gather(ctx); err != nil {
			return err
		}
	}
	return nil
}

// judge decides about a message as far as the evidence goes.
func (q *searcher) judge(i int, e *evidence) {
	switch q.cond.eval(e) {
	case yes:
		q.found[i] = true
	case unknown:
		q.open = append(q.open, i)
	}
}

// judgeBare decides about the messages that have no MIME in the store.
func (q *searcher) judgeBare(ctx context.Context) error {
	open := q.open
	q.open = nil
	for _, i := range open {
		m := &q.items[i]
		if m.size >= 0 {
			q.open = append(q.open, i)
			continue
		}
		data, err := q.s.content(ctx, m)
		if err != nil {
			return err
		}
		if data != nil {
			m.size = int64(len(data))
			q.found[i] = q.cond.eval(&evidence{item: m, level: levelWhole, data: data}) == yes
		}
	}
	return nil
}

// undecided takes the list of open messages away and gives their rows.
func (q *searcher) undecided() ([]int, []item) {
	open := q.open
	q.open = nil
	items := make([]item, len(open))
	for i, n := range open {
		items[i] = q.items[n]
	}
	return open, items
}

// table reads a column of the open messages. Those that are gone are not found.
func (q *searcher) table(ctx context.Context, column mapi.PropTag, each func(i int, c *columns)) error {
	open, items := q.undecided()
	req := object.QueryRequest{
		Store: q.s.sel.store(), Table: object.TableContents, Folder: q.s.sel.view.folder,
		UIDs: itemRanges(items), Columns: []mapi.PropTag{tag.InternetArticleNumber, column},
	}
	at := 0
	for bag, err := range q.s.store.Query(ctx, req) {
		if err != nil {
			q.s.store.sawError(err)
			return fmt.Errorf("read messages of folder %s: %w", req.Folder, err)
		}
		c := columnsOf(bag)
		for at < len(items) && items[at].uid < c.uid {
			at++
		}
		if at < len(items) && items[at].uid == c.uid {
			each(open[at], &c)
			at++
		}
	}
	return nil
}

func (q *searcher) envelopes(ctx context.Context) error {
	var still []int
	err := q.table(ctx, tag.TwigaEnvelope, func(i int, c *columns) {
		if c.envelope == nil {
			still = append(still, i) // for the levels to come
			return
		}
		q.judge(i, &evidence{item: &q.items[i], level: levelEnvelope, envelope: c.envelope})
	})
	q.open = merge(q.open, still)
	return err
}

// merge joins two rising lists.
func merge(a, b []int) []int {
	if len(b) == 0 {
		return a
	}
	out := make([]int, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

func (q *searcher) headers(ctx context.Context) error {
	var order []int
	var items []object.ReadItem
	err := q.table(ctx, tag.TwigaParts, func(i int, c *columns) {
		item := object.ReadItem{Message: q.items[i].id, Length: -1}
		if c.parts != nil {
			q.s.sel.view.parts.keep(q.items[i].uid, c.parts)
		}
		if off, size, ok := mime.Parts(c.parts).Find(nil, mime.SectionHeader); ok {
			item.Offset, item.Length = off, size
		}
		order, items = append(order, i), append(items, item)
	})
	if err != nil {
		return err
	}
	return q.read(ctx, items, func(n int, data []byte) {
		i := order[n]
		q.judge(i, &evidence{item: &q.items[i], level: levelHeader, header: data})
	})
}

func (q *searcher) wholes(ctx context.Context) error {
	open, rows := q.undecided()
	items := make([]object.ReadItem, len(rows))
	for i := range rows {
		items[i] = object.ReadItem{Message: rows[i].id, Length: -1}
	}
	return q.read(ctx, items, func(n int, data []byte) {
		i := open[n]
		q.judge(i, &evidence{item: &q.items[i], level: levelWhole, data: data})
	})
}

// read calls each with the bytes of every item that is there.
func (q *searcher) read(ctx context.Context, items []object.ReadItem, each func(n int, data []byte)) error {
	if len(items) == 0 {
		return nil
	}
	var buf []byte
	at, left := -1, int64(0)
	for chunk, err := range q.s.store.Read(ctx, object.ReadRequest{Store: q.s.sel.store(), Items: items}) {
		switch {
		case err != nil:
			q.s.store.sawError(err)
			return fmt.Errorf("read contents: %w", err)
		case chunk.Code != 0:
			continue
		case chunk.Item != at:
			at, left, buf = chunk.Item, chunk.Size, buf[:0]
		}
		buf = append(buf, chunk.Data...)
		if left -= int64(len(chunk.Data)); left == 0 {
			each(at, buf)
			left = -1
		}
	}
	return nil
}

// result gathers what was found. The mod-sequence is that of RFC 7162 3.1.10.
func (q *searcher) result(query *proto.SearchQuery) *proto.SearchResult {
	res := &proto.SearchResult{}
	var first, last uint64
	var highest uint64
	for i, found := range q.found {
		if !found {
			continue
		}
		m := &q.items[i]
		n := m.seq
		if query.ByUID {
			n = m.uid
		}
		if len(res.Nums) == 0 {
			first = m.change
		}
		last = m.change
		highest = max(highest, m.change)
		res.Nums = append(res.Nums, n)
	}
	res.ModSeq = highest
	if query.Extended && query.Return&(proto.ReturnAll|proto.ReturnCount) == 0 {
		switch query.Return {
		case proto.ReturnMin:
			res.ModSeq = first
		case proto.ReturnMax:
			res.ModSeq = last
		default:
			res.ModSeq = max(first, last)
		}
	}
	return res
}
