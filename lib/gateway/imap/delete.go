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
func (s *session) Delete(ctx context.Context, mailbox string) (gone bool, err error) {
	box, path, err := s.locate(ctx, mailbox)
	if err != nil {
		return false, answer(err)
	}
	t, err := s.currentTree(ctx, box)
	if err != nil {
		return false, answer(err)
	}
	f := t.lookUp(path)
	switch {
	case f == nil || !f.shown:
		return false, proto.ErrNoSuchMailbox
	case f.kind != object.KindGeneric:
		return false, errSpecial
	case !f.mail:
		return false, proto.No(proto.CodeHasChildren, "Mailbox has children")
	}
	defer box.treeStale.Store(true)
	_, err = s.store.DeleteFolder(ctx, object.DeleteFolderRequest{Store: box.guid, Folder: f.id, Messages: true, Soft: true})
	if errors.Is(err, mapi.NoAccess) {
		return false, errNoPerm
	}
	if err != nil {
		s.store.sawError(err)
		return false, answer(err)
	}
	gone = s.selects(box, f.id)
	if v := box.viewOf(f.id); v != nil {
		box.loseView(v)
		box.notify(v)
	}
	return gone, nil
}

// selects says whether a folder is the selected one.
func (s *session) selects(box *mailbox, folder mapi.ID) bool {
	return s.sel != nil && s.sel.view.box == box && s.sel.view.folder == folder
}
