// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"slices"

	"twiga/lib/conv/arrange"
	proto "twiga/lib/proto/imap"
)

// algorithms are the ways to make threads, by name (RFC 5256 3).
var algorithms = [...]string{
	arrange.OrderedSubject: "ORDEREDSUBJECT", arrange.References: "REFERENCES", arrange.Refs: "REFS",
}

// ThreadAlgorithms implements proto.ThreadSession.
func (s *session) ThreadAlgorithms() []string { return algorithms[:] }

// Thread implements proto.ThreadSession, RFC 5256 3. The threads of the same
// messages as the last time are kept with the view.
func (s *session) Thread(ctx context.Context, algorithm string, query *proto.SearchQuery) (*proto.ThreadData, error) {
	spans, err := s.whole(&query.Key)
	if err != nil {
		return nil, err
	}
	q, err := s.search(ctx, s.sel, spans, &query.Key)
	if err != nil || q == nil {
		return &proto.ThreadData{}, err
	}
	defer q.release()
	a := &s.sel.view.arranged
	defer s.conn.Working(a.progress)() // until nobody waits for us
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.bringLocked(ctx, s, s.sel.view, true); err != nil {
		return nil, answer(err)
	}
	how := arrange.Algorithm(max(slices.Index(algorithms[:], algorithm), 0))
	return &proto.ThreadData{Tokens: q.threads(a.table, how, query.ByUID)}, nil
}

// threads makes threads of the messages found.
func (q *searcher) threads(t *arrange.Table, how arrange.Algorithm, byUID bool) []uint32 {
	place := q.places(t)
	rows := make([]uint32, 0, len(q.items))
	for row, at := range place {
		if at > 0 {
			rows = append(rows, uint32(row))
		}
	}
	tokens := t.Threads(how, rows)
	out := make([]uint32, len(tokens))
	for i, k := range tokens {
		switch k {
		case arrange.Open:
			out[i] = proto.ThreadOpen
		case arrange.Close:
			out[i] = proto.ThreadClose
		default:
			if m := &q.items[place[k]-1]; byUID {
				out[i] = m.uid
			} else {
				out[i] = m.seq
			}
		}
	}
	return out
}

var _ proto.ThreadSession = (*session)(nil)
