// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"

	"twiga/lib/mapi"
)

// Unselect implements proto.Session: CLOSE (RFC 3501 6.4.2) with expunge,
// UNSELECT (RFC 3691) without.
func (s *session) Unselect(ctx context.Context, expunge bool) error {
	defer s.unselect()
	if !expunge || s.sel == nil || s.sel.readOnly || !s.sel.deletes() {
		return nil
	}
	err := s.expunge(ctx, s.sel.all())
	if errors.Is(err, errViewLost) || errors.Is(err, mapi.NoAccess) { // the mailbox, or the right to, is gone: RFC 4314 4
		return nil
	}
	return answer(err)
}

func (s *session) unselect() {
	if s.sel == nil {
		return
	}
	s.sel.dropContexts(func(*searchContext) bool { return true })
	s.view.Store(nil)
	s.sel.view.box.closeView(s.sel.view)
	s.sel = nil
}

// all are all messages that the client knows.
func (s *selected) all() []span {
	if len(s.uids) == 0 {
		return nil
	}
	return []span{{0, len(s.uids)}}
}
