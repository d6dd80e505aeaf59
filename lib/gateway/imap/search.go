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
// its texts. What needs contents is read for all messages in question at once.
func (s *session) Search(ctx context.Context, query *proto.SearchQuery) (*proto.SearchResult, error) {
	scope := s.scope(s.sel, &query.Key)
	all := count(scope)
	spans := s.limited(scope)
	q, err := s.search(ctx, s.sel, spans, &query.Key)
	if err != nil {
		return nil, err
	}
	res := &proto.SearchResult{}
	if q != nil {
		defer q.release()
		res = q.result(query)
	}
	if count(spans) < all { // what is not known as a whole cannot be kept current
		res.NotUpdated = true
		return res, nil
	}
	return res, s.keepResult(query, res)
}

// search finds those of some messages of a folder that match; nil where there
// are none. Who calls releases it.
func (s *session) search(ctx context.Context, sel *selected, spans []span, key *proto.SearchKey) (*searcher, error) {
	if len(spans) == 0 {
		return nil, nil
	}
	mem := batches.Get().(*[]item)
	q := s.searcherOf(sel, key, (*mem)[:0])
	q.mem = mem
	q.collect(spans)
	if err := q.decide(ctx); err != nil {
		q.release()
		return nil, answer(err)
	}
	return q, nil
}

// searchBatch is how many rows of a view are looked at with its lock held.
const searchBatch = 1024

// collect gathers those messages that their rows in the view do not rule out.
func (q *searcher) collect(spans []span) {
	q.total = count(spans)
	e := evidence{scores: q.scores()}
	for _, p := range spans {
		for p.first < p.last {
			piece := span{p.first, min(p.first+searchBatch, p.last)}
			p.first = piece.last
			at := len(q.items)
			q.items = q.sel.collect(q.items, piece)
			for _, m := range q.items[at:] {
				q.items[at], q.found = m, append(q.found[:at], false)
				e.item = &q.items[at]
				if q.judge(at, &e) != no {
					at++
				}
			}
			q.items, q.found = q.items[:at], q.found[:at]
		}
	}
	*q.mem = q.items
}

// searcherOf makes the searcher that judges some messages of a folder.
func (s *session) searcherOf(sel *selected, key *proto.SearchKey, items []item) *searcher {
	k := compiler{s: sel, now: s.gw.cfg.Now()}
	c := k.compile(key, false)
	return &searcher{
		s: s, sel: sel, cond: c, keys: k, items: items, found: make([]bool, len(items)), total: len(items), index: s.gw.cfg.Candidates,
	}
}

// keepResult keeps a result current where that is asked for.
func (s *session) keepResult(query *proto.SearchQuery, res *proto.SearchResult) error {
	if query.Update == nil {
		return nil
	}
	uids := res.UIDs
	if query.ByUID {
		uids = res.Nums
	}
	kept, err := s.keepContext(query, uids)
	res.NotUpdated = !kept
	return err
}

// SearchExtensions implements proto.ExtendedSearchSession.
func (s *session) SearchExtensions() proto.SearchExtensions {
	return proto.SearchesWithin | proto.SearchesFuzzy | proto.SearchesI18N | proto.SearchesSaveDate | proto.SearchesObjectID
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
	sel   *selected
	cond  cond
	keys  compiler // what it was made by, and learned of it
	mem   *[]item
	items []item // those that may match
	found []bool // of items
	open  []int  // of items, those that are not decided
	index Candidates
	fuzzy fuzzyScores // what the messages found are worth, where a key is fuzzy

	total   int // messages to search
	decided int // of them
}

func (q *searcher) release() { batches.Put(q.mem) }

// run judges all of the items.
func (q *searcher) run(ctx context.Context) error {
	e := evidence{scores: q.scores()}
	for i := range q.items {
		e.item = &q.items[i]
		q.judge(i, &e)
	}
	return q.decide(ctx)
}

