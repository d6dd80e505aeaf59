// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

var errSpecial = proto.No(proto.CodeCannot, "This mailbox cannot be changed")

// Delete implements proto.Session, RFC 3501 6.3.4. A mailbox with children
// stays: the store has no folder that is but a name.
func (s *session) Delete(ctx context.Context, mailbox string) error {
	box, path, err := s.locate(ctx, mailbox)
	if err != nil {
		return answer(err)
	}
	t, err := s.currentTree(ctx, box)
	if err != nil {
		return answer(err)
	}
	f := t.byPath[path]
	switch {
	case f == nil || !f.shown:
		return proto.ErrNoSuchMailbox
	case f.kind != object.KindGeneric:
		return errSpecial
	case !f.mail:
		return proto.No(proto.CodeHasChildren, "Mailbox has children")
	}
	defer box.treeStale.Store(true)
	_, err = s.store.DeleteFolder(ctx, object.DeleteFolderRequest{Store: box.guid, Folder: f.id, Messages: true, Soft: true})
	if errors.Is(err, mapi.NoAccess) {
		return errNoPerm
	}
	if err != nil {
		s.store.sawError(err)
		return answer(err)
	}
	if s.sel != nil && s.sel.view.box == box && s.sel.view.folder == f.id {
		s.sel.deleted, s.sel.uids = true, nil
		s.view.Store(nil)
	}
	if v := box.viewOf(f.id); v != nil {
		box.loseView(v)
		box.notify(v)
	}
	return nil
}
