// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/delivery/ingest"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
	"twiga/lib/spill"
)

// Append implements proto.Session, RFC 3501 6.3.11.
func (s *session) Append(ctx context.Context, mailbox string, msg *proto.AppendMessage) (*proto.AppendData, error) {
	f, err := s.target(ctx, mailbox)
	if err != nil {
		return nil, answer(err)
	}
	if msg.Size == 0 { // a message without a byte is one without MIME to the store
		return nil, proto.No(proto.CodeCannot, "Message is empty")
	}
	flags, keywords, err := splitFlags(msg.Flags, nil)
	if err != nil {
		return nil, err
	}
	buf := s.gw.cfg.Spill.Get()
	defer buf.Close()
	if _, err := buf.ReadFrom(msg.Body); err != nil {
		if spill.IsWriteError(err) {
			return nil, proto.ErrUnavailable
		}
		return nil, err
	}
	data, err := buf.Finish()
	if err != nil {
		return nil, proto.ErrUnavailable
	}
	res, err := s.save(ctx, f, data, ingest.Options{Flags: flags, Keywords: keywords, Received: msg.Date})
	if err != nil {
		return nil, answer(err)
	}
	return &proto.AppendData{UIDValidity: res.UIDValidity, UID: uint32(res.Saved[0].UID)}, nil
}

// notThere says why a folder or a part of a message was not found: the folder
// was removed just now, or else an uploaded part, which a next try uploads
// again.
func (s *session) notThere(ctx context.Context, f place) error {
	t, err := s.currentTree(ctx, f.box)
	if err != nil {
		return err
	}
	if g := t.byPath[f.path]; g == nil || g.id != f.id {
		return proto.ErrTryCreate
	}
	return proto.ErrUnavailable
}

// save puts a message into a folder. If the folder is open here, the client is
// told with the answer (RFC 3501 6.3.11).
func (s *session) save(ctx context.Context, f place, data []byte, o ingest.Options) (object.SaveMessagesResponse, error) {
	var res object.SaveMessagesResponse
	msg, err := ingest.Message(ctx, s.store, data, o)
	if err != nil {
		s.store.sawError(err)
		return res, fmt.Errorf("take message apart: %w", err)
	}
	res, err = s.store.SaveMessages(ctx, object.SaveMessagesRequest{
		Store: f.box.guid, Folder: f.id, Messages: []object.NewMessage{msg},
	})
	if err != nil {
		s.store.sawError(err)
		if errors.Is(err, mapi.NotFound) {
			return res, s.notThere(ctx, f)
		}
		return res, fmt.Errorf("save message in folder %s: %w", f.id, err)
	}
	if v := s.view.Load(); v != nil && v.box == f.box && v.folder == f.id {
		raise(&v.want, uint64(res.Saved[0].Change))
	}
	return res, nil
}
