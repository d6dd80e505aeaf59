// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"

	"twiga/lib/gateway/content"
	"twiga/lib/mapi"
)

// compose makes the MIME of a message that was born as properties; nil if the
// message is gone.
func (s *session) compose(ctx context.Context, id mapi.ID) ([]byte, error) {
	m, err := content.Find(ctx, s.store, s.sel.store(), id)
	if err != nil || m == nil {
		s.store.sawError(err)
		return nil, err
	}
	var b bytes.Buffer
	if err := content.Write(ctx, s.store, &b, s.sel.store(), m, s.user.User); err != nil {
		s.store.sawError(err)
		return nil, err
	}
	return b.Bytes(), nil
}
