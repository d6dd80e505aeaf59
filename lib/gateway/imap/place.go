// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
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

// namespace is what a name begins with where it does not lead into the user's
// own mailbox.
func (s *session) namespace(name string) (root, rest string, foreign bool) {
	root, rest, _ = strings.Cut(name, string(delim))
	cfg := &s.gw.cfg
	return root, rest, root != "" && (root == cfg.OtherUsers || root == cfg.PublicFolders)
}

// isForeign says whether a name does not lead into the user's own mailbox.
func (s *session) isForeign(name string) bool {
	_, _, foreign := s.namespace(name)
	return foreign
}

// prefixOf is what stands before the path in a name that leads elsewhere.
func (s *session) prefixOf(name string) string {
	root, rest, _ := s.namespace(name)
	if root == s.gw.cfg.PublicFolders {
		return root + string(delim)
	}
	user, _, _ := strings.Cut(rest, string(delim))
	return root + string(delim) + user + string(delim)
}

// locate finds the mailbox that an IMAP name leads into, and the path there. A
// mailbox that the user may not know of is not there, whatever the reason.
func (s *session) locate(ctx context.Context, name string) (box *mailbox, path string, err error) {
	root, rest, foreign := s.namespace(name)
	if !foreign {
		return s.box, fold(name), nil
	}
	is, err := s.sharing(ctx)
	if err != nil {
		return nil, "", err
	}
	st, path := is.public, rest
	if root == s.gw.cfg.OtherUsers {
		var level string
		level, path, _ = strings.Cut(rest, string(delim))
		st, path = is.byName[level], fold(path)
	}
	if st == nil {
		return nil, "", proto.ErrNoSuchMailbox
	}
	return s.visit(st), path, nil
}

// spelled is a name with what of it is there spelled as LIST tells it.
func (s *session) spelled(ctx context.Context, name string) (string, error) {
	box, path, err := s.locate(ctx, name)
	if errors.Is(err, proto.ErrNoSuchMailbox) || err == nil && path == "" {
		return name, nil
	}
	if err != nil {
		return "", err
	}
	t, err := s.treeOrNone(ctx, box)
	if err != nil {
		return "", err
	}
	if s.isForeign(name) {
		return s.prefixOf(name) + t.spelled(path), nil
	}
	return t.spelled(path), nil
}

// visit has the session take part in a mailbox that is not its own.
func (s *session) visit(st *object.SharedStore) *mailbox {
	box := s.visited[st.GUID]
	if box == nil {
		box = s.gw.enter(s, boxKey{st.GUID, s.user.ID}, st.Kind)
		if s.visited == nil {
			s.visited = map[mapi.GUID]*mailbox{}
		}
		s.visited[st.GUID] = box
	}
	raise(&box.treeWanted, st.Version)
	return box
}
