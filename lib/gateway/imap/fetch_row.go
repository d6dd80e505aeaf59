// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/imap/wire"
)

// rows answers from the view alone.
func (f *fetcher) rows(batch []item) error {
	b := f.w.Begin()
	for i := range batch {
		b = f.appendRow(b, &batch[i])
		b = append(b, ")\r\n"...)
		if len(b) >= 30<<10 {
			if err := f.w.End(b); err != nil {
				return err
			}
			b = f.w.Begin()
		}
	}
	return f.w.End(b)
}

// appendRow appends the start of a FETCH response, one for each message told,
// with what the view knows.
func (f *fetcher) appendRow(b []byte, m *item) []byte {
	f.done++
	items := f.opts.Items
	b = f.w.AppendFetch(b, m.seq, m.uid)
	start := len(b)
	unasked := m.marked && f.s.condStore // RFC 7162 3.2.4 has more told with flags
	if items.Has(proto.FetchUID) || unasked && !f.w.UIDOnly() {
		b = appendUID(b, m.uid)
	}
	if items.Has(proto.FetchFlags) || m.marked {
		b = append(sep(b, start), "FLAGS "...)
		b = appendFlags(b, m.flags, textOf(f.texts, m.keywords), f.s.sel.isRecent(m.uid))
	}
	if items.Has(proto.FetchInternalDate) {
		b = append(sep(b, start), "INTERNALDATE "...)
		b = appendDate(b, m.received)
	}
	if items.Has(proto.FetchSize) {
		b = append(sep(b, start), "RFC822.SIZE "...)
		b = wire.AppendUint(b, uint64(max(m.size, 0)))
	}
	if items.Has(proto.FetchSaveDate) { // RFC 8514 4.2
		b = append(sep(b, start), "SAVEDATE "...)
		b = appendDate(b, int64(m.saved))
	}
	if items.Has(proto.FetchModSeq) || unasked {
		b = proto.AppendModSeq(sep(b, start), m.change)
	}
	return b
}

func appendUID(b []byte, uid uint32) []byte {
	b = append(b, "UID "...)
	return wire.AppendUint(b, uint64(uid))
}

// sep puts a space between items: a list whose items begin at start.
func sep(b []byte, start int) []byte {
	if len(b) > start {
		return append(b, ' ')
	}
	return b
}

// appendColumns appends the items that come from the store's table.
func (f *fetcher) appendColumns(b []byte, c *columns) []byte {
	items, start := f.opts.Items, len(b)
	if items.Has(proto.FetchEnvelope) {
		b = append(append(b, "ENVELOPE "...), c.envelope...)
	}
	if items.Has(proto.FetchBodyStructure) {
		b = append(append(sep(b, start), "BODYSTRUCTURE "...), c.structure...)
	}
	if items.Has(proto.FetchBody) {
		b = appendBody(append(sep(b, start), "BODY "...), c.structure)
	}
	if items.Has(proto.FetchPreview) {
		b = appendPreview(append(sep(b, start), "PREVIEW "...), c.preview)
	}
	if items.Has(proto.FetchEmailID) {
		b = appendObjectID(append(sep(b, start), "EMAILID ("...), 'M', c.email)
	}
	if items.Has(proto.FetchThreadID) {
		b = appendObjectID(append(sep(b, start), "THREADID ("...), 'T', c.thread)
	}
	return b
}

// spaced puts a space behind an item, but not behind the list's parenthesis.
// The start of the list is in b.
func spaced(b []byte) []byte {
	if b[len(b)-1] == '(' {
		return b
	}
	return append(b, ' ')
}
