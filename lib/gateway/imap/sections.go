// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"fmt"

	"twiga/lib/conv/mime"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/imap/wire"
)

// Bounds of what FETCH gathers before it reads contents.
const (
	maxJobs  = 1024
	maxSpans = 4 * maxJobs
	maxArena = 1 << 20
	inPlace  = 8 << 10 // longer values are not copied into the output
)

// pieceKind says what the value of a section is made of.
type pieceKind uint8

const (
	pieceNone   pieceKind = iota // there is no such part: NIL
	pieceBytes                   // bytes of the message
	pieceHeader                  // a header, of which fields are to be chosen
	pieceGone                    // nothing is told: the message is gone, or the part cannot be decoded
	pieceValue                   // the value is at hand
	piecePart                    // a part, of which the decoded content is meant
	pieceLength                  // how long that is
)

// piece is where a section stands in a message.
type piece struct {
	kind         pieceKind
	encoding     mime.Encoding
	offset, size int64
	value        []byte // of pieceValue
}

// reads says whether the store has to be asked for it.
func (p *piece) reads() bool {
	switch p.kind {
	case pieceBytes, pieceHeader:
		return p.size > 0
	case piecePart:
		return true
	case pieceLength:
		return p.encoding != mime.Identity
	}
	return false
}

// job is a message whose sections are to be told. Its columns lie rendered in
// the arena, its pieces in spans, one for each section.
type job struct {
	m       *item
	columns [2]int
	gone    bool
}

// needsParts says whether a section is asked for whose place only the table of
// parts knows.
func (f *fetcher) needsParts() bool {
	for i := range f.opts.Sections {
		if s := &f.opts.Sections[i]; s.Kind != proto.SectionAll || len(s.Part) > 0 {
			return true
		}
	}
	return false
}

// locate finds a section in a message of size bytes.
func locate(s *proto.BodySection, parts mime.Parts, size int64) piece {
	p := piece{kind: pieceBytes, size: size}
	if isBinary(s) {
		return locatePart(s, parts, size)
	}
	if s.Kind != proto.SectionAll || len(s.Part) > 0 {
		var ok bool
		if p.offset, p.size, ok = parts.Find(s.Part, sectionOf(s.Kind)); !ok {
			return piece{}
		}
	}
	if s.Kind == proto.SectionHeaderFields || s.Kind == proto.SectionHeaderFieldsNot {
		p.kind = pieceHeader
		return p
	}
	from, n := s.Slice(p.size)
	p.offset, p.size = p.offset+from, n
	return p
}

func sectionOf(k proto.SectionKind) mime.Section {
	switch k {
	case proto.SectionHeader, proto.SectionHeaderFields, proto.SectionHeaderFieldsNot:
		return mime.SectionHeader
	case proto.SectionText:
		return mime.SectionText
	case proto.SectionMIME:
		return mime.SectionMIME
	}
	return mime.SectionAll
}

// sections answers for messages of which only bytes are asked for. What is in
// the cache needs no trip; of the others the tables of parts do, that are not
// at hand.
func (f *fetcher) sections(ctx context.Context, batch []item) error {
	var parts []mime.Parts
	if f.needsParts() && !f.allCached(batch) {
		if parts = f.s.sel.view.parts.all(batch); parts == nil {
			return f.query(ctx, batch)
		}
	}
	for i := range batch {
		var c columns
		if parts != nil {
			c.parts = parts[i]
		}
		if err := f.addJob(ctx, &batch[i], &c); err != nil {
			return err
		}
	}
	return f.runJobs(ctx)
}

// addJob puts a message on the list, and works it off when it is long.
func (f *fetcher) addJob(ctx context.Context, m *item, c *columns) error {
	j := job{m: m}
	j.columns[0] = len(f.arena)
	f.arena = f.appendColumns(f.arena, c)
	j.columns[1] = len(f.arena)
	for i := range f.opts.Sections {
		s := &f.opts.Sections[i]
		p := piece{kind: pieceValue}
		var ok bool
		if p.value, ok = f.cached(m.uid, i); !ok {
			p = locate(s, c.parts, m.size)
			f.fromWhole(m, i, &p)
		}
		if p.kind == pieceGone {
			f.cte = true
		}
		f.spans = append(f.spans, p)
	}
	f.jobs = append(f.jobs, j)
	if len(f.jobs) >= maxJobs || len(f.spans) >= maxSpans || len(f.arena) >= maxArena {
		return f.runJobs(ctx)
	}
	return nil
}

