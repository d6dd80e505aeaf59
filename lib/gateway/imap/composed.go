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
		p := locate(s, c.parts, m.size)
		switch p.kind {
		case pieceGone:
			f.cte = true
			b = append(b, "NIL"...)
		case pieceLength, piecePart:
			v, err := p.decoded(data)
			if err != nil {
				return err
			}
			if b = appendDecoded(b, s, v); len(b) < inPlace {
				continue
			}
			if err := f.w.End(b); err != nil {
				return err
			}
			b = f.w.Begin()
		case pieceNone:
			b = append(b, "NIL"...)
		case pieceHeader:
			b = wire.AppendLiteral(b, chosenFields(nil, s, data[p.offset:p.offset+p.size]))
		default:
			if isBinary(s) {
				b = append(b, '~')
			}
			b = wire.AppendLiteralHeader(b, p.size)
			if err := f.w.End(b); err != nil {
				return err
			}
			if _, err := f.w.Write(data[p.offset : p.offset+p.size]); err != nil {
				return err
			}
			b = f.w.Begin()
		}
	}
	return f.w.End(append(b, ")\r\n"...))
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
