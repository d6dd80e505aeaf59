// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

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
	how := arrange.References
	for a, name := range algorithms {
		if name == algorithm {
			how = arrange.Algorithm(a)
		}
	}
	a := &s.sel.view.arranged
	a.mu.Lock()
	defer a.mu.Unlock()
	a.take(s.sel.view)
	if err := a.records(ctx, s, s.sel.view); err != nil {
		return nil, answer(err)
	}
	place := q.places(a.table)
	rows := make([]uint32, 0, len(q.items))
	for row, at := range place {
		if at > 0 {
			rows = append(rows, uint32(row))
		}
	}
	tokens := a.table.Threads(how, rows)
	out := make([]uint32, len(tokens))
	for i, k := range tokens {
		switch k {
		case arrange.Open:
			out[i] = proto.ThreadOpen
		case arrange.Close:
			out[i] = proto.ThreadClose
		default:
			if m := &q.items[place[k]-1]; query.ByUID {
				out[i] = m.uid
			} else {
				out[i] = m.seq
			}
		}
	}
	return &proto.ThreadData{Tokens: out}, nil
}

var _ proto.ThreadSession = (*session)(nil)