// decide judges what is open by more and more evidence.
func (q *searcher) decide(ctx context.Context) error {
	if !q.cond.needs(levelIDs) {
		if err := q.judgeBare(ctx); err != nil {
			return err
		}
	}
	for _, level := range []struct {
		is     evidenceLevel
		gather func(context.Context) error
	}{{levelIDs, q.objectIDs}, {levelEnvelope, q.envelopes}, {levelHeader, q.headers}, {levelText, q.texts}} {
		if len(q.open) == 0 {
			return nil
		}
		if !q.cond.needs(level.is) && !(level.is == levelHeader && q.cond.envelopeAlone()) {
			continue
		}
		if err := level.gather(ctx); err != nil {
			return err
		}
	}
	return nil
}

// judge decides about a message as far as the evidence goes.
func (q *searcher) judge(i int, e *evidence) verdict {
	v := q.verdict(e)
	switch v {
	case yes:
		q.found[i] = true
		q.fuzzy.note(i, e)
	case unknown:
		q.open = append(q.open, i)
		return v
	}
	q.decided++
	return v
}

// progress tells the client now and then how far the search is (RFC 9585). That
// the client has gone is for those to notice who write what was found.
func (q *searcher) progress() { _ = q.s.conn.Progress(uint64(q.decided), uint64(q.total)) }

// verdict is what the condition says of a message.
func (q *searcher) verdict(e *evidence) verdict {
	if e.scores != nil {
		*e.scores = (*e.scores)[:0]
	}
	return q.cond.eval(e)
}

// judgeBare decides about the messages that have no MIME in the store.
func (q *searcher) judgeBare(ctx context.Context) error {
	open := q.open
	q.open = nil
	for _, i := range open {
		q.progress()
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
			e := evidence{item: m, scores: q.scores()}
			e.whole(data)
			if q.verdict(&e) == yes {
				q.found[i] = true
				q.fuzzy.note(i, &e)
			}
		}
	}
	return nil
}

// table reads a column of some messages. Those that are gone are not found.
func (q *searcher) table(ctx context.Context, open []int, column mapi.PropTag, each func(i int, c *columns)) error {
	items := make([]item, len(open))
	for i, n := range open {
		items[i] = q.items[n]
	}
	return q.s.table(ctx, q.sel.view, items, column, func(n int, c *columns) { each(open[n], c) })
}

// table reads a column of some messages of a view.
func (s *session) table(ctx context.Context, v *view, items []item, column mapi.PropTag, each func(n int, c *columns)) error {
	if len(items) == 0 {
		return nil
	}
	req := object.QueryRequest{
		Store: v.box.guid, Table: object.TableContents, Folder: v.folder,
		UIDs: itemRanges(items), Columns: []mapi.PropTag{tag.InternetArticleNumber, column},
	}
	if column == tag.TwigaEnvelope {
		req.Columns = append(req.Columns, tag.TwigaEnvelopeShort)
	}
	at := 0
	for bag, err := range s.store.Query(ctx, req) {
		if err != nil {
			s.store.sawError(err)
			return fmt.Errorf("read messages of folder %s: %w", req.Folder, err)
		}
		c := columnsOf(bag)
		for at < len(items) && items[at].uid < c.uid {
			at++
		}
		if at < len(items) && items[at].uid == c.uid {
			each(at, &c)
			at++
		}
	}
	return nil
}

// envelopes judges by what ENVELOPE has, from memory where it was read before.
func (q *searcher) envelopes(ctx context.Context) error {
	open := q.open
	q.open = nil
	fields := &q.sel.view.fields
	e := evidence{level: levelEnvelope, scores: q.scores()}
	var missing []int
	for _, i := range open {
		var ok bool
		if e.fields, ok = fields.get(q.items[i].uid); !ok {
			missing = append(missing, i)
			continue
		}
		e.item = &q.items[i]
		q.judge(i, &e)
	}
	var still []int
	err := q.table(ctx, missing, tag.TwigaEnvelope, func(i int, c *columns) {
		if c.envelope == nil {
			still = append(still, i) // for the levels to come
			return
		}
		e.item, e.fields = &q.items[i], fieldKeys(c.envelope, c.short)
		fields.keep(e.uid, e.fields)
		q.judge(i, &e)
		q.progress()
	})
	q.open = merge(q.open, still)
	return err
}

