// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"fmt"

	"twiga/lib/conv/mime"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/imap/wire"
)

// composed answers for the messages of the batch of which the store knows only
// properties, or only bytes, by taking them whole.
func (f *fetcher) composed(ctx context.Context) error {
	for _, m := range f.bare {
		data, err := f.s.content(ctx, m)
		if err != nil {
			return err
		}
		if data == nil {
			continue // gone
		}
		if err := f.memory(ctx, m, data); err != nil {
			return err
		}
	}
	return nil
}

// memory answers for a message that is in memory.
func (f *fetcher) memory(ctx context.Context, m *item, data []byte) error {
	m.size = int64(len(data))
	var c columns
	if f.needsColumns() {
		s := mime.NewStructure(data)
		c.envelope, c.structure = s.AppendEnvelope(nil), s.AppendBodyStructure(nil, true)
		c.parts, c.preview = s.AppendParts(nil), []byte(s.Preview())
	}
	if f.opts.Items.Has(proto.FetchEmailID | proto.FetchThreadID) {
		if err := f.ids(ctx, m, &c); err != nil {
			return err
		}
	}
	b := f.appendRow(f.w.Begin(), m)
	if f.opts.Items.Has(contentItems) {
		b = f.appendColumns(spaced(b), &c)
	}
	for i := range f.opts.Sections {
		s := &f.opts.Sections[i]
		if i > 0 {
			b = append(b, ' ') // what is before may be on its way already
		} else {
			b = spaced(b)
		}
		b = append(append(b, s.Label...), ' ')
		var err error
		if b, err = f.section(b, s, locate(s, c.parts, m.size), data); err != nil {
			return err
		}
	}
	return f.w.End(append(b, ")\r\n"...))
}

// section appends the value of a section of a message in memory. It writes to
// the client what is large; what it returns is the output from then on.
func (f *fetcher) section(b []byte, s *proto.BodySection, p piece, data []byte) ([]byte, error) {
	switch p.kind {
	case pieceGone:
		f.cte = true
		return append(b, "NIL"...), nil
	case pieceNone:
		return append(b, "NIL"...), nil
	case pieceHeader:
		return wire.AppendLiteral(b, chosenFields(nil, s, data[p.offset:p.offset+p.size])), nil
	case pieceLength, piecePart:
		v, err := p.decoded(data)
		if err != nil {
			return nil, err
		}
		if b = appendDecoded(b, s, v); len(b) < inPlace {
			return b, nil
		}
		err = f.w.End(b)
		return f.w.Begin(), err
	}
	if isBinary(s) {
		b = append(b, '~')
	}
	if err := f.w.End(wire.AppendLiteralHeader(b, p.size)); err != nil {
		return nil, err
	}
	_, err := f.w.Write(data[p.offset : p.offset+p.size])
	return f.w.Begin(), err
}

// appendDecoded appends the value of a BINARY section of which v is all.
func appendDecoded(b []byte, s *proto.BodySection, v []byte) []byte {
	if s.Kind == proto.SectionBinarySize {
		return wire.AppendUint(b, uint64(len(v)))
	}
	from, n := s.Slice(int64(len(v)))
	return append(wire.AppendLiteralHeader(append(b, '~'), n), v[from:from+n]...)
}

// ids asks the store for the EMAILID and THREADID of a message.
func (f *fetcher) ids(ctx context.Context, m *item, c *columns) error {
	s := f.s
	req := object.QueryRequest{
		Store: s.sel.store(), Table: object.TableContents, Folder: s.sel.view.folder,
		UIDs: itemRanges([]item{*m}), Columns: []mapi.PropTag{tag.TwigaEmailID, tag.TwigaThreadID},
	}
	for bag, err := range s.store.Query(ctx, req) {
		if err != nil {
			s.store.sawError(err)
			return fmt.Errorf("read ids of message %s: %w", m.id, err)
		}
		got := columnsOf(bag)
		c.email, c.thread = bytes.Clone(got.email), bytes.Clone(got.thread)
	}
	return nil
}

var _ proto.Session = (*session)(nil)
