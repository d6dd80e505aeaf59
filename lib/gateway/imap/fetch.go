// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"twiga/lib/conv/mime"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	proto "twiga/lib/proto/imap"
)

// fetchBatch is how many messages FETCH takes from the view at a time.
const fetchBatch = 4096

// contentItems are the items that are not in the view.
const contentItems = proto.FetchEnvelope | proto.FetchBody | proto.FetchBodyStructure | proto.FetchPreview |
	proto.FetchEmailID | proto.FetchThreadID

// fetcher answers one FETCH.
type fetcher struct {
	s     *session
	w     *proto.ResponseWriter
	opts  *proto.FetchOptions
	texts []string // keywords
	bare  []*item  // messages of the batch that have no MIME yet
	total int      // messages that are asked for
	done  int      // messages told, or left out for what was asked
	cte   bool     // a part was asked for whose encoding nobody knows
	kept  []uint32 // numbers of the sections in the cache
	jobs  []job    // see sections.go
	arena []byte
	spans []piece
}

// batches recycles the memory of FETCH.
var batches = sync.Pool{New: func() any { return new([]item) }} // holds no state but memory

// Fetch implements proto.Session, RFC 3501 6.4.5.
func (s *session) Fetch(ctx context.Context, w *proto.ResponseWriter, set proto.NumSet, opts *proto.FetchOptions) error {
	spans, err := s.sel.resolve(set, opts.ByUID)
	if err != nil {
		return err
	}
	if opts.Vanished {
		if err := s.vanished(ctx, w, mapi.Change(opts.ChangedSince), set); err != nil {
			return answer(err)
		}
	}
	if opts.Partial != (proto.Partial{}) {
		spans = s.sel.partial(spans, opts)
	}
	spans = s.limited(spans) // a page of many messages is about as many as it holds
	f := fetcher{s: s, w: w, opts: opts, total: count(spans)}
	f.number()
	mem := batches.Get().(*[]item)
	defer batches.Put(mem)
	for rest := spans; len(rest) > 0; {
		batch := (*mem)[:0]
		for len(rest) > 0 && len(batch) < fetchBatch {
			p := rest[0]
			if room := fetchBatch - len(batch); p.last-p.first > room {
				p.last = p.first + room
				rest[0].first = p.last
			} else {
				rest = rest[1:]
			}
			batch = s.sel.collect(batch, p)
		}
		*mem = batch
		if err := f.batch(ctx, batch); err != nil {
			return answer(err)
		}
	}
	if f.cte {
		return errUnknownCTE
	}
	if f.done < f.total && !opts.ByUID {
		return errGone
	}
	return nil
}

// errUnknownCTE answers BINARY for what cannot be decoded (RFC 3516 4.3).
var errUnknownCTE = proto.No(proto.CodeUnknownCTE, "The transfer encoding of a part is unknown")

// partial gives the messages at the places that PARTIAL names among those that
// would be told (RFC 9394 3.3).
func (s *selected) partial(spans []span, opts *proto.FetchOptions) []span {
	if opts.HasChangedSince {
		spans = s.changedAfter(spans, opts.ChangedSince)
	}
	from, to := opts.Partial.Slice(count(spans))
	var out []span
	for _, p := range spans {
		n := p.last - p.first
		if lo, hi := max(from, 0), min(to, n); lo < hi {
			out = append(out, span{p.first + lo, p.first + hi})
		}
		from, to = from-n, to-n
	}
	return out
}

// changedAfter leaves of the messages those that were changed after a change.
func (s *selected) changedAfter(spans []span, since uint64) []span {
	s.view.mu.RLock()
	defer s.view.mu.RUnlock()
	var out []span
	for _, p := range spans {
		at := p.first
		for i := p.first; i < p.last; i++ {
			var ok bool
			if at, ok = s.view.find(s.uids[i], at); !ok || s.view.rows[at].change <= since {
				continue
			}
			if n := len(out); n > 0 && out[n-1].last == i {
				out[n-1].last++
			} else {
				out = append(out, span{i, i + 1})
			}
		}
	}
	return out
}

// batch answers for some messages.
func (f *fetcher) batch(ctx context.Context, batch []item) error {
	if f.opts.HasChangedSince {
		all := len(batch)
		batch = changedSince(batch, f.opts.ChangedSince)
		f.done += all - len(batch)
	}
	if f.opts.MarksSeen() && f.s.sel.marksSeen() {
		if err := f.markSeen(ctx, batch); err != nil {
			return err
		}
	}
	f.texts = f.s.sel.view.texts()
	f.bare = f.bare[:0]
	if f.needsContent() || f.opts.Items.Has(proto.FetchSize) {
		batch = f.setBareAside(batch)
	}
	var err error
	switch {
	case len(batch) == 0:
	case f.opts.Items.Has(contentItems):
		err = f.query(ctx, batch)
	case len(f.opts.Sections) > 0:
		err = f.sections(ctx, batch)
	default:
		err = f.rows(batch)
	}
	if err == nil && len(f.bare) > 0 {
		err = f.composed(ctx)
	}
	return err
}

// needsContent says whether more than the view is needed.
func (f *fetcher) needsContent() bool {
	return f.opts.Items.Has(contentItems) || len(f.opts.Sections) > 0
}

// needsColumns says whether the store's table is needed, not only the bytes of
// messages.
func (f *fetcher) needsColumns() bool { return f.opts.Items.Has(contentItems) || f.needsParts() }

