// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// Rename implements proto.Session, RFC 3501 6.3.5. A new name may lead into the
// mailbox of somebody else.
func (s *session) Rename(ctx context.Context, from, to string) (gone bool, err error) {
	box, from, err := s.locate(ctx, from)
	if err != nil {
		return false, answer(err)
	}
	toBox, to, err := s.locate(ctx, to)
	if err != nil {
		return false, answer(err)
	}
	t, err := s.currentTree(ctx, box)
	if err != nil {
		return false, answer(err)
	}
	toTree := t
	if toBox != box {
		if toTree, err = s.currentTree(ctx, toBox); err != nil {
			return false, answer(err)
		}
	}
	f := t.lookUp(from)
	if f == nil || !f.shown {
		return false, proto.ErrNoSuchMailbox
	}
	from = f.path
	if above, level := splitName(to); above != "" {
		to = toTree.spelled(above) + string(delim) + level
	}
	there := toTree.lookUp(to)
	recased := there == f && to != from
	switch {
	case there != nil && !recased && (toBox == box || !mayBeHalf(f, there)):
		return false, proto.ErrMailboxExists
	case f.kind == object.KindInbox && box.own:
		return false, answer(s.moveInbox(ctx, f, toBox, toTree, to))
	case f.kind != object.KindGeneric:
		return false, errSpecial
	case toBox == box && strings.HasPrefix(to, from+string(delim)):
		return false, proto.No(proto.CodeCannot, "A mailbox cannot be moved below itself")
	}
	parent, name, err := s.destination(ctx, toBox, toTree, to)
	if err != nil {
		return false, answer(err)
	}
	err = s.moveFolder(ctx, box, toBox, object.CopyFolderRequest{
		Store: box.guid, Folder: f.id, ToStore: toBox.guid, ToParent: parent, Name: name, Move: true,
	})
	if err != nil || toBox == box {
		return false, err
	}
	if err := s.renameAnnotated(ctx, box, t, from, toBox, to); err != nil { // the mailbox has its new name, which the client is to know
		s.Log(ctx, slog.LevelWarn, codeLeftBehind, "private annotations did not follow a mailbox", log.User(s.store.Whoami().User), log.Err(err))
	}
	return slices.ContainsFunc(t.folders, func(f *folder) bool { return s.selects(box, f.id) && isBelow(f.path, from, false) }), nil
}

// renameAnnotated has private annotations follow a folder, and what was below
// it, into another mailbox. The tree is that from before.
func (s *session) renameAnnotated(ctx context.Context, box *mailbox, t *tree, from string, toBox *mailbox, to string) error {
	now, err := s.currentTree(ctx, toBox)
	if err != nil {
		return err
	}
	moved := map[string]string{}
	for _, f := range t.folders {
		rest, ok := strings.CutPrefix(f.path, from)
		if !ok || rest != "" && rest[0] != delim {
			continue
		}
		if there := now.byPath[to+rest]; there != nil {
			moved[annotationKey(box, f.id)] = annotationKey(toBox, there.id)
		}
	}
	return s.carryAnnotations(ctx, moved)
}

// moveFolder moves a folder within a mailbox or into another one.
func (s *session) moveFolder(ctx context.Context, box, toBox *mailbox, req object.CopyFolderRequest) (err error) {
	defer box.treeStale.Store(true)
	defer toBox.treeStale.Store(true)
	if toBox == box {
		_, err = s.store.MoveFolder(ctx, object.MoveFolderRequest{Store: req.Store, Folder: req.Folder, Parent: req.ToParent, Name: req.Name})
	} else {
		err = s.moveAcross(ctx, req)
	}
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

// mayBeHalf says whether the target may be what a move into another mailbox
// that broke off has left there. The store knows, and goes on with that.
func mayBeHalf(from, there *folder) bool {
	return from.kind == object.KindGeneric && there.kind == object.KindGeneric
}

// moveAcross moves a folder, with what is below it, into another store. Nothing
// leaves the one before it is on disk in the other, so that what breaks off
// loses nothing; the same command goes on with it.
func (s *session) moveAcross(ctx context.Context, req object.CopyFolderRequest) error {
	for p, err := range s.store.CopyFolder(ctx, req) {
		if err != nil {
			return fmt.Errorf("move folder %s to another mailbox: %w", req.Folder, err)
		}
		if err := s.conn.Progress(uint64(p.Done), uint64(p.Total)); err != nil {
			return err
		}
	}
	return nil
}

// destination is where a mailbox of a new name goes, or is (mayBeHalf). Parents
// that are missing are made.
func (s *session) destination(ctx context.Context, box *mailbox, t *tree, to string) (parent mapi.ID, name string, err error) {
	if there := t.lookUp(to); there != nil {
		above, level := splitName(to)
		var taken []string
		if above == "" {
			taken = t.taken
		}
		if name, ok := decodeName(level, taken); ok {
			return there.parent, name, nil
		}
		return 0, "", proto.ErrMailboxExists
	}
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
func (s *session) moveInbox(ctx context.Context, f *folder, toBox *mailbox, t *tree, to string) error {
	_, folders, err := t.newFolders(to)
	if err != nil {
		return err
	}
	defer s.box.treeStale.Store(true)
	defer toBox.treeStale.Store(true)
	made, err := s.store.CreateFolders(ctx, object.CreateFoldersRequest{Store: toBox.guid, Folders: folders})
	if err != nil {
		s.store.sawError(err)
		return fmt.Errorf("create folder: %w", err)
	}
	req := object.TransferRequest{
		Store: s.box.guid, Folder: f.id, UIDs: []mapi.UIDRange{{First: 1, Last: math.MaxUint32}},
		ToFolder: made.Created[len(folders)-1].ID, Move: true,
	}
	if toBox != s.box {
		req.ToStore = toBox.guid
	}
	if _, err = s.store.Transfer(ctx, req); err != nil {
		s.store.sawError(err)
		s.unmake(ctx, toBox, made.Created)
		return fmt.Errorf("move messages of the inbox: %w", err)
	}
	return nil
}

// unmake removes folders that were made for nothing, as far as nothing is in
// them: the same command can be tried again.
func (s *session) unmake(ctx context.Context, box *mailbox, made []object.CreatedFolder) {
	ctx = context.WithoutCancel(ctx)
	for _, f := range slices.Backward(made) {
		if _, err := s.store.DeleteFolder(ctx, object.DeleteFolderRequest{Store: box.guid, Folder: f.ID}); err != nil {
			s.store.sawError(err)
			return
		}
	}
}
