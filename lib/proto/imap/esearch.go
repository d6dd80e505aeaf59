// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import "twiga/lib/proto/imap/wire"

// correlator says which mailbox an ESEARCH response is about (RFC 7377 2.1).
type correlator struct {
	mailbox     string
	uidValidity uint32
}

// tellESearch writes the ESEARCH response (RFC 4731 3.1). Where nothing but to
// save is asked for there is none (RFC 5182 2.1).
func (c *Conn) tellESearch(q *SearchQuery, r *SearchResult, of *correlator) error {
	if q.Return&^ReturnUpdate == ReturnSave {
		return nil
	}
	b := append(c.w.Begin(), "* ESEARCH (TAG "...)
	b = wire.AppendQuoted(b, c.tag)
	if of != nil {
		b = c.appendMailbox(append(b, " MAILBOX "...), of.mailbox)
		b = wire.AppendUint(append(b, " UIDVALIDITY "...), uint64(of.uidValidity))
	}
	b = append(b, ')')
	if q.ByUID {
		b = append(b, " UID"...)
	}
	return c.w.End(append(appendResults(b, q, r), "\r\n"...))
}

// appendResults appends the results of a search that are asked for. Without a
// match only COUNT and an empty part are told.
func appendResults(b []byte, q *SearchQuery, r *SearchResult) []byte {
	n := len(r.Nums)
	number := func(name string, v uint64) { b = wire.AppendUint(append(b, name...), v) }
	if q.Return.Has(ReturnMin) && n > 0 {
		number(" MIN ", uint64(r.Nums[0]))
	}
	if q.Return.Has(ReturnMax) && n > 0 {
		number(" MAX ", uint64(r.Nums[n-1]))
	}
	if q.Return.Has(ReturnCount) {
		number(" COUNT ", uint64(n))
	}
	if q.Return.Has(ReturnAll) && n > 0 {
		b = appendFound(append(b, " ALL "...), q, r.Nums)
	}
	if q.Return.Has(ReturnPartial) {
		b = appendPartial(b, q, r.Nums)
	}
	if q.Return.Has(ReturnRelevancy) && n > 0 {
		b = appendRelevancy(b, q, r.Relevancy)
	}
	if q.ModSeq && n > 0 {
		number(" MODSEQ ", r.ModSeq)
	}
	return b
}

// appendFound appends messages as a set. That of SORT keeps its order
// (RFC 5267 3.2), so that nothing is joined in it.
func appendFound(b []byte, q *SearchQuery, nums []uint32) []byte {
	if len(q.Sort) == 0 {
		return wire.AppendNumSet(b, wire.SetOf(nums...))
	}
	for i, n := range nums {
		if i > 0 {
			b = append(b, ',')
		}
		b = wire.AppendUint(b, uint64(n))
	}
	return b
}

// appendPartial appends the part that PARTIAL asks for (RFC 9394 3.1).
func appendPartial(b []byte, q *SearchQuery, nums []uint32) []byte {
	b = append(b, " PARTIAL ("...)
	for i, v := range [...]int64{q.Partial.First, q.Partial.Last} {
		if i > 0 {
			b = append(b, ':')
		}
		if v < 0 {
			b, v = append(b, '-'), -v
		}
		b = wire.AppendUint(b, uint64(v))
	}
	b = append(b, ' ')
	first, last := q.Partial.Slice(len(nums))
	if first == last {
		return append(b, "NIL)"...)
	}
	return append(appendFound(b, q, nums[first:last]), ')')
}

// appendRelevancy appends how well the messages of ALL, or of PARTIAL, match
// (RFC 6203 4).
func appendRelevancy(b []byte, q *SearchQuery, scores []uint8) []byte {
	if q.Return.Has(ReturnPartial) {
		first, last := q.Partial.Slice(len(scores))
		scores = scores[first:last]
	}
	b = append(b, " RELEVANCY ("...)
	for i, s := range scores {
		if i > 0 {
			b = append(b, ' ')
		}
		b = wire.AppendUint(b, uint64(s))
	}
	return append(b, ')')
}
