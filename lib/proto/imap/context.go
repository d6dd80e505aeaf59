// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "twiga/lib/proto/imap/wire"

// ContextSession is a Session that keeps results of searches current (RFC 5267
// 4.3). Search and Sort, where their query has Update, keep what they found, or
// say NotUpdated, and refuse a tag that names such a result already. From then on
// Poll tells by [ResponseWriter.ContextChanged] what is to be added to the result
// and removed from it: before Expunged, and behind the news of other messages. It
// all ends when the mailbox is not selected any more.
type ContextSession interface {
	// CancelUpdates ends that for the results that are named so; others are
	// passed over.
	CancelUpdates(tags []string)
}

// SearchUpdate asks for a result to be kept current.
type SearchUpdate struct {
	Tag string // of the command, which names the result
	// Fetch, if it is not nil, is what to tell of messages that came into the
	// mailbox and belong to the result (RFC 5465 7). It sets no \Seen.
	Fetch *FetchOptions
}

// ContextChange adds messages to a result or removes them from it.
type ContextChange struct {
	Add  bool
	At   uint32   // place of the first of them in the result, from 1; 0 for the order of the mailbox
	Nums []uint32 // sequence numbers or UIDs, in their order
}

// ContextChanged tells changes of a result, in their order; none is not told.
func (w *ResponseWriter) ContextChanged(tag string, byUID bool, changes []ContextChange) error {
	if len(changes) == 0 {
		return w.c.io.Broken()
	}
	b := append(w.Begin(), "* ESEARCH (TAG "...)
	b = append(wire.AppendQuoted(b, []byte(tag)), ')')
	if byUID {
		b = append(b, " UID"...)
	}
	for i, c := range changes {
		switch {
		case i > 0 && changes[i-1].Add == c.Add:
			b = append(b, ' ')
		case c.Add:
			b = append(b, " ADDTO ("...)
		default:
			b = append(b, " REMOVEFROM ("...)
		}
		b = wire.AppendUint(b, uint64(c.At))
		b = wire.AppendNumSet(append(b, ' '), wire.SetOf(c.Nums...))
		if i+1 == len(changes) || changes[i+1].Add != c.Add {
			b = append(b, ')')
		}
	}
	return w.End(append(b, "\r\n"...))
}

func (c *Conn) canUpdate() bool { _, ok := c.session.(ContextSession); return ok }

// tellNotUpdated tells that a result is not kept current (RFC 5267 4.3.1).
func (c *Conn) tellNotUpdated() error {
	code := wire.AppendQuoted([]byte("NOUPDATE "), c.tag)
	return c.w.Status(StatusNO, string(code), "Result is not kept current")
}
