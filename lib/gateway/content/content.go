// SPDX-License-Identifier: AGPL-3.0-or-later

// Package content makes the MIME of messages that were born as properties, for
// gateways whose clients want bytes: the same each time, whichever protocol asks.
package content

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"twiga/lib/conv/mime"
	"twiga/lib/delivery/render"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/wire"
)

// Source is what of a session is needed.
type Source interface {
	object.Streams
	GetMessages(ctx context.Context, req object.GetMessagesRequest) iter.Seq2[object.Message, error]
}

// Find reads a message; nil if it is gone.
func Find(ctx context.Context, s Source, store mapi.GUID, id mapi.ID) (*object.Message, error) {
	req := object.GetMessagesRequest{Store: store, IDs: []mapi.ID{id}}
	var found *object.Message
	for m, err := range s.GetMessages(ctx, req) {
		if err != nil {
			return nil, fmt.Errorf("read message %s: %w", id, err)
		}
		found = Keep(&m)
	}
	return found, nil
}

// Keep copies a message that a stream yielded, so that it lasts.
func Keep(m *object.Message) *object.Message {
	kept := *m
	kept.Keywords = slices.Clone(m.Keywords)
	kept.Props = slices.Clone(m.Props)
	kept.Recipients, kept.Attachments = keepAll(m.Recipients), keepAll(m.Attachments)
	return &kept
}

func keepAll(list []wire.Bag) []wire.Bag {
	out := make([]wire.Bag, len(list))
	for i, b := range list {
		out[i] = slices.Clone(b)
	}
	return out
}

// Write writes the MIME of a message of a user's store; the user's domain is
// that of the Message-ID where it has none. The store keeps none of it: saving
// it there, once, would go here.
func Write(ctx context.Context, s Source, w io.Writer, store mapi.GUID, m *object.Message, user string) error {
	_, domain, _ := strings.Cut(user, "@")
	return render.Message(ctx, s, w, store, m, nil, mime.ComposeOptions{Domain: domain, Date: m.Received, Bcc: true})
}
