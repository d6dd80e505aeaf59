// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// maxDepth is how many levels a name may have.
const maxDepth = 64

// mailClass is the container class of the folders that clients make.
const mailClass = "IPF.Note"

var errBadName = proto.No(proto.CodeCannot, "Mailbox name cannot be used")

// Create implements proto.Session, RFC 3501 6.3.3.
func (s *session) Create(ctx context.Context, mailbox string) error {
	box, path, err := s.locate(ctx, mailbox)
	if err != nil {
		return answer(err)
	}
	t, err := s.currentTree(ctx, box)
	if err != nil {
		return answer(err)
	}
	if t.byPath[path] != nil {
		return proto.ErrMailboxExists
	}
	parent, folders, err := t.newFolders(path)
	if err != nil {
		return err
	}
	return answer(s.createFolders(ctx, box, parent, folders))
}

// newFolders are the folders to be made for a name: the missing parents, each
// under the one before, and itself.
func (t *tree) newFolders(mailbox string) (parent mapi.ID, folders []object.NewFolder, err error) {
	levels := strings.Split(mailbox, string(delim))
	if len(levels) > maxDepth {
		return 0, nil, errBadName
	}
	parent = t.root
	path := ""
	for i, level := range levels {
		if i > 0 {
			path += string(delim)
		}
		path += level
		if f := t.byPath[path]; f != nil && len(folders) == 0 {
			parent = f.id
			continue
		}
		var taken []string
		if i == 0 {
			taken = t.taken
		}
		name, ok := decodeName(level, taken)
		switch {
		case !ok:
			return 0, nil, errBadName
		case parent == 0: // the top is not to be seen, so nothing is to be made there
			return 0, nil, errNoPerm
		}
		folders = append(folders, object.NewFolder{Parent: parent, Under: len(folders), Name: name, Class: mailClass})
	}
	return parent, folders, nil
}

// badName says whether the store refused a name.
func badName(err error) bool {
	return errors.Is(err, mapi.InvalidParameter) || errors.Is(err, mapi.StringTooLong)
}

func (s *session) createFolders(ctx context.Context, box *mailbox, parent mapi.ID, folders []object.NewFolder) error {
	defer box.treeStale.Store(true)
	_, err := s.store.CreateFolders(ctx, object.CreateFoldersRequest{Store: box.guid, Folders: folders})
	if badName(err) {
		return errBadName
	}
	if err != nil {
		s.store.sawError(err)
		return fmt.Errorf("create folder under %s: %w", parent, err)
	}
	return nil
}
