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

// limited leaves as many messages as one command may be about.
func (s *session) limited(spans []span) []span {
	limit := s.conn.MessageLimit()
	over := count(spans) - limit
	if limit == 0 || over <= 0 {
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
