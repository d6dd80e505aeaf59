// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// place is a folder that a client named, and the mailbox that it lies in.
type place struct {
	*folder
	box *mailbox
}

// locate finds the mailbox that an IMAP name leads into, and the path there. A
// mailbox that the user may not know of is not there, whatever the reason.
func (s *session) locate(ctx context.Context, name string) (box *mailbox, path string, err error) {
	first, rest, _ := strings.Cut(name, string(delim))
	switch cfg := &s.gw.cfg; {
	case cfg.OtherUsers != "" && first == cfg.OtherUsers:
		level, path, _ := strings.Cut(rest, string(delim))
		user, ok := decodeName(level, nil)
		if !ok {
			return nil, "", proto.ErrNoSuchMailbox
		}
		box, err = s.foreign(ctx, object.GetStoreRequest{User: user})
		return box, fold(path), err
	case cfg.PublicFolders != "" && first == cfg.PublicFolders:
		box, err = s.foreign(ctx, object.GetStoreRequest{Public: true})
		return box, rest, err
	}
	return s.box, fold(name), nil
}

// foreign gives a mailbox that is not the user's own.
func (s *session) foreign(ctx context.Context, req object.GetStoreRequest) (*mailbox, error) {
	st, err := s.store.GetStore(ctx, req)
	if err != nil {
		s.store.sawError(err)
		if code := mapi.CodeOf(err); code == mapi.NotFound || code == mapi.NoAccess || code == mapi.InvalidParameter {
			return nil, proto.ErrNoSuchMailbox
		}
		return nil, err
	}
	if st.GUID == s.user.Store {
		return nil, proto.ErrNoSuchMailbox // it has another name
	}
	return s.visit(st.GUID, st.Kind), nil
}

// visit has the session take part in a mailbox that is not its own.
func (s *session) visit(store mapi.GUID, kind object.StoreKind) *mailbox {
	if box := s.visited[store]; box != nil {
		return box
	}
	box := s.gw.enter(s, boxKey{store, s.user.ID}, kind)
	if s.visited == nil {
		s.visited = map[mapi.GUID]*mailbox{}
	}
	s.visited[store] = box
	return box
}
