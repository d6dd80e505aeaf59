// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"twiga/lib/conv/mime"
	"twiga/lib/delivery/render"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
)

// compose makes the MIME of a message that was born as properties, the same
// each time; nil if the message is gone. The store keeps none of it: saving it
// there, once, would go here.
func (s *session) compose(ctx context.Context, id mapi.ID) ([]byte, error) {
	req := object.GetMessagesRequest{Store: s.sel.store(), IDs: []mapi.ID{id}}
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
	kept := *m
	kept.Props = clone(m.Props)
	kept.Recipients, kept.Attachments = cloneAll(m.Recipients), cloneAll(m.Attachments)
	_, domain, _ := strings.Cut(s.user.User, "@")
	var b bytes.Buffer
	err := render.Message(ctx, s.store, &b, s.sel.store(), &kept, nil, mime.ComposeOptions{Domain: domain, Date: m.Received, Bcc: true})
	if err != nil {
		s.store.sawError(err)
		return nil, err
	}
	return b.Bytes(), nil
}

// clone keeps a bag beyond the stream that it came from.
func clone(b wire.Bag) wire.Bag { return slices.Clone(b) }

func cloneAll(list []wire.Bag) []wire.Bag {
	out := make([]wire.Bag, len(list))
	for i, b := range list {
		out[i] = clone(b)
	}
	return out
}
