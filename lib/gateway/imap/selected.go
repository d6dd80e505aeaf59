// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"slices"

	"twiga/lib/mapi"
	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/imap/wire"
)

// selected is a mailbox as one client knows it: sequence number n is uids[n-1].
type selected struct {
	view     *view
	rights   mapi.Rights // in the folder, when it was selected
	readOnly bool
	origin   uint32 // names the session in the view's log

	uids   []uint32 // shared with the view or an older state of it, as far as they go; never changed
	cursor uint64   // number of the first log entry that the client was not told
	ahead  uint64   // beyond cursor while removals wait: the same, but for these
	synced uint64   // mod-sequence up to which the client was told of everything; see modSeq
	behind bool     // the client was told that it is not told of everything
	told   int      // keywords that the client was told of
	recent proto.NumSet
	rev2   bool // the client knows no \Recent

	contexts []*searchContext // results that are kept current
	judged   uint64           // number of the first log entry that they were not told of

	quiet   bool         // what others do to flags is not told
	fetched uint32       // UID up to which NOTIFY told what it wants of new messages
	made    proto.NumSet // messages beyond that the client itself has put there
}

// store is the mailbox that the folder lies in.
func (s *selected) store() mapi.GUID { return s.view.box.guid }

// follow makes the client's numbers those of the view, which it was told all of.
// The caller holds the view's mu.
func (s *selected) follow() {
	s.uids = slices.Clip(s.view.uids) // what is appended goes elsewhere
	s.cursor = s.view.head.Load()
	s.ahead = s.cursor
	s.synced = s.view.have.Load()
}

// modSeq is the mod-sequence up to which the client was told of everything.
func (s *selected) modSeq() uint64 {
	v := s.view
	v.mu.RLock()
	defer v.mu.RUnlock()
	if s.cursor == v.head.Load() {
		s.synced = v.have.Load()
	}
	return s.synced
}

// span is the sequence numbers first+1 to last: uids[first:last].
type span struct{ first, last int }

// errBadNumber answers sequence numbers that the client cannot know.
var errBadNumber = proto.Bad("No message has this sequence number")

// resolve finds the messages that a client names, rising. UIDs without a
// message are passed over; sequence numbers without one are an error (RFC 3501
// 9, seq-number).
func (s *selected) resolve(set proto.NumSet, byUID bool) ([]span, error) {
	n := len(s.uids)
	if !byUID {
		return s.bySequence(clamp(set, uint32(n)).Resolve(uint32(n)))
	}
	if n == 0 {
		return nil, nil
	}
	var out []span
	at := 0
	for _, r := range set.Resolve(s.uids[n-1]) {
		first, _ := slices.BinarySearch(s.uids[at:], r.Start)
		first += at
		last, found := slices.BinarySearch(s.uids[first:], r.Stop)
		last += first
		if found {
			last++
		}
		if first < last {
			out = append(out, span{first, last})
		}
		at = last
	}
	return out, nil
}

// clamp gives ranges up to "*" no end beyond the last message: "5:*" with 3
// messages is the last one, as it is with UIDs (RFC 3501 9, seq-range).
func clamp(set proto.NumSet, last uint32) proto.NumSet {
	out := make(proto.NumSet, len(set))
	for i, r := range set {
		if r.Start == wire.Star || r.Stop == wire.Star {
			r.Start, r.Stop = min(r.Start, last), min(r.Stop, last)
		}
		out[i] = r
	}
	return out
}

func (s *selected) bySequence(set proto.NumSet) ([]span, error) {
	out := make([]span, 0, len(set))
	for _, r := range set {
		if int64(r.Stop) > int64(len(s.uids)) {
			return nil, errBadNumber
		}
		out = append(out, span{int(r.Start) - 1, int(r.Stop)})
	}
	return out, nil
}

// ranges are the UIDs of messages. A range may hold UIDs that the client does
// not know only where there is no message any more, since none gets a UID
// again.
func (s *selected) ranges(spans []span) []mapi.UIDRange {
	out := make([]mapi.UIDRange, len(spans))
	for i, p := range spans {
		out[i] = mapi.UIDRange{First: mapi.UID(s.uids[p.first]), Last: mapi.UID(s.uids[p.last-1])}
	}
	return out
}

func count(spans []span) int {
	n := 0
	for _, p := range spans {
		n += p.last - p.first
	}
	return n
}

// sequence is the sequence number of a UID. hint is where it may be, counted
// from 0.
func (s *selected) sequence(uid uint32, hint int) (int, bool) {
	if hint < len(s.uids) && s.uids[hint] == uid {
		return hint + 1, true
	}
	i, ok := slices.BinarySearch(s.uids, uid)
	return i + 1, ok
}

// isRecent says whether the client was told the message as recent.
func (s *selected) isRecent(uid uint32) bool {
	return len(s.recent) > 0 && s.recent.Contains(uid)
}

// countRecent is the number of recent messages.
func (s *selected) countRecent() uint32 {
	n := 0
	for _, r := range s.recent {
		first, _ := slices.BinarySearch(s.uids, r.Start)
		last, found := slices.BinarySearch(s.uids, r.Stop)
		if n += last - first; found {
			n++
		}
	}
	return uint32(n)
}

// item is a row of the view with the number that the client knows it by.
type item struct {
	row
	seq    uint32
	marked bool // \Seen was set by this FETCH, so that the flags are told
	isNew  bool // it came since the client's results were brought up to date

	ids idMatches // which ids of a SEARCH the message has
}

// collect appends the messages of a span that are still in the view.
func (s *selected) collect(dst []item, p span) []item {
	v := s.view
	v.mu.RLock()
	defer v.mu.RUnlock()
	at := p.first
	for i := p.first; i < p.last; i++ {
		uid := s.uids[i]
		var ok bool
		if at, ok = v.find(uid, at); ok {
			dst = append(dst, item{row: v.rows[at], seq: uint32(i + 1)})
			at++
		}
	}
	return dst
}

// texts are the view's combinations of keywords by number; those it has now
// stay as they are.
func (v *view) texts() []string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.keywords.texts
}

func textOf(texts []string, n uint32) string {
	if int(n) < len(texts) {
		return texts[n]
	}
	return ""
}
