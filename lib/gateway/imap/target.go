// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"

	"twiga/lib/mapi"
	proto "twiga/lib/proto/imap"
)

// refused is the answer where the store does not put messages into a folder that
// target gave: what the next try would be told. The folder may have been removed
// just now, or the right to see it, or all that its owner shares; else it may not
// be written to any more, or an uploaded part of a message is gone, which a next
// try uploads again. Other errors stay as they are.
func (s *session) refused(ctx context.Context, to place, err error) error {
	if !errors.Is(err, mapi.NotFound) && (to.box.own || !errors.Is(err, mapi.NoAccess)) {
		return err
	}
	if !to.box.own { // of the own one the version tells
		to.box.treeStale.Store(true)
	}
	t, e := s.currentTree(ctx, to.box)
	if e == nil && to.isUnseen() {
		t, e = s.dropFolders(ctx, to.box, t)
	}
	if e != nil {
		return e
	}
	switch f := t.byPath[to.path]; {
	case f == nil || f.id != to.id:
		return proto.ErrTryCreate
	case errors.Is(err, mapi.NoAccess):
		return errNoPerm
	}
	return proto.ErrUnavailable
}