// runJobs reads what the jobs need in one stream and writes it as it comes.
func (f *fetcher) runJobs(ctx context.Context) error {
	if len(f.jobs) == 0 {
		return nil
	}
	e := emitter{f: f, w: f.w}
	n := len(f.opts.Sections)
	var items []object.ReadItem
	var places []int // of each item in spans
	for i := range f.spans {
		if p := &f.spans[i]; p.reads() {
			items = append(items, p.item(f.jobs[i/n].m.id, &f.opts.Sections[i%n]))
			places = append(places, i)
		}
	}
	err := e.read(ctx, items, places)
	if err == nil {
		err = e.finish()
	}
	clear(f.spans)
	f.jobs, f.spans, f.arena = f.jobs[:0], f.spans[:0], f.arena[:0]
	return err
}

// emitter writes the responses of jobs, section after section, while the bytes
// of their pieces come in.
type emitter struct {
	f      *fetcher
	w      *proto.ResponseWriter
	next   int   // the first place in spans whose value was not begun
	open   bool  // a response was begun and not ended
	bare   bool  // it has no item yet
	left   int64 // bytes of the piece at hand that are still to come
	choose bool  // the piece at hand is a header, gathered in head, of which fields are to be chosen
	head   []byte
	out    []byte
}

// read streams the items. A message that is gone is passed over if nothing of
// it was told.
func (e *emitter) read(ctx context.Context, items []object.ReadItem, places []int) error {
	if len(items) == 0 {
		return nil
	}
	store := e.f.s.store
	at := -1
	for chunk, err := range store.Read(ctx, object.ReadRequest{Store: e.f.s.sel.store(), Items: items}) {
		if err != nil {
			store.sawError(err)
			return e.broken(fmt.Errorf("read contents: %w", err))
		}
		if chunk.Item != at {
			if chunk.Item < at || chunk.Item >= len(items) || e.left > 0 {
				return e.broken(fmt.Errorf("read contents: item %d follows on item %d: %w", chunk.Item, at, mapi.GeneralFailure))
			}
			at = chunk.Item
			if err := e.begin(places[at], &chunk); err != nil {
				return err
			}
		}
		if err := e.data(&chunk); err != nil {
			return err
		}
	}
	if e.left > 0 {
		return e.broken(fmt.Errorf("read contents: item %d ends early: %w", at, mapi.GeneralFailure))
	}
	return nil
}

// begin writes all that stands before the bytes of a piece.
func (e *emitter) begin(place int, c *object.Chunk) error {
	n := len(e.f.opts.Sections)
	if c.Code != 0 {
		e.f.spans[place].kind = pieceGone
		if e.next%n == 0 || e.next/n != place/n { // nothing of it was told
			e.f.jobs[place/n].gone = true
		}
		return nil
	}
	if e.f.jobs[place/n].gone {
		return nil
	}
	if err := e.upTo(place); err != nil {
		return err
	}
	if err := e.start(); err != nil {
		return err
	}
	e.left = c.Size
	switch e.f.spans[place].kind {
	case pieceHeader:
		e.choose, e.head = true, e.head[:0]
		if e.left == 0 {
			return e.chosen()
		}
		return nil
	case pieceLength:
		e.next++
		return e.w.End(wire.AppendUint(e.label(e.w.Begin(), place), uint64(c.All)))
	case pieceBytes:
		if c.Size == int64(len(c.Data)) {
			e.f.keep(place, c.Data)
		}
	}
	e.next++
	return e.w.End(e.literal(e.label(e.w.Begin(), place), place, c.Size))
}

// literal appends the start of a literal: one that may hold NUL for what is
// decoded (RFC 3516 4.2).
func (e *emitter) literal(b []byte, place int, size int64) []byte {
	if isBinary(&e.f.opts.Sections[place%len(e.f.opts.Sections)]) {
		b = append(b, '~')
	}
	return wire.AppendLiteralHeader(b, size)
}

// data takes bytes of the piece at hand.
func (e *emitter) data(c *object.Chunk) error {
	if len(c.Data) == 0 || e.left == 0 {
		return nil
	}
	if int64(len(c.Data)) > e.left {
		return e.broken(fmt.Errorf("read contents: item %d is longer than told: %w", c.Item, mapi.GeneralFailure))
	}
	e.left -= int64(len(c.Data))
	if !e.choose {
		// Also NUL, which RFC 3501 9 (CHAR8) does not have in literals: a
		// message comes back as it arrived, and clients read by length.
		_, err := e.w.Write(c.Data)
		return err
	}
	e.head = append(e.head, c.Data...)
	if e.left > 0 {
		return nil
	}
	return e.chosen()
}