func changedSince(batch []item, since uint64) []item {
	out := batch[:0]
	for _, m := range batch {
		if m.change > since {
			out = append(out, m)
		}
	}
	return out
}

// setBareAside takes out the messages that have no MIME yet.
func (f *fetcher) setBareAside(batch []item) []item {
	bare := 0
	for i := range batch {
		if batch[i].size < 0 {
			bare++
		}
	}
	if bare == 0 {
		return batch
	}
	out := make([]item, 0, len(batch)-bare)
	for i := range batch {
		if batch[i].size < 0 {
			m := batch[i]
			f.bare = append(f.bare, &m)
		} else {
			out = append(out, batch[i])
		}
	}
	return out
}

// markSeen sets \Seen of those messages that lack it, in one trip, and puts
// the outcome into the batch, to be told.
func (f *fetcher) markSeen(ctx context.Context, batch []item) error {
	var ranges []mapi.UIDRange
	joined := false
	for i := range batch {
		if batch[i].flags&object.FlagSeen != 0 {
			joined = false
			continue
		}
		uid := mapi.UID(batch[i].uid)
		if joined {
			ranges[len(ranges)-1].Last = uid
		} else {
			ranges = append(ranges, mapi.UIDRange{First: uid, Last: uid})
		}
		joined = i+1 < len(batch) && batch[i+1].seq == batch[i].seq+1
	}
	if len(ranges) == 0 {
		return nil
	}
	res, err := f.s.setFlags(ctx, object.SetFlagsRequest{UIDs: ranges, Mode: object.FlagsAdd, Flags: object.FlagSeen}, false)
	if errors.Is(err, mapi.NoAccess) { // the right was taken away since SELECT: RFC 4314 4
		f.s.sel.rights &^= mapi.RightEditAny
		return nil
	}
	if err != nil {
		return err
	}
	v := f.s.sel.view
	v.mu.Lock()
	defer v.mu.Unlock()
	at := 0
	for i := range res.Items {
		st := &res.Items[i]
		for at < len(batch) && batch[at].uid < uint32(st.UID) {
			at++
		}
		if at < len(batch) && batch[at].uid == uint32(st.UID) {
			m := &batch[at]
			m.flags, m.change, m.keywords, m.marked = st.Flags, uint64(st.Change), v.keywords.add(st.Keywords), true
		}
	}
	return nil
}

// query answers for messages with columns of the store's table: one trip, its
// rows in order of the UIDs.
func (f *fetcher) query(ctx context.Context, batch []item) error {
	s := f.s
	req := object.QueryRequest{
		Store: s.sel.store(), Table: object.TableContents, Folder: s.sel.view.folder,
		UIDs: itemRanges(batch), Columns: f.columns(),
	}
	withSections := len(f.opts.Sections) > 0
	at := 0
	for bag, err := range s.store.Query(ctx, req) {
		if err != nil {
			s.store.sawError(err)
			return fmt.Errorf("read messages of folder %s: %w", req.Folder, err)
		}
		c := columnsOf(bag)
		for at < len(batch) && batch[at].uid < c.uid {
			at++
		}
		if at == len(batch) || batch[at].uid != c.uid {
			continue
		}
		m := &batch[at]
		at++
		switch {
		case f.lacks(&c):
			f.bare = append(f.bare, m)
			continue
		case withSections:
			if c.parts != nil {
				s.sel.view.parts.keep(m.uid, c.parts)
			}
			err = f.addJob(ctx, m, &c)
		default:
			b := f.appendColumns(spaced(f.appendRow(f.w.Begin(), m)), &c)
			err = f.w.End(append(b, ")\r\n"...))
		}
		if err != nil {
			return err
		}
	}
	return f.runJobs(ctx)
}

// itemRanges are the UIDs of the messages. Neighbours by sequence number make
// one range: there is nothing between them.
func itemRanges(batch []item) []mapi.UIDRange {
	var out []mapi.UIDRange
	for i := range batch {
		uid := mapi.UID(batch[i].uid)
		if i > 0 && batch[i].seq == batch[i-1].seq+1 {
			out[len(out)-1].Last = uid
		} else {
			out = append(out, mapi.UIDRange{First: uid, Last: uid})
		}
	}
	return out
}

// columns are the properties to be asked for.
func (f *fetcher) columns() []mapi.PropTag {
	out := []mapi.PropTag{tag.InternetArticleNumber}
	if f.opts.Items.Has(proto.FetchEnvelope) {
		out = append(out, tag.TwigaEnvelope)
	}
	if f.opts.Items.Has(proto.FetchBodyStructure | proto.FetchBody) {
		out = append(out, tag.TwigaBodyStructure)
	}
	if f.needsParts() {
		out = append(out, tag.TwigaParts)
	}
	if f.opts.Items.Has(proto.FetchPreview) {
		out = append(out, mime.Preview)
	}
	if f.opts.Items.Has(proto.FetchEmailID) {
		out = append(out, tag.TwigaEmailID)
	}
	if f.opts.Items.Has(proto.FetchThreadID) {
		out = append(out, tag.TwigaThreadID)
	}
	return out
}

// lacks says whether the store has not what is asked for, since it has not
// read the message's MIME.
func (f *fetcher) lacks(c *columns) bool {
	return f.opts.Items.Has(proto.FetchEnvelope) && c.envelope == nil ||
		f.opts.Items.Has(proto.FetchBodyStructure|proto.FetchBody) && c.structure == nil ||
		f.needsParts() && c.parts == nil
}
