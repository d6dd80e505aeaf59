// SPDX-License-Identifier: AGPL-3.0-or-later

// Package render makes the bytes of a message that was born as properties: the
// other way round than ingest.
package render

import (
	"context"
	"fmt"
	"io"

	"twiga/lib/conv/mime"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// Message writes a message of a store as MIME, the same each time for the same
// options. Its bags must last as long as the call. props are its properties as
// they shall be seen; nil are its own.
func Message(ctx context.Context, s object.Streams, w io.Writer, store mapi.GUID, m *object.Message, props mime.Getter, o mime.ComposeOptions) error {
	if props == nil {
		props = m.Props
	}
	out := &mime.Outgoing{Props: props}
	for _, r := range m.Recipients {
		out.Recipients = append(out.Recipients, r)
	}
	for i, a := range m.Attachments {
		out.Attachments = append(out.Attachments, mime.OutgoingAttachment{
			Props: a,
			Open: func() (io.ReadCloser, error) {
				r, w := io.Pipe()
				go func() { w.CloseWithError(Copy(ctx, s, w, store, m.ID, i+1)) }()
				return r, nil
			},
		})
	}
	if o.Seed == "" {
		o.Seed = store.String() + m.ID.String()
	}
	if err := mime.Compose(w, out, o); err != nil {
		return fmt.Errorf("make MIME of message %s: %w", m.ID, err)
	}
	return nil
}

// Copy writes the content of a message (attachment 0), or of one of its
// attachments; what has none gives nothing.
func Copy(ctx context.Context, s object.Streams, w io.Writer, store mapi.GUID, message mapi.ID, attachment int) error {
	req := object.ReadRequest{Store: store, Items: []object.ReadItem{{Message: message, Attachment: attachment, Length: -1}}}
	for c, err := range s.Read(ctx, req) {
		if err == nil && c.Code != 0 && (attachment == 0 || c.Code != mapi.NotFound) {
			err = c.Code
		}
		if err == nil {
			_, err = w.Write(c.Data)
		}
		if err != nil {
			return fmt.Errorf("read content %d of message %s: %w", attachment, message, err)
		}
	}
	return nil
}
