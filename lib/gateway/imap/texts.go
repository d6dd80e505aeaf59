// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"twiga/lib/conv/mime"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// Candidates is a full-text index. It makes a search of contents faster, never
// different: what it does not cover is read, and what it names is read, too.
type Candidates interface {
	// Candidates tells for messages of a mailbox whether a text may be in them.
	// Of those that are covered, and not among the candidates, nothing is read.
	Candidates(ctx context.Context, store mapi.GUID, messages []mapi.ID, text string) (covered, candidate []bool, err error)
}

const (
	textBatch   = 128     // messages that are read at once
	textWorkers = 2       // of one search
	stretchGap  = 1 << 10 // what is between two stretches is read along with them
)

// texts judges by the texts of the open messages. Only these are read, by a few
// workers at a time.
func (q *searcher) texts(ctx context.Context) error {
	if err := q.askIndex(ctx); err != nil {
		return err
	}
	open := q.open
	q.open = nil
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var work sync.WaitGroup
	var mu sync.Mutex // guards next and q.fuzzy
	next := 0
	take := func() []int {
		mu.Lock()
		defer mu.Unlock()
		batch := open[next:min(next+textBatch, len(open))]
		next += len(batch)
		return batch
	}
	done := make(chan int, textWorkers) // messages of a batch
	for range min(textWorkers, runtime.GOMAXPROCS(0), (len(open)+textBatch-1)/textBatch) {
		work.Go(func() {
			w := textWorker{q: q, mu: &mu}
			w.e.scores = q.scores()
			for batch := take(); len(batch) > 0 && ctx.Err() == nil; batch = take() {
				if err := w.run(ctx, batch); err != nil {
					cancel(err)
					return
				}
				done <- len(batch)
			}
		})
	}
	go func() { // for as long as the workers
		work.Wait()
		close(done)
	}()
	for n := range done {
		q.decided += n
		q.progress()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// askIndex decides about messages in which the index says that a text is not.
func (q *searcher) askIndex(ctx context.Context) error {
	if q.index == nil || len(q.open) == 0 {
		return nil
	}
	open := q.open
	q.open = nil
	ids := make([]mapi.ID, len(open))
	for n, i := range open {
		ids[n] = q.items[i].id
	}
	absent := make([]uint64, len(open)) // bits of the keys whose text is not there
	for k, text := range q.keys.texts {
		covered, candidate, err := q.index.Candidates(ctx, q.sel.store(), ids, text)
		if err != nil {
			return err
		}
		for n := range open {
			if covered[n] && !candidate[n] {
				absent[n] |= 1 << k
			}
		}
	}
	e := evidence{scores: q.scores()}
	for n, i := range open {
		e.item, e.absent = &q.items[i], absent[n]
		q.judge(i, &e)
	}
	return nil
}

// textWorker reads and judges messages.
type textWorker struct {
	q  *searcher
	mu *sync.Mutex
	e  evidence

	plans []textPlan
	reads []object.ReadItem
}

// textPlan says what of the reads is of a message.
type textPlan struct {
	at        int // of items
	texts     []mime.TextPart
	whole     bool // no table: all of it is read
	stretches []stretch
	data      []byte // of all stretches
}

// stretch is what one read gives: of the message, and of the plan's data.
type stretch struct{ offset, size, at int64 }

func (w *textWorker) run(ctx context.Context, batch []int) error {
	w.plans, w.reads = w.plans[:0], w.reads[:0]
	parts, err := w.parts(ctx, batch)
	if err != nil {
		return err
	}
	var owner []int // of reads
	for n, i := range batch {
		if parts[n] == nil {
			continue // gone
		}
		w.plan(i, parts[n])
		for len(owner) < len(w.reads) {
			owner = append(owner, len(w.plans)-1)
		}
	}
	last := -1
	err = w.q.s.read(ctx, w.q.sel.view, w.reads, func(n int, data []byte) {
		p := &w.plans[owner[n]]
		if owner[n] != last {
			w.judge(last)
			last = owner[n]
		}
		s := &p.stretches[n-slices.Index(owner, owner[n])]
		s.at, s.size = int64(len(p.data)), int64(len(data))
		p.data = append(p.data, data...)
	})
	w.judge(last)
	return err
}

// parts are the tables of the messages' parts, nil for those that are gone.
func (w *textWorker) parts(ctx context.Context, batch []int) ([]mime.Parts, error) {
	q := w.q
	items := make([]item, len(batch))
	for n, i := range batch {
		items[n] = q.items[i]
	}
	if all := q.sel.view.parts.all(items); all != nil {
		return all, nil
	}
	out := make([]mime.Parts, len(batch))
	err := q.s.table(ctx, q.sel.view, items, tag.TwigaParts, func(n int, c *columns) {
		if out[n] = slices.Clone(mime.Parts(c.parts)); out[n] == nil {
			out[n] = mime.Parts{}
			return
		}
		q.sel.view.parts.keep(items[n].uid, c.parts)
	})
	return out, err
}

// plan says what to read of a message: the texts that keys look at.
func (w *textWorker) plan(i int, parts mime.Parts) {
	p := textPlan{at: i}
	err := parts.Texts(func(t mime.TextPart) bool {
		header := t.Kind == mime.TextHeader && (w.q.cond.needs(levelEnvelope) || w.q.cond.needs(levelHeader))
		if header || w.q.keys.headers || t.Kind != mime.TextHeader && t.Kind != mime.TextMIME {
			p.texts = append(p.texts, t)
		}
		return true
	})
	if err != nil { // no table: all of it
		p.texts, p.whole = nil, true
		p.stretches = []stretch{{size: -1}}
	}
	for _, t := range p.texts {
		if n := len(p.stretches); n > 0 {
			if s := &p.stretches[n-1]; t.Offset <= s.offset+s.size+stretchGap {
				s.size = t.Offset + t.Size - s.offset
				continue
			}
		}
		p.stretches = append(p.stretches, stretch{offset: t.Offset, size: t.Size})
	}
	if len(p.stretches) == 0 { // it has no text: nothing to read but that it is there
		p.stretches = []stretch{{}}
	}
	for _, s := range p.stretches {
		w.reads = append(w.reads, object.ReadItem{Message: w.q.items[i].id, Offset: s.offset, Length: s.size})
	}
	w.plans = append(w.plans, p)
}

// judge decides about the message of a plan whose reads are done.
func (w *textWorker) judge(n int) {
	if n < 0 {
		return
	}
	p, e := &w.plans[n], &w.e
	e.item, e.level, e.header = &w.q.items[p.at], levelText, nil
	e.texts, e.mem.keys = e.texts[:0], e.mem.keys[:0]
	if p.whole {
		e.whole(p.data)
	}
	k := 0
	for _, t := range p.texts {
		for k+1 < len(p.stretches) && t.Offset >= p.stretches[k+1].offset {
			k++
		}
		s := p.stretches[k]
		from := t.Offset - s.offset
		if from < 0 || from > s.size {
			continue // there is less of it than its table says
		}
		e.take(t, p.data[s.at+from:s.at+min(from+t.Size, s.size)])
	}
	p.data = nil
	if w.q.verdict(e) != yes {
		return // there is no more to know
	}
	w.q.found[p.at] = true
	w.mu.Lock()
	w.q.fuzzy.note(p.at, e)
	w.mu.Unlock()
}
