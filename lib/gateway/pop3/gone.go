// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// version is the mailbox's, plus one, where it can be seen without a trip; else
// 0.
func (m *maildrop) version() uint64 {
	if v, ok := m.s.store.(object.Versioned); ok {
		if n, ok := v.Version(m.s.user.Store); ok {
			return n + 1
		}
	}
	return 0
}

// refresh learns which messages have left the Inbox: their content may still
// be had, as they may only have been moved or deleted softly. Where the
// mailbox's version can be seen and is the one of the last time, it makes no
// trip.
func (m *maildrop) refresh(ctx context.Context) error {
	version := m.version()
	if version != 0 && version == m.checked {
		return nil
	}
	err := m.follow(ctx, m.change)
	if errors.Is(err, mapi.SyncTooOld) {
		err = m.follow(ctx, 0)
	}
	if err == nil {
		m.checked = version
	}
	return err
}

// follow reads the changes since a change number. Since 0 the whole Inbox is
// told and nothing of what has left it.
func (m *maildrop) follow(ctx context.Context, since mapi.Change) error {
	var there []bool // by place
	if since == 0 {
		there = make([]bool, len(m.rows))
	}
	change := m.change
	for item, err := range m.s.store.Changes(ctx, object.ChangesRequest{Store: m.s.user.Store, Folder: m.inbox, Since: since}) {
		if err != nil {
			return fmt.Errorf("read changes of Inbox %s: %w", m.inbox, err)
		}
		switch item.Kind {
		case object.ChangeState:
			change = item.State.Change
		case object.ChangeUpsert:
			if i, ok := m.placeOf(item.UID); ok && there != nil {
				there[i] = true
			}
		case object.ChangeGone:
			if i, ok := m.placeOf(item.UID); ok {
				m.rows[i].gone = true
			}
		}
	}
	for i := range there {
		m.rows[i].gone = m.rows[i].gone || !there[i]
	}
	m.change = change
	return nil
}

// placeOf finds a message by its UID.
func (m *maildrop) placeOf(uid mapi.UID) (int, bool) {
	return slices.BinarySearchFunc(m.rows, uint32(uid), func(r row, uid uint32) int { return int(int64(r.uid) - int64(uid)) })
}
