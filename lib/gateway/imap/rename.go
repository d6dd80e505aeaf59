// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// Rename implements proto.Session, RFC 3501 6.3.5.
func (s *session) Rename(ctx context.Context, from, to string) error {
	box, from, err := s.locate(ctx, from)
	if err != nil {
		return answer(err)
	}
	toBox, to, err := s.locate(ctx, to)
	if err != nil {
		return answer(err)
	}
	if box != toBox {
		return proto.No(proto.CodeCannot, "A mailbox cannot be moved to another user")
	}
	t, err := s.currentTree(ctx, box)
	if err != nil {
		return answer(err)
	}
	f := t.byPath[from]
	switch {
	case f == nil || !f.shown:
		return proto.ErrNoSuchMailbox
	case t.byPath[to] != nil:
		return proto.ErrMailboxExists
	case f.kind == object.KindInbox && box.own:
		return answer(s.moveInbox(ctx, t, f, to))
	case f.kind != object.KindGeneric:
		return errSpecial
	case strings.HasPrefix(to, from+string(delim)):
		return proto.No(proto.CodeCannot, "A mailbox cannot be moved below itself")
	}
	parent, name, err := s.destination(ctx, box, t, to)
	if err != nil {
		return answer(err)
	}
	defer box.treeStale.Store(true)
	_, err = s.store.MoveFolder(ctx, object.MoveFolderRequest{Store: box.guid, Folder: f.id, Parent: parent, Name: name})
	switch {
	case errors.Is(err, mapi.NoAccess):
		return errNoPerm
	case badName(err):
		return errBadName
	}
	if err != nil {
		s.store.sawError(err)
	}
	return answer(err)
}

// destination is where a mailbox of a new name goes. Parents that are missing
// are made.
func (s *session) destination(ctx context.Context, box *mailbox, t *tree, to string) (parent mapi.ID, name string, err error) {
	parent, folders, err := t.newFolders(to)
	if err != nil {
		return 0, "", err
	}
	last := len(folders) - 1
	name = folders[last].Name
	if last == 0 {
		return parent, name, nil
	}
	res, err := s.store.CreateFolders(ctx, object.CreateFoldersRequest{Store: box.guid, Folders: folders[:last]})
	if err != nil {
		s.store.sawError(err)
		return 0, "", fmt.Errorf("create parents: %w", err)
	}
	return res.Created[last-1].ID, name, nil
}

// moveInbox makes a mailbox of the new name with all messages of the Inbox,
// which stays, empty, with what is below it.
func (s *session) moveInbox(ctx context.Context, t *tree, f *folder, to string) error {
	_, folders, err := t.newFolders(to)
	if err != nil {
		return err
	}
	defer s.box.treeStale.Store(true)
	made, err := s.store.CreateFolders(ctx, object.CreateFoldersRequest{Store: s.box.guid, Folders: folders})
	if err != nil {
		s.store.sawError(err)
		return fmt.Errorf("create folder: %w", err)
	}
	_, err = s.store.Transfer(ctx, object.TransferRequest{
		Store: s.box.guid, Folder: f.id, UIDs: []mapi.UIDRange{{First: 1, Last: math.MaxUint32}},
		ToFolder: made.Created[len(folders)-1].ID, Move: true,
	})
	if err != nil {
		s.store.sawError(err)
		return fmt.Errorf("move messages of the inbox: %w", err)
	}
	return nil
}
