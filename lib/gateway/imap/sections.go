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
)

// pieceKind says what the value of a section is made of.
type pieceKind uint8

const (
	pieceNone   pieceKind = iota // there is no such part: NIL
	pieceBytes                   // bytes of the message
	pieceHeader                  // a header, of which fields are to be chosen
	pieceGone                    // the message is gone: nothing is told
)

// piece is where a section stands in a message.
type piece struct {
	kind         pieceKind
	offset, size int64
}

// job is a message whose sections are to be told. Its columns lie in the
// arena, its pieces in spans, one for each section.
type job struct {
	m                   *item
	envelope, structure [2]int
	gone                bool
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

// sections answers for messages of which only bytes are asked for whose places
// are known: by the tables of parts, or because it is all of them.
func (f *fetcher) sections(ctx context.Context, batch []item, parts []mime.Parts) error {
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
	j.envelope = f.keep(c.envelope)
	j.structure = f.keep(c.structure)
	for i := range f.opts.Sections {
		f.spans = append(f.spans, locate(&f.opts.Sections[i], c.parts, m.size))
	}
	f.jobs = append(f.jobs, j)
	if len(f.jobs) >= maxJobs || len(f.spans) >= maxSpans || len(f.arena) >= maxArena {
		return f.runJobs(ctx)
	}
	return nil
}

func (f *fetcher) keep(p []byte) [2]int {
	start := len(f.arena)
	f.arena = append(f.arena, p...)
	return [2]int{start, len(f.arena)}
}

// runJobs reads what the jobs need in one stream and writes it as it comes.
func (f *fetcher) runJobs(ctx context.Context) error {
	if len(f.jobs) == 0 {
		return nil
	}
	e := emitter{f: f, w: f.w}
	n := len(f.opts.Sections)
	items := make([]object.ReadItem, 0, len(f.spans))
	places := make([]int, 0, len(f.spans)) // of each item in spans
	for i, p := range f.spans {
		if p.kind != pieceNone && p.size > 0 {
			items = append(items, object.ReadItem{Message: f.jobs[i/n].m.id, Offset: p.offset, Length: p.size})
			places = append(places, i)
		}
	}
	err := e.read(ctx, items, places)
	if err == nil {
		err = e.finish()
	}
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
	if e.left = c.Size; e.f.spans[place].kind == pieceHeader {
		e.choose, e.head = true, e.head[:0]
		if e.left == 0 {
			return e.chosen()
		}
		return nil
	}
	e.next++
	return e.w.End(wire.AppendLiteralHeader(e.label(e.w.Begin(), place), c.Size))
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
		case p.kind == pieceHeader && p.size == 0:
			e.head = e.head[:0]
			if err := e.chosen(); err != nil {
				return err
			}
			continue
		case p.kind == pieceBytes && p.size == 0:
			if err := e.w.End(wire.AppendLiteralHeader(e.label(e.w.Begin(), e.next), 0)); err != nil {
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

// start ends a response that is complete and begins that of the next place,
// unless its message is gone.
func (e *emitter) start() error {
	n := len(e.f.opts.Sections)
	b := e.w.Begin()
	if e.open && e.next%n == 0 {
		b, e.open = append(b, ")\r\n"...), false
	}
	if !e.open && e.next < len(e.f.spans) && !e.f.jobs[e.next/n].gone {
		j := &e.f.jobs[e.next/n]
		b = e.f.appendRow(b, j.m)
		b = e.f.appendColumns(b, e.f.arena[j.envelope[0]:j.envelope[1]], e.f.arena[j.structure[0]:j.structure[1]])
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
