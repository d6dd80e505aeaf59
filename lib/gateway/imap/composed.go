// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/conv/mime"
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
		if err := f.memory(m, data); err != nil {
			return err
		}
	}
	return nil
}

// memory answers for a message that is in memory.
func (f *fetcher) memory(m *item, data []byte) error {
	m.size = int64(len(data))
	var envelope, structure, parts []byte
	if f.needsColumns() {
		s := mime.NewStructure(data)
		envelope, structure = s.AppendEnvelope(nil), s.AppendBodyStructure(nil, true)
		parts = s.AppendParts(nil)
	}
	b := f.appendColumns(f.appendRow(f.w.Begin(), m), envelope, structure)
	for i := range f.opts.Sections {
		s := &f.opts.Sections[i]
		if i > 0 {
			b = append(b, ' ') // what is before may be on its way already
		} else {
			b = spaced(b)
		}
		b = append(append(b, s.Label...), ' ')
		p := locate(s, parts, m.size)
		switch p.kind {
		case pieceNone:
			b = append(b, "NIL"...)
		case pieceHeader:
			b = wire.AppendLiteral(b, chosenFields(nil, s, data[p.offset:p.offset+p.size]))
		default:
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

var _ proto.Session = (*session)(nil)
