// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"fmt"
	"sync"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// Status implements proto.Session, RFC 3501 6.3.10.
func (s *session) Status(ctx context.Context, mailbox string, items proto.StatusItems) (*proto.StatusData, error) {
	for try := 0; ; try++ {
		f, err := s.folder(ctx, mailbox)
		if err != nil {
			return nil, answer(err)
		}
		var d *proto.StatusData
		if countsOthers(f, items) {
			d, err = s.statusByView(ctx, f)
		} else {
			var st object.FolderState
			if st, err = s.state(ctx, f); err == nil {
				d = f.box.status(&st, items)
			}
		}
		if err != proto.ErrNoSuchMailbox || try > 0 {
			return d, answer(err)
		}
		f.box.treeStale.Store(true)
	}
}

// countsOthers says whether the store's counters do not tell what is asked for:
// what users see of others' folders may be less than the store counts there.
func countsOthers(f place, items proto.StatusItems) bool {
	return !f.box.own && f.box.kind != object.StorePublic || items.Has(proto.StatusDeletedStorage)
}

// status makes of counters what STATUS tells.
func (m *mailbox) status(st *object.FolderState, items proto.StatusItems) *proto.StatusData {
	d := &proto.StatusData{
		Messages: st.Messages, UIDNext: uint32(st.UIDNext), UIDValidity: st.UIDValidity,
		Unseen: st.Unread, HighestModSeq: uint64(st.Change),
		Size: uint64(max(st.Size, 0)), Deleted: st.Deleted, MailboxID: m.id(st.Folder),
	}
	if items.Has(proto.StatusRecent) {
		d.Recent = m.unclaimed(st)
	}
	return d
}

// statusByView counts what the user sees.
func (s *session) statusByView(ctx context.Context, f place) (*proto.StatusData, error) {
	f.box.startWatch()
	v := f.box.openView(f.id)
	defer f.box.closeView(v)
	if err := v.verify(ctx, s.store); err != nil {
		if err == errViewLost {
			return nil, proto.ErrNoSuchMailbox
		}
		return nil, err
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	d := &proto.StatusData{
		Messages: uint32(len(v.rows)), UIDNext: v.uidNext, UIDValidity: v.uidValidity, HighestModSeq: v.have.Load(), MailboxID: f.box.id(f.id),
	}
	for i := range v.rows {
		r := &v.rows[i]
		d.Size += uint64(max(r.size, 0))
		if r.flags&object.FlagSeen == 0 {
			d.Unseen++
		}
		if r.flags&object.FlagDeleted != 0 {
			d.Deleted++
			d.DeletedStorage += uint64(max(r.size, 0))
		}
	}
	return d, nil
}

// folderStates keeps counters of folders, each with 1 + the mailbox's version
// for which they are right.
type folderStates struct {
	mu  sync.Mutex // guards what follows
	at  map[mapi.ID]stateAt
	all uint64 // the version for which at has all folders
}

type stateAt struct {
	object.FolderState
	version uint64
}

// state gives the counters of a folder as they are now: without a trip, where
// the mailbox's version can be seen and they were read for it.
func (s *session) state(ctx context.Context, f place) (object.FolderState, error) {
	k := &f.box.states
	version, known := s.store.version(f.box.guid) // before reading: what happens meanwhile is news
	if known {
		k.mu.Lock()
		st, ok := k.at[f.id]
		k.mu.Unlock()
		if ok && st.version == version+1 {
			return st.FolderState, nil
		}
	}
	res, err := s.store.FolderStates(ctx, object.FolderStatesRequest{Store: f.box.guid, Folders: []mapi.ID{f.id}})
	switch {
	case err != nil:
		s.store.sawError(err)
		return object.FolderState{}, fmt.Errorf("read state of folder %s: %w", f.id, err)
	case len(res.Folders) == 0:
		return object.FolderState{}, proto.ErrNoSuchMailbox
	}
	if known {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.at == nil {
			k.at = map[mapi.ID]stateAt{}
		}
		k.at[f.id] = stateAt{res.Folders[0], version + 1}
	}
	return res.Folders[0], nil
}

// states is state for all folders of a mailbox, by one trip at most.
func (s *session) states(ctx context.Context, box *mailbox) (map[mapi.ID]object.FolderState, error) {
	k := &box.states
	version, known := s.store.version(box.guid)
	out := map[mapi.ID]object.FolderState{}
	k.mu.Lock()
	defer k.mu.Unlock()
	if known && k.all == version+1 {
		for id, st := range k.at {
			out[id] = st.FolderState
		}
		return out, nil
	}
	res, err := s.store.FolderStates(ctx, object.FolderStatesRequest{Store: box.guid})
	if err != nil {
		s.store.sawError(err)
		return nil, fmt.Errorf("read states of folders: %w", err)
	}
	k.at, k.all = make(map[mapi.ID]stateAt, len(res.Folders)), 0
	for _, st := range res.Folders {
		out[st.Folder] = st
		if known {
			k.at[st.Folder] = stateAt{st, version + 1}
		}
	}
	if known {
		k.all = version + 1
	}
	return out, nil
}
