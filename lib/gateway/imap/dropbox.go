// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// findUnseen is find for what takes no right to see a folder (RFC 4314 4): one
// that others have for messages to be put into, with "i" and without "l", is found
// by who knows its name. LIST and all else pass it over.
func (s *session) findUnseen(ctx context.Context, mailbox string) (place, error) {
	f, err := s.find(ctx, mailbox)
	if !errors.Is(err, proto.ErrNoSuchMailbox) {
		return f, err
	}
	box, path, err := s.locate(ctx, mailbox)
	if err != nil {
		return place{}, err
	}
	if box.own {
		return place{}, proto.ErrNoSuchMailbox
	}
	t, err := s.treeOrNone(ctx, box)
	if err != nil {
		return place{}, err
	}
	drops, err := s.dropFolders(ctx, box, t)
	if err != nil {
		return place{}, err
	}
	if found := drops.lookUp(path); found != nil && found.mail {
		return place{found, box}, nil
	}
	return place{}, proto.ErrNoSuchMailbox
}

// dropFolders are the folders of another's mailbox that are not in the tree of
// those seen, and that messages can be put into.
func (s *session) dropFolders(ctx context.Context, box *mailbox, seen *tree) (*tree, error) {
	t := &tree{root: seen.root, taken: box.taken(), byPath: map[string]*folder{}}
	byID := make(map[mapi.ID]*folder, len(seen.folders))
	for _, f := range seen.folders {
		byID[f.id] = f
	}
	req := object.QueryRequest{Store: box.guid, Table: object.TableDropFolders, Columns: treeColumns}
	for bag, err := range s.store.Query(ctx, req) {
		if denied(err) { // nothing is shared any more
			break
		}
		if err != nil {
			s.store.sawError(err)
			return nil, fmt.Errorf("read folders to put messages into: %w", err)
		}
		if f := box.take(t, bag, byID); f != nil {
			t.folders = append(t.folders, f)
			t.byPath[f.path] = f
		}
	}
	return t, nil
}

// isUnseen says whether only findUnseen finds a folder.
func (f *folder) isUnseen() bool { return f.rights&mapi.RightFolderVisible == 0 }
