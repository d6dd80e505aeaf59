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
func (s *session) Create(ctx context.Context, mailbox string, opts *proto.CreateOptions) (*proto.CreateData, error) {
	if err := checkUses(opts.SpecialUse); err != nil {
		return nil, err
	}
	box, path, err := s.locate(ctx, mailbox)
	if err != nil {
		return nil, answer(err)
	}
	if path == "" {
		return nil, errNoPerm // a namespace, or another's mailbox itself
	}
	t, err := s.currentTree(ctx, box)
	if err != nil {
		return nil, answer(err)
	}
	if t.lookUp(path) != nil {
		return nil, proto.ErrMailboxExists
	}
	parent, folders, err := t.newFolders(path)
	if err != nil {
		return nil, err
	}
	id, err := s.createFolders(ctx, box, parent, folders)
	if err != nil {
		return nil, answer(err)
	}
	return &proto.CreateData{MailboxID: box.id(id)}, nil
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
		if f := t.lookUp(path); f != nil && len(folders) == 0 {
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

func (s *session) createFolders(ctx context.Context, box *mailbox, parent mapi.ID, folders []object.NewFolder) (mapi.ID, error) {
	defer box.treeStale.Store(true)
	res, err := s.store.CreateFolders(ctx, object.CreateFoldersRequest{Store: box.guid, Folders: folders})
	if badName(err) {
		return 0, errBadName
	}
	if err != nil {
		s.store.sawError(err)
		return 0, fmt.Errorf("create folder under %s: %w", parent, err)
	}
	return res.Created[len(folders)-1].ID, nil
}

// checkUses refuses special uses (RFC 6154 3): every mailbox has the folders for
// them, whose uses do not change; All and Flagged are no folders here.
func checkUses(uses []string) error {
	if len(uses) == 0 {
		return nil
	}
	return proto.No(proto.CodeUseAttr, "A mailbox with this use is there already, or there can be none")
}
