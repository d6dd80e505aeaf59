// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// content is all of a message's MIME, made if the store has none; nil if the
// message is gone.
func (s *session) content(ctx context.Context, m *item) ([]byte, error) {
	if m.size < 0 {
		return s.compose(ctx, m.id)
	}
	data := make([]byte, 0, m.size)
	req := object.ReadRequest{Store: s.sel.store(), Items: []object.ReadItem{{Message: m.id, Length: -1}}}
	for chunk, err := range s.store.Read(ctx, req) {
		switch {
		case err != nil:
			s.store.sawError(err)
			return nil, fmt.Errorf("read message %s: %w", m.id, err)
		case chunk.Code == mapi.NotFound:
			return nil, nil
		case chunk.Code != 0:
			return nil, fmt.Errorf("read message %s: %w", m.id, chunk.Code)
		}
		data = append(data, chunk.Data...)
	}
	return data, nil
}