// chosen writes the wanted fields of the header in head.
func (e *emitter) chosen() error {
	s := &e.f.opts.Sections[e.next%len(e.f.opts.Sections)]
	e.out = chosenFields(e.out[:0], s, e.head)
	e.f.keep(e.next, e.out)
	b := wire.AppendLiteralHeader(e.label(e.w.Begin(), e.next), int64(len(e.out)))
	e.choose = false
	e.next++
	return e.w.End(append(b, e.out...))
}

// chosenFields appends what a section wants of a header.
func chosenFields(dst []byte, s *proto.BodySection, header []byte) []byte {
	start := len(dst)
	dst = mime.AppendHeaderFields(dst, header, s.Fields, s.Kind == proto.SectionHeaderFieldsNot)
	from, n := s.Slice(int64(len(dst) - start))
	return append(dst[:start], dst[start+int(from):start+int(from+n)]...)
}

// label appends the name of a section, a space before, unless it is the first
// item, and behind it.
func (e *emitter) label(b []byte, place int) []byte {
	if !e.bare {
		b = append(b, ' ')
	}
	e.bare = false
	b = append(b, e.f.opts.Sections[place%len(e.f.opts.Sections)].Label...)
	return append(b, ' ')
}

// upTo writes all that stands before a place, of which no bytes are read.
func (e *emitter) upTo(place int) error {
	n := len(e.f.opts.Sections)
	for e.next < place {
		if err := e.start(); err != nil {
			return err
		}
		if e.f.jobs[e.next/n].gone {
			e.next = (e.next/n + 1) * n
			continue
		}
		switch p := e.f.spans[e.next]; {
		case p.kind == pieceGone:
		case p.kind == pieceValue:
			if err := e.value(p.value); err != nil {
				return err
			}
		case p.kind == pieceLength:
			if err := e.w.End(wire.AppendUint(e.label(e.w.Begin(), e.next), uint64(p.size))); err != nil {
				return err
			}
		case p.kind == pieceHeader && p.size == 0:
			e.head = e.head[:0]
			if err := e.chosen(); err != nil {
				return err
			}
			continue
		case p.kind == pieceBytes && p.size == 0:
			if err := e.w.End(e.literal(e.label(e.w.Begin(), e.next), e.next, 0)); err != nil {
				return err
			}
		default:
			if err := e.w.End(append(e.label(e.w.Begin(), e.next), "NIL"...)); err != nil {
				return err
			}
		}
		e.next++
	}
	return nil
}

// value writes a section whose value is at hand.
func (e *emitter) value(v []byte) error {
	b := e.literal(e.label(e.w.Begin(), e.next), e.next, int64(len(v)))
	if len(v) < inPlace {
		return e.w.End(append(b, v...))
	}
	if err := e.w.End(b); err != nil {
		return err
	}
	_, err := e.w.Write(v)
	return err
}

// start ends a response that is complete and begins that of the next place,
// unless its message is gone.
func (e *emitter) start() error {
	n := len(e.f.opts.Sections)
	b := e.w.Begin()
	if e.open && e.next%n == 0 {
		if e.bare { // the list may not be empty
			b = appendUID(b, e.f.jobs[e.next/n-1].m.uid)
		}
		b, e.open = append(b, ")\r\n"...), false
	}
	if !e.open && e.next < len(e.f.spans) && !e.f.jobs[e.next/n].gone {
		j := &e.f.jobs[e.next/n]
		b = e.f.appendRow(b, j.m)
		if text := e.f.arena[j.columns[0]:j.columns[1]]; len(text) > 0 {
			b = append(spaced(b), text...)
		}
		e.open, e.bare = true, b[len(b)-1] == '('
	}
	return e.w.End(b)
}

// finish writes all that is left.
func (e *emitter) finish() error {
	if err := e.upTo(len(e.f.spans)); err != nil {
		return err
	}
	return e.start()
}

// broken ends the response at hand after an error. What is missing is left out,
// since a client may keep a NIL for good. In the middle of a literal only the
// end of the connection is left.
func (e *emitter) broken(err error) error {
	if e.left > 0 && !e.choose {
		return e.w.Abort(err)
	}
	if !e.open {
		return err
	}
	b := e.w.Begin()
	if e.bare { // the list may not be empty
		b = appendUID(b, e.f.jobs[e.next/len(e.f.opts.Sections)].m.uid)
	}
	if e := e.w.End(append(b, ")\r\n"...)); e != nil {
		return e
	}
	return err
}
