// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// Status implements proto.Session, RFC 3501 6.3.10: one trip for the counters
// of one folder.
func (s *session) Status(ctx context.Context, mailbox string, items proto.StatusItems) (*proto.StatusData, error) {
	for try := 0; ; try++ {
		f, err := s.folder(ctx, mailbox)
		if err != nil {
			return nil, answer(err)
		}
		res, err := s.store.FolderStates(ctx, object.FolderStatesRequest{Store: f.box.guid, Folders: []mapi.ID{f.id}})
		if err != nil {
			s.store.sawError(err)
			return nil, answer(err)
		}
		if len(res.Folders) > 0 {
			return s.status(f.box, &res.Folders[0], items), nil
		}
		if try > 0 {
			return nil, proto.ErrNoSuchMailbox
		}
		f.box.treeStale.Store(true)
	}
}

func (s *session) status(box *mailbox, st *object.FolderState, items proto.StatusItems) *proto.StatusData {
	d := &proto.StatusData{
		Messages: st.Messages, UIDNext: uint32(st.UIDNext), UIDValidity: st.UIDValidity,
		Unseen: st.Unread, HighestModSeq: uint64(st.Change),
	}
	if items.Has(proto.StatusRecent) {
		if v := box.viewOf(st.Folder); v != nil {
			d.Recent = v.unclaimed(st)
		}
	}
	return d
}

// unclaimed is how many messages no session was told as recent: at most, since
// some of them may have been removed.
func (v *view) unclaimed(st *object.FolderState) uint32 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.recentNext == 0 || uint32(st.UIDNext) <= v.recentNext {
		return 0
	}
	return min(st.Messages, uint32(st.UIDNext)-v.recentNext)
}
