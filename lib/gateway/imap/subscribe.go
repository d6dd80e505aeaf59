// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	proto "twiga/lib/proto/imap"
)

// Subscribe implements proto.Session: SUBSCRIBE and UNSUBSCRIBE (RFC 3501
// 6.3.6, 6.3.7).
func (s *session) Subscribe(ctx context.Context, mailbox string, on bool) error {
	box, path, err := s.locate(ctx, mailbox)
	if err != nil {
		return answer(err)
	}
	t, err := s.currentTree(ctx, box)
	if err != nil {
		return answer(err)
	}
	f := t.byPath[path]
	if f == nil || !f.mail {
		return proto.ErrNoSuchMailbox
	}
	if !box.own {
		return proto.No(proto.CodeCannot, "Folders of others cannot be subscribed to")
	}
	if f.subscribed == on {
		return nil
	}
	var set mapi.Props
	set.Set(tag.TwigaSubscribed, mapi.Bool(on))
	defer s.box.treeStale.Store(true)
	_, err = s.store.SetFolderProps(ctx, object.SetFolderPropsRequest{Store: s.box.guid, Folder: f.id, Set: set})
	if err != nil {
		s.store.sawError(err)
	}
	return answer(err)
}
