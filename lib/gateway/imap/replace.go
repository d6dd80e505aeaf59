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

// errNotFound answers a UID that no message has.
var errNotFound = proto.No(proto.CodeNonExistent, "No such message")

// Replace implements proto.ReplaceSession, RFC 8508.
func (s *session) Replace(ctx context.Context, w *proto.ResponseWriter, set proto.NumSet, byUID bool, mailbox string, in *proto.AppendInput) error {
	if s.sel.readOnly {
		return proto.ErrReadOnly
	}
	spans, err := s.sel.resolve(set, byUID)
	switch {
	case err != nil:
		return err
	case count(spans) != 1:
		return errNotFound
	}
	to, err := s.target(ctx, mailbox)
	if err != nil {
		return answer(err)
	}
	a := s.arrive(to)
	defer a.buf.Close()
	if err := a.take(ctx, in); err != nil {
		return answer(err)
	}
	messages, err := a.messages(ctx)
	if err != nil {
		return answer(err)
	}
	uid := s.sel.uids[spans[0].first]
	res, err := s.replace(ctx, uid, to, messages[0])
	if err != nil {
		return answer(err)
	}
	v := s.sel.view
	if to.box == v.box && to.id == v.folder {
		res.Before = 0 // there is more news than what is gone
		raise(&v.want, uint64(res.Change))
	}
	v.removeGone([]uint32{uid}, res.Before, res.Change)
	if to.selectable { // else it is nothing to know (RFC 4315 5)
		d := &proto.AppendData{UIDValidity: res.UIDValidity}
		d.UIDs.Add(uint32(res.Saved.UID))
		s.made(to, d.UIDs)
		if err := w.AppendUID(d); err != nil {
			return err
		}
	}
	return s.sel.tell(w, s.condStore, true)
}

// replace puts a message into a folder and removes one of the selected mailbox:
// within a store in one change, else in an order in which nothing is lost.
func (s *session) replace(ctx context.Context, uid uint32, to place, m object.NewMessage) (object.ReplaceMessageResponse, error) {
	v := s.sel.view
	var res object.ReplaceMessageResponse
	err := error(mapi.NoSupport)
	if to.box.guid == v.box.guid {
		res, err = s.store.ReplaceMessage(ctx, object.ReplaceMessageRequest{
			Store: v.box.guid, Folder: v.folder, UID: mapi.UID(uid), ToFolder: to.id, Message: m,
		})
		s.store.sawError(err)
	}
	switch mapi.CodeOf(err) {
	case mapi.NoSupport:
		return s.saveAndRemove(ctx, uid, to, m)
	case mapi.ObjectDeleted:
		v.verified.Store(0) // the client is told of it with the answer
		return res, errNotFound
	case mapi.NotFound, mapi.NoAccess:
		v.verified.Store(0) // it may be the selected mailbox
	}
	if err != nil {
		return res, s.refused(ctx, to, fmt.Errorf("replace message %d of folder %s: %w", uid, v.folder, err))
	}
	return res, nil
}

// saveAndRemove is replace across stores. What was saved is taken back where the
// other message cannot be removed.
func (s *session) saveAndRemove(ctx context.Context, uid uint32, to place, m object.NewMessage) (object.ReplaceMessageResponse, error) {
	v := s.sel.view
	var res object.ReplaceMessageResponse
	saved, err := s.save(ctx, to, []object.NewMessage{m})
	if err != nil {
		return res, err
	}
	gone, err := s.remove(ctx, v.box.guid, v.folder, mapi.UID(uid))
	if err == nil && len(gone.UIDs) == 0 {
		err = errNotFound
	}
	if err != nil {
		_, back := s.remove(ctx, to.box.guid, to.id, saved.Saved[0].UID)
		return res, errors.Join(err, back)
	}
	return object.ReplaceMessageResponse{UIDValidity: saved.UIDValidity, Saved: saved.Saved[0], Before: gone.Before, Change: gone.Change}, nil
}

func (s *session) remove(ctx context.Context, store mapi.GUID, folder mapi.ID, uid mapi.UID) (object.DeleteMessagesResponse, error) {
	res, err := s.store.DeleteMessages(ctx, object.DeleteMessagesRequest{
		Store: store, Folder: folder, UIDs: []mapi.UIDRange{{First: uid, Last: uid}}, Soft: true,
	})
	if err != nil {
		s.store.sawError(err)
		return res, fmt.Errorf("remove message %d of folder %s: %w", uid, folder, err)
	}
	return res, nil
}

var _ proto.ReplaceSession = (*session)(nil)
