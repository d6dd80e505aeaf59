// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"

	"twiga/lib/mapi/tag"
)

// maxIDKeys is how many EMAILID and THREADID keys a SEARCH may have; those
// beyond match nothing.
const maxIDKeys = 15

// idMatches are the keys by number that a message has the id of, and idsKnown
// once they were read.
type idMatches uint16

const idsKnown idMatches = 1 << maxIDKeys

// idKey is an EMAILID or THREADID that is asked for, as the client wrote it.
type idKey struct {
	thread bool
	text   string
}

// hasID says whether a message has the id of a key.
func (e *evidence) hasID(c *cond) verdict {
	if e.ids&idsKnown == 0 {
		return unknown
	}
	return verdictOf(c.number < maxIDKeys && e.ids>>c.number&1 != 0)
}

// objectIDs reads the ids of the open messages and judges by them; what is known
// of a message stays in its item for the levels to come.
func (q *searcher) objectIDs(ctx context.Context) error {
	open := q.open
	q.open = nil
	for i, column := range [...]bool{false, true} {
		if !q.asks(column) {
			continue
		}
		what := tag.TwigaEmailID
		if i == 1 {
			what = tag.TwigaThreadID
		}
		err := q.table(ctx, open, what, func(n int, c *columns) {
			m := &q.items[n]
			m.ids |= idsKnown
			var name []byte
			if column && c.thread != nil {
				name = appendObjectID(nil, 'T', c.thread)
			} else if !column && c.email != nil {
				name = appendObjectID(nil, 'M', c.email)
			}
			name = bytes.TrimSuffix(name, []byte(")"))
			for k, id := range q.keys.ids {
				if id.thread == column && len(name) > 0 && string(name) == id.text {
					m.ids |= 1 << k
				}
			}
		})
		if err != nil {
			return err
		}
	}
	e := evidence{scores: q.scores()}
	for _, i := range open {
		if e.item = &q.items[i]; e.ids&idsKnown != 0 { // else it is gone
			q.judge(i, &e)
		}
	}
	return q.judgeBare(ctx)
}

// asks says whether there is a key for THREADID, or one for EMAILID.
func (q *searcher) asks(thread bool) bool {
	for _, id := range q.keys.ids {
		if id.thread == thread {
			return true
		}
	}
	return false
}
