// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"cmp"
	"context"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// What is done to messages through a search folder is done to them where they
// are. Members that lie in one folder, one behind the other, are a run, for
// which the same call is made there.

// run are members of a search folder whose messages lie in one folder, in
// order of both UIDs.
type run struct {
	folder  mapi.ID
	members []mapi.UID // in the search folder
	uids    []mapi.UID // in the folder
}

// ranges are the UIDs in the folder.
func (r *run) ranges() []mapi.UIDRange {
	out := make([]mapi.UIDRange, len(r.uids))
	for i, uid := range r.uids {
		out[i] = mapi.UIDRange{First: uid, Last: uid}
	}
	return out
}

// member is the UID in the search folder of one in the folder.
func (r *run) member(uid mapi.UID) mapi.UID {
	if i, ok := slices.BinarySearch(r.uids, uid); ok {
		return r.members[i]
	}
	return 0
}

// runsOf are the members of a search folder in the ranges.
func runsOf(c *sqlite.Conn, folder mapi.ID, ranges []mapi.UIDRange) ([]run, error) {
	var out []run
	for _, r := range normalise(ranges) {
		rows, err := c.Query(`SELECT i.uid, m.folder, m.uid FROM item i JOIN message m ON m.id = i.id
			WHERE i.folder = ? AND i.uid >= ? AND i.uid <= ? ORDER BY i.uid`, uint64(folder), uint32(r.First), uint32(r.Last))
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			uid, at, real := mapi.UID(rows.Int(0)), mapi.ID(rows.Int(1)), mapi.UID(rows.Int(2))
			n := len(out) - 1
			if n < 0 || out[n].folder != at || out[n].uids[len(out[n].uids)-1] >= real {
				out, n = append(out, run{folder: at}), n+1
			}
			out[n].members, out[n].uids = append(out[n].members, uid), append(out[n].uids, real)
		}
		if err := rows.Close(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// throughSearch carries out a call on the members of a search folder, a run at
// a time, and gives the folder's change numbers before and after.
func (t *tx) throughSearch(folder mapi.ID, ranges []mapi.UIDRange, each func(*run) error) (before, after mapi.Change, err error) {
	f, err := t.look(folder)
	if err == nil {
		err = t.need(folder, mapi.RightFolderVisible)
	}
	if err != nil {
		return 0, 0, err
	}
	before = f.state().Change
	runs, err := runsOf(t.c, folder, ranges)
	if err != nil {
		return 0, 0, err
	}
	for i := range runs {
		if err := each(&runs[i]); err != nil {
			return 0, 0, err
		}
	}
	if err := t.settleSearches(); err != nil {
		return 0, 0, err
	}
	if f, err = t.look(folder); err != nil {
		return 0, 0, err
	}
	return before, f.state().Change, nil
}

// isSearch says whether a folder is a search folder.
func (t *tx) isSearch(id mapi.ID) bool { return t.find.now().get(id) != nil }

// setFlagsFound is setFlags through a search folder. A message that it does
// not hold any more is told of as it is now.
func (t *tx) setFlagsFound(req *object.SetFlagsRequest, packed string, out *object.SetFlagsResponse) error {
	var err error
	out.Before, out.Change, err = t.throughSearch(req.Folder, req.UIDs, func(r *run) error {
		there, part := *req, object.SetFlagsResponse{}
		there.Folder, there.UIDs = r.folder, r.ranges()
		if err := t.setFlags(&there, packed, &part); err != nil {
			return err
		}
		for _, it := range part.Items {
			it.UID = r.member(it.UID)
			out.Items = append(out.Items, it)
		}
		for _, uid := range part.Conflicts {
			out.Conflicts = append(out.Conflicts, r.member(uid))
		}
		return nil
	})
	slices.SortFunc(out.Items, func(a, b object.FlagState) int { return cmp.Compare(a.UID, b.UID) })
	slices.Sort(out.Conflicts)
	return err
}

// deleteFound is deleteMessages through a search folder.
func (t *tx) deleteFound(req *object.DeleteMessagesRequest, out *object.DeleteMessagesResponse) error {
	var err error
	out.Before, out.Change, err = t.throughSearch(req.Folder, req.UIDs, func(r *run) error {
		there, part := *req, object.DeleteMessagesResponse{}
		there.Folder, there.UIDs = r.folder, r.ranges()
		if err := t.deleteMessages(listContents, &there, &part); err != nil {
			return err
		}
		for _, uid := range part.UIDs {
			out.UIDs = append(out.UIDs, r.member(uid))
		}
		return nil
	})
	slices.Sort(out.UIDs)
	return err
}

// transferFound is transfer from a search folder.
func (t *tx) transferFound(req *object.TransferRequest, out *object.TransferResponse) error {
	to, err := t.lookHolder(req.ToFolder)
	if err != nil {
		return err
	}
	out.UIDValidity = to.uidValidity
	if req.Expect != 0 {
		runs, err := runsOf(t.c, req.Folder, req.UIDs)
		if err == nil {
			err = checkRuns(req, runs)
		}
		if err != nil {
			return err
		}
	}
	out.Before, out.Change, err = t.throughSearch(req.Folder, req.UIDs, func(r *run) error {
		there, part := *req, object.TransferResponse{}
		there.Folder, there.UIDs = r.folder, r.ranges()
		if req.Expect != 0 {
			there.Expect = len(r.uids)
		}
		if err := t.transfer(&there, &part); err != nil {
			return err
		}
		out.Pairs = append(out.Pairs, r.pairs(part.Pairs)...)
		return nil
	})
	return err
}

// checkRuns says whether a search folder has as many of the messages as the
// caller wants.
func checkRuns(req *object.TransferRequest, runs []run) error {
	n := 0
	for i := range runs {
		n += len(runs[i].uids)
	}
	return checkExpected(req, n)
}

// pairs names the messages of an answer by their UIDs in the search folder.
func (r *run) pairs(list []object.UIDPair) []object.UIDPair {
	out := make([]object.UIDPair, len(list))
	for i, p := range list {
		out[i] = object.UIDPair{From: r.member(p.From), To: p.To}
	}
	return out
}

// transferFoundAcross is transferAcross from a search folder.
func (s *session) transferFoundAcross(ctx context.Context, m *mailbox, acc *access, req object.TransferRequest) (object.TransferResponse, error) {
	var out object.TransferResponse
	var runs []run
	if err := acc.may(actTransfer, req.Folder); err != nil {
		return out, err
	}
	err := m.view(ctx, func(c *sqlite.Conn) error {
		var err error
		runs, err = runsOf(c, req.Folder, req.UIDs)
		return err
	})
	if err != nil {
		return out, err
	}
	if err := checkRuns(&req, runs); err != nil {
		return out, err
	}
	if f := m.folder(req.Folder); f != nil {
		out.Before = f.state().Change
	}
	for i := range runs {
		there := req
		there.Folder, there.UIDs = runs[i].folder, runs[i].ranges()
		if req.Expect != 0 {
			there.Expect = len(runs[i].uids)
		}
		part, err := s.transferAcross(ctx, m, acc, there)
		if err != nil {
			return object.TransferResponse{}, err
		}
		out.UIDValidity, out.Pairs = part.UIDValidity, append(out.Pairs, runs[i].pairs(part.Pairs)...)
	}
	if f := m.folder(req.Folder); f != nil {
		out.Change = f.state().Change
	}
	return out, nil
}
