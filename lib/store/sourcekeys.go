// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// maxSourceKey is how many bytes a foreign source key may have.
const maxSourceKey = 255

// SourceKeys implements object.Journal. What the session may not see is not there.
func (s *session) SourceKeys(ctx context.Context, req object.SourceKeysRequest) (object.SourceKeysResponse, error) {
	if len(req.Keys) > object.MaxIDs {
		return object.SourceKeysResponse{}, fmt.Errorf("find source keys: %d of them: %w", len(req.Keys), mapi.InvalidParameter)
	}
	out := object.SourceKeysResponse{IDs: make([]mapi.ID, len(req.Keys))}
	err := s.view(ctx, actChanges, req.Store, func(m *mailbox, acc *access, c *sqlite.Conn) error {
		for i, key := range req.Keys {
			if err := ctx.Err(); err != nil {
				return err
			}
			id, err := m.sourceKey(c, acc, key)
			if err != nil {
				return err
			}
			out.IDs[i] = id
		}
		return nil
	})
	if err != nil {
		return object.SourceKeysResponse{}, err
	}
	return out, nil
}

// sourceKey is the folder or message of a source key, 0 where there is none.
func (m *mailbox) sourceKey(c *sqlite.Conn, acc *access, key []byte) (mapi.ID, error) {
	store, id, ok := mapi.ReadSourceKey(key)
	if f := m.folder(id); ok && store == m.guid && id != rootID && f != nil && acc.sees(f) {
		return id, nil
	}
	id, folder, err := messageOfKey(c, m.guid, key)
	if err != nil || id == 0 {
		return 0, err
	}
	shown, err := acc.shows(c, folder, id)
	if !shown {
		id = 0
	}
	return id, err
}

// messageOfKey finds a message that is not deleted by its source key: one of
// this store's, or one that was imported with it.
func messageOfKey(c *sqlite.Conn, guid mapi.GUID, key []byte) (id, folder mapi.ID, err error) {
	if store, own, ok := mapi.ReadSourceKey(key); ok && store == guid {
		if id, folder, err = liveMessage(c, "SELECT m.id, i.folder FROM message m JOIN item i ON "+placed+" WHERE m.id = ?", uint64(own)); id != 0 || err != nil {
			return id, folder, err
		}
	}
	return liveMessage(c, "SELECT m.id, i.folder FROM source s JOIN message m ON m.id = s.id JOIN item i ON "+placed+" WHERE s.key = ?", key)
}

func liveMessage(c *sqlite.Conn, sql string, arg any) (id, folder mapi.ID, err error) {
	err = c.Row(func(r *sqlite.Rows) { id, folder = mapi.ID(r.Int(0)), mapi.ID(r.Int(1)) }, sql, arg)
	if errors.Is(err, sqlite.ErrNoRow) {
		return 0, 0, nil
	}
	folder, l := listOf(folder)
	if l == listDeleted {
		return 0, 0, err
	}
	return id, folder, err
}
