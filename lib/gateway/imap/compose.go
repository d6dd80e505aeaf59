// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"

	"twiga/lib/gateway/content"
	"twiga/lib/mapi"
)

// compose makes the MIME of a message of the selected mailbox that was born as
// properties.
func (s *session) compose(ctx context.Context, id mapi.ID) ([]byte, error) {
	return s.composeIn(ctx, s.sel.store(), id)
}

// composeIn makes the MIME of a message that was born as properties; nil if the
// message is gone.
func (s *session) composeIn(ctx context.Context, store mapi.GUID, id mapi.ID) ([]byte, error) {
	m, err := content.Find(ctx, s.store, store, id)
	if err != nil || m == nil {
		s.store.sawError(err)
		return nil, err
	}
	var b bytes.Buffer
	if err := content.Write(ctx, s.store, &b, store, m, s.user.User); err != nil {
		s.store.sawError(err)
		return nil, err
	}
	return b.Bytes(), nil
}
