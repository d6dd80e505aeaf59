// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// retryUnchanged does what a conditional store left alone where nothing but other
// flags changed since (RFC 7162 3.1.12): messages have one mod-sequence for all
// their flags, and the view's log has what the flags were. Where it does not reach
// back, where others came in between, or the store fails, the conflict stays.
func (s *session) retryUnchanged(ctx context.Context, req object.SetFlagsRequest, silent bool, res *object.SetFlagsResponse) {
	v := s.sel.view
	if len(res.Conflicts) == 0 || req.Mode == object.FlagsReplace || v.verify(ctx, s.store) != nil {
		return
	}
	alike, upTo := v.unchanged(res.Conflicts, &req)
	if len(alike) == 0 {
		return
	}
	req.UIDs, req.UnchangedSince = nil, mapi.Change(upTo)
	for _, uid := range alike {
		if n := len(req.UIDs); n > 0 && req.UIDs[n-1].Last+1 == uid {
			req.UIDs[n-1].Last = uid
			continue
		}
		req.UIDs = append(req.UIDs, mapi.UIDRange{First: uid, Last: uid})
	}
	again, err := s.setFlags(ctx, req, silent)
	if err != nil {
		return
	}
	res.Items = append(res.Items, again.Items...)
	res.Conflicts = slices.DeleteFunc(res.Conflicts, func(uid mapi.UID) bool {
		_, ok := slices.BinarySearch(alike, uid)
		return ok
	})
	res.Conflicts = append(res.Conflicts, again.Conflicts...)
}

// unchanged are those of messages of which a conditional change names flags that
// are now what they were for the mod-sequence that it names, and all the time
// since. upTo is the change number for which that is so.
func (v *view) unchanged(uids []mapi.UID, req *object.SetFlagsRequest) (alike []mapi.UID, upTo uint64) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	since := uint64(req.UnchangedSince)
	named := make([][]bool, len(req.Keywords)) // which combinations have them
	for i, k := range req.Keywords {
		named[i] = v.keywords.with(k)
	}
	rows := make(map[uint32]*row, len(uids))
	for _, uid := range uids {
		if at, ok := v.find(uint32(uid), 0); ok && v.rows[at].change > since {
			rows[uint32(uid)] = &v.rows[at]
		}
	}
	for i := len(v.log) - 1; i >= 0 && len(rows) > 0; i-- {
		m := &v.log[i]
		r := rows[m.uid]
		if r == nil {
			continue
		}
		differs := func(has []bool) bool { return among(has, m.keywords) != among(has, r.keywords) }
		same := m.kind == modFlags && (m.flags^r.flags)&req.Flags == 0 && !slices.ContainsFunc(named, differs)
		if same && m.change > since {
			continue // what it was is for an older entry to tell
		}
		delete(rows, m.uid)
		if same && since <= m.have { // else it may have been something else in between
			alike = append(alike, mapi.UID(m.uid))
		}
	}
	slices.Sort(alike)
	return alike, v.have.Load()
}
