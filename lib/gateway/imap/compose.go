// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"twiga/lib/conv/mime"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
)

// compose makes the MIME of a message that was born as properties, the same
// each time; nil if the message is gone. The store keeps none of it: saving it
// there, once, would go here.
func (s *session) compose(ctx context.Context, id mapi.ID) ([]byte, error) {
	req := object.GetMessagesRequest{Store: s.box.guid, IDs: []mapi.ID{id}}
	var out []byte
	for m, err := range s.store.GetMessages(ctx, req) {
		if err != nil {
			s.store.sawError(err)
			return nil, fmt.Errorf("read message %s: %w", id, err)
		}
		if out, err = s.composed(ctx, &m); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *session) composed(ctx context.Context, m *object.Message) ([]byte, error) {
	o := &mime.Outgoing{Props: clone(m.Props)}
	for _, r := range m.Recipients {
		o.Recipients = append(o.Recipients, clone(r))
	}
	for i, a := range m.Attachments {
		o.Attachments = append(o.Attachments, mime.OutgoingAttachment{
			Props: clone(a),
			Open:  func() (io.ReadCloser, error) { return s.attachment(ctx, m.ID, i+1) },
		})
	}
	_, domain, _ := strings.Cut(s.user.User, "@")
	var b bytes.Buffer
	err := mime.Compose(&b, o, mime.ComposeOptions{
		Seed: s.box.guid.String() + m.ID.String(), Domain: domain, Date: m.Received, Bcc: true,
	})
	if err != nil {
		return nil, fmt.Errorf("make MIME of message %s: %w", m.ID, err)
	}
	return b.Bytes(), nil
}

// clone keeps a bag beyond the stream that it came from.
func clone(b wire.Bag) wire.Bag { return slices.Clone(b) }

// attachment reads an attachment's content, empty where it has none.
func (s *session) attachment(ctx context.Context, message mapi.ID, number int) (io.ReadCloser, error) {
	var b bytes.Buffer
	req := object.ReadRequest{Store: s.box.guid, Items: []object.ReadItem{{Message: message, Attachment: number, Length: -1}}}
	for chunk, err := range s.store.Read(ctx, req) {
		if err != nil {
			s.store.sawError(err)
			return nil, fmt.Errorf("read attachment %d of message %s: %w", number, message, err)
		}
		if chunk.Code != 0 && chunk.Code != mapi.NotFound {
			return nil, fmt.Errorf("read attachment %d of message %s: %w", number, message, chunk.Code)
		}
		b.Write(chunk.Data)
	}
	return io.NopCloser(&b), nil
}