// merge sorts out what was left open for two reasons.
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

// headers judges by the header.
func (q *searcher) headers(ctx context.Context) error {
	e := evidence{level: levelHeader, scores: q.scores()}
	return q.eachHeader(ctx, func(i int, header []byte) {
		e.item, e.header = &q.items[i], header
		q.sel.view.fields.complete(e.uid, header)
		q.judge(i, &e)
		q.progress()
	})
}

// eachHeader calls f with the header of each open message that is there. None is
// open then.
func (q *searcher) eachHeader(ctx context.Context, f func(i int, header []byte)) error {
	var order []int
	var items []object.ReadItem
	open := q.open
	q.open = nil
	err := q.table(ctx, open, tag.TwigaParts, func(i int, c *columns) {
		item := object.ReadItem{Message: q.items[i].id, Length: -1}
		if c.parts != nil {
			q.sel.view.parts.keep(q.items[i].uid, c.parts)
		}
		if off, size, ok := mime.Parts(c.parts).Find(nil, mime.SectionHeader); ok {
			item.Offset, item.Length = off, size
		}
		order, items = append(order, i), append(items, item)
	})
	if err != nil {
		return err
	}
	return q.s.read(ctx, q.sel.view, items, func(n int, data []byte) { f(order[n], data) })
}

// read calls each with the bytes of every item that is there.
func (s *session) read(ctx context.Context, v *view, items []object.ReadItem, each func(n int, data []byte)) error {
	if len(items) == 0 {
		return nil
	}
	var buf []byte
	at, left := -1, int64(0)
	for chunk, err := range s.store.Read(ctx, object.ReadRequest{Store: v.box.guid, Items: items}) {
		switch {
		case err != nil:
			s.store.sawError(err)
			return fmt.Errorf("read contents: %w", err)
		case chunk.Code != 0:
			continue
		case chunk.Item != at:
			at, left, buf = chunk.Item, chunk.Size, buf[:0]
		}
		if left -= int64(len(chunk.Data)); left == 0 && len(buf) == 0 {
			each(at, chunk.Data)
			left = -1
			continue
		}
		buf = append(buf, chunk.Data...)
		if left == 0 {
			each(at, buf)
			left = -1
		}
	}
	return nil
}

// result gathers what was found.
func (q *searcher) result(query *proto.SearchQuery) *proto.SearchResult {
	res := &proto.SearchResult{}
	n := 0
	for _, found := range q.found {
		if found {
			n++
		}
	}
	res.Nums = make([]uint32, 0, n)
	both := query.Return.Has(proto.ReturnSave|proto.ReturnUpdate) && !query.ByUID
	for i, found := range q.found {
		if !found {
			continue
		}
		m := &q.items[i]
		res.Nums = append(res.Nums, m.number(query))
		if both {
			res.UIDs = append(res.UIDs, m.uid)
		}
	}
	if query.Return.Has(proto.ReturnRelevancy) {
		res.Relevancy = q.relevancy()
	}
	res.ModSeq = q.modSeq(query, res.Nums)
	return res
}

// number is what the client is told of a message that was found.
func (m *item) number(query *proto.SearchQuery) uint32 {
	if query.ByUID {
		return m.uid
	}
	return m.seq
}

// modSeq is the highest mod-sequence of the messages told of a result in its
// order, where that is asked for (RFC 4731 3.2).
func (q *searcher) modSeq(query *proto.SearchQuery, nums []uint32) uint64 {
	if !query.ModSeq || len(nums) == 0 {
		return 0
	}
	all, first, last := !query.TellsEnds(), query.Return.Has(proto.ReturnMin), query.Return.Has(proto.ReturnMax)
	highest := uint64(0)
	for i, found := range q.found {
		m := &q.items[i]
		n := m.number(query)
		if found && (all || first && n == nums[0] || last && n == nums[len(nums)-1]) {
			highest = max(highest, m.change)
		}
	}
	return highest
}
