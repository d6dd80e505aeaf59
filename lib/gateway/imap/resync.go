// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// Resync implements proto.Session, RFC 7162 3.2.5: work and a trip for what
// changed, none where nothing did.
func (s *session) Resync(ctx context.Context, w *proto.ResponseWriter, known *proto.QResync) error {
	sel := s.sel
	if sel.view.have.Load() <= known.ModSeq {
		return nil
	}
	set := known.Known
	if set == nil {
		set = proto.NumSet{{Start: 1, Stop: sel.lastUID()}}
	}
	matched := sel.matched(known)
	gone, err := s.gone(ctx, mapi.Change(known.ModSeq), set, matched)
	if err != nil {
		return answer(err)
	}
	if err := w.VanishedEarlier(gone); err != nil {
		return err
	}
	changed := sel.changedSince(known.ModSeq, known.Known)
	texts := sel.view.texts()
	for i := range changed {
		if err := w.End(sel.appendFlagsRow(w, w.Begin(), &changed[i], texts, true)); err != nil {
			return err
		}
	}
	return nil
}

// HighestModSeq implements proto.Session.
func (s *session) HighestModSeq() uint64 { return s.sel.modSeq() }

// vanished tells which of the UIDs of a UID FETCH are gone since a change,
// RFC 7162 3.2.6.
func (s *session) vanished(ctx context.Context, w *proto.ResponseWriter, since mapi.Change, set proto.NumSet) error {
	gone, err := s.gone(ctx, since, set.Resolve(s.sel.lastUID()), 0)
	if err != nil {
		return err
	}
	return w.VanishedEarlier(gone)
}

// lastUID is the highest UID that was given before the client selected.
func (s *selected) lastUID() uint32 {
	v := s.view
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.uidNext - 1
}

// matched is the highest UID up to which the client knows that nothing is gone:
// the last of its pairs that is still right.
func (s *selected) matched(known *proto.QResync) uint32 {
	last := uint32(0)
	next, stop := iter.Pull(known.MatchUIDs.All())
	defer stop()
	for n := range known.MatchNums.All() {
		uid, ok := next()
		if !ok || int64(n) > int64(len(s.uids)) || s.uids[n-1] != uid {
			break
		}
		last = uid
	}
	return last
}

// gone are the UIDs of a normal set whose messages left the folder since a
// change, but for those that the client's numbers still count: it is told of
// them when these numbers may change. Where the store does not remember, it is all that are not there, and
// that are above matched.
func (s *session) gone(ctx context.Context, since mapi.Change, set proto.NumSet, matched uint32) (proto.NumSet, error) {
	v := s.sel.view
	if since == 0 {
		return s.sel.absent(set, matched), nil
	}
	var out proto.NumSet
	req := object.ChangesRequest{Store: v.box.guid, Folder: v.folder, Since: since}
	for item, err := range s.store.Changes(ctx, req) {
		switch {
		case errors.Is(err, mapi.SyncTooOld):
			return s.sel.absent(set, matched), nil
		case err != nil:
			s.store.sawError(err)
			return nil, fmt.Errorf("read changes of folder %s: %w", v.folder, err)
		case item.Kind == object.ChangeGone && set.Contains(uint32(item.UID)):
			if _, counted := slices.BinarySearch(s.sel.uids, uint32(item.UID)); !counted {
				out.Add(uint32(item.UID))
			}
		}
	}
	return out.Resolve(0), nil
}

// absent are the UIDs of a normal set above matched that the client's mailbox
// does not have.
func (s *selected) absent(set proto.NumSet, matched uint32) proto.NumSet {
	var out proto.NumSet
	last := s.lastUID()
	for _, r := range set {
		from, to := max(r.Start, matched+1), min(r.Stop, last)
		at, _ := slices.BinarySearch(s.uids, from)
		for _, uid := range s.uids[at:] {
			if uid > to {
				break
			}
			out.AddRange(from, uid-1)
			from = uid + 1
		}
		out.AddRange(from, to)
	}
	return out
}

// changedSince are the messages that changed since a mod-sequence, of a normal
// set where one is given.
func (s *selected) changedSince(modSeq uint64, set proto.NumSet) []item {
	v := s.view
	v.mu.RLock()
	defer v.mu.RUnlock()
	var out []item
	seq := 0
	for i := range v.rows {
		r := &v.rows[i]
		if r.change <= modSeq || set != nil && !set.Contains(r.uid) {
			continue
		}
		if n, ok := s.sequence(r.uid, seq); ok {
			seq = n
			out = append(out, item{row: *r, seq: uint32(n)})
		}
	}
	return out
}
