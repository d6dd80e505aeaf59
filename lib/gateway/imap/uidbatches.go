// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	proto "twiga/lib/proto/imap"
)

// Batches implements proto.Batcher, RFC 10022.
func (s *session) Batches(_ context.Context, size, first, last uint32) ([]proto.Range, error) {
	uids := s.sel.uids
	var out []proto.Range
	for n := uint32(1); last == 0 || n <= last; n++ {
		end := int64(len(uids)) - int64(n-1)*int64(size) // of the batch in uids
		if end <= 0 {
			break
		}
		if n < first {
			continue
		}
		batch := proto.Range{Start: uids[end-1], Stop: 1}
		if int64(len(uids)) > end {
			batch.Start = uids[end] - 1 // no gap to the batch above
		}
		if begin := end - int64(size); begin > 0 {
			batch.Stop = uids[begin]
		}
		out = append(out, batch)
	}
	return out, nil
}

// resolve finds the messages that a command is about, of those that the client
// knows; of too many the highest (RFC 9738 3).
func (s *session) resolve(set proto.NumSet, byUID bool) ([]span, error) {
	spans, err := s.sel.resolve(set, byUID)
	if err != nil {
		return nil, err
	}
	return s.limited(spans), nil
}

// limited leaves as many messages as one command may be about, in the same
// memory.
func (s *session) limited(spans []span) []span {
	over := s.beyond(spans)
	if over <= 0 {
		return spans
	}
	for len(spans) > 0 && spans[0].last-spans[0].first <= over {
		over -= spans[0].last - spans[0].first
		spans = spans[1:]
	}
	spans[0].first += over
	s.conn.Limited(s.sel.uids[spans[0].first])
	return spans
}

// beyond is how many messages more there are than one command may be about.
func (s *session) beyond(spans []span) int {
	limit := s.conn.MessageLimit()
	if limit == 0 {
		return 0
	}
	return max(count(spans)-limit, 0)
}

// whole is scope for a command that is about all of its messages or none, such
// as one that puts them into an order: nothing of an order of some is of use.
func (s *session) whole(key *proto.SearchKey) ([]span, error) {
	spans := s.scope(s.sel, key)
	if s.beyond(spans) > 0 { // RFC 9738 3.4
		return nil, s.conn.ErrMessageLimit()
	}
	return spans, nil
}

// scope is the messages that a search looks at. Where their number is bounded
// these are but those in every set that the key names at its top, so that a
// client can come to all by and by.
func (s *session) scope(sel *selected, key *proto.SearchKey) []span {
	spans := sel.all()
	if s.beyond(spans) == 0 {
		return spans
	}
	return sel.named(spans, key)
}

// named leaves of the messages those in the sets that a key names.
func (s *selected) named(spans []span, key *proto.SearchKey) []span {
	last := uint32(len(s.uids))
	switch key.Op {
	case proto.SearchAnd:
		for i := range key.Keys {
			spans = s.named(spans, &key.Keys[i])
		}
	case proto.SearchNot:
		if key.Keys[0].Op == proto.SearchAll { // what an empty set is made
			return nil
		}
	case proto.SearchUIDSet:
		set, _ := s.resolve(key.Set, true)
		return common(spans, set)
	case proto.SearchSeqSet:
		var set []span
		for _, r := range key.Set.Resolve(last) {
			if r.Start <= last {
				set = append(set, span{int(r.Start) - 1, int(min(r.Stop, last))})
			}
		}
		return common(spans, set)
	}
	return spans
}

// common are the messages that are in both; all rise.
func common(a, b []span) []span {
	var out []span
	for len(a) > 0 && len(b) > 0 {
		if both := (span{max(a[0].first, b[0].first), min(a[0].last, b[0].last)}); both.first < both.last {
			out = append(out, both)
		}
		if a[0].last < b[0].last {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}
