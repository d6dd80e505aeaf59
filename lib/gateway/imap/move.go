// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"

	proto "twiga/lib/proto/imap"
)

// Move implements proto.Session, RFC 6851.
func (s *session) Move(ctx context.Context, w *proto.ResponseWriter, set proto.NumSet, byUID bool, mailbox string) error {
	if s.sel.readOnly {
		return proto.ErrReadOnly
	}
	res, err := s.transfer(ctx, set, byUID, mailbox, true)
	if err != nil || len(res.Pairs) == 0 {
		return answer(err)
	}
	gone := make([]uint32, len(res.Pairs))
	for i, p := range res.Pairs {
		gone[i] = uint32(p.From)
	}
	s.sel.view.removeGone(gone, res.Before, res.Change)
	if res.UIDValidity != 0 {
		if err := w.CopyUID(copyData(&res)); err != nil {
			return err
		}
	}
	return s.sel.tell(w, s.condStore, true)
}
