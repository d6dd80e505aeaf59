// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// Expunge implements proto.Session: EXPUNGE (RFC 3501 6.4.3) and UID EXPUNGE
// (RFC 4315 2.1).
func (s *session) Expunge(ctx context.Context, w *proto.ResponseWriter, uids proto.NumSet) error {
	if s.sel.readOnly {
		return proto.ErrReadOnly
	}
	spans := s.sel.all()
	if uids != nil {
		var err error
		if spans, err = s.sel.resolve(uids, true); err != nil {
			return err
		}
	}
	if err := s.expunge(ctx, spans); err != nil {
		return answer(err)
	}
	return s.sel.tell(w, s.condStore, true)
}

// expunge removes those of the messages that are marked \Deleted, as the store
// has them now. It is asked for these only, which among many is quick, but
// looks at the mark itself, which may be gone again.
func (s *session) expunge(ctx context.Context, spans []span) error {
	if len(spans) == 0 {
		return nil
	}
	v := s.sel.view
	if err := v.verify(ctx, s.store); err != nil {
		return err
	}
	if spans = s.limited(s.sel.marked(spans)); len(spans) == 0 {
		return nil
	}
	res, err := s.store.DeleteMessages(ctx, object.DeleteMessagesRequest{
		Store: s.sel.store(), Folder: v.folder, UIDs: s.sel.ranges(spans), OnlyDeleted: true, Soft: true,
	})
	if err != nil {
		s.store.sawError(err)
		return fmt.Errorf("expunge folder %s: %w", v.folder, err)
	}
	v.removeGone(plainUIDs(res.UIDs), res.Before, res.Change)
	return nil
}

// marked are those of the messages that the view has as \Deleted.
func (s *selected) marked(spans []span) []span {
	v := s.view
	v.mu.RLock()
	defer v.mu.RUnlock()
	var out []span
	for _, p := range spans {
		at := p.first
		for i := p.first; i < p.last; i++ {
			var ok bool
			if at, ok = v.find(s.uids[i], at); !ok {
				continue
			}
			if at++; v.rows[at-1].flags&object.FlagDeleted == 0 {
				continue
			}
			if n := len(out) - 1; n >= 0 && out[n].last == i {
				out[n].last = i + 1
			} else {
				out = append(out, span{i, i + 1})
			}
		}
	}
	return out
}

func plainUIDs(uids []mapi.UID) []uint32 {
	out := make([]uint32, len(uids))
	for i, uid := range uids {
		out[i] = uint32(uid)
	}
	return out
}
